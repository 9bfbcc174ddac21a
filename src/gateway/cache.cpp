#include "gateway/cache.h"

#include <algorithm>

#include "crypto/hash.h"

namespace lares::gateway {

namespace {

constexpr std::size_t entry_overhead = 512;  // bytes beside the texts

}  // namespace

std::size_t size_of(const ChatDelta& delta) {
    std::size_t bytes = sizeof delta + delta.text.size() + delta.raw.size();
    for (const auto& event : delta.events)
        bytes += sizeof event + event.text.size() + event.id.size() + event.name.size();
    return bytes;
}

void AnswerCache::configure(Options options) {
    options.answer_max = std::min(options.answer_max, options.bytes_max / 4);
    options_ = options;
}

void AnswerCache::erase(std::list<Entry>::iterator entry) {
    bytes_ -= entry->bytes;
    by_key_.erase(entry->key);
    entries_.erase(entry);
}

std::shared_ptr<const CachedAnswer> AnswerCache::find(const std::string& key, std::int64_t now_ms) {
    std::lock_guard lock(mutex_);
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return nullptr;
    if (now_ms - found->second->answer->made_ms >= options_.age_max_ms) {
        erase(found->second);
        return nullptr;
    }
    entries_.splice(entries_.begin(), entries_, found->second);
    return entries_.front().answer;
}

void AnswerCache::put(const std::string& key, CachedAnswer answer) {
    std::size_t bytes = entry_overhead + key.size();
    for (const auto& delta : answer.deltas) bytes += size_of(delta);
    if (bytes > options_.answer_max) return;
    std::lock_guard lock(mutex_);
    if (const auto found = by_key_.find(key); found != by_key_.end()) erase(found->second);
    while (!entries_.empty() && bytes_ + bytes > options_.bytes_max) erase(std::prev(entries_.end()));
    entries_.push_front({key, std::make_shared<const CachedAnswer>(std::move(answer)), bytes});
    by_key_[key] = entries_.begin();
    bytes_ += bytes;
}

AnswerCache::Stats AnswerCache::stats() const {
    std::lock_guard lock(mutex_);
    return {entries_.size(), bytes_};
}

std::string cache_key_of(const ChatRequest& request, std::vector<std::string> plan) {
    std::sort(plan.begin(), plan.end());
    std::string text;
    // Lengths stand before the texts, so that no two lists read alike.
    const auto add = [&text](const std::string& part) {
        text += std::to_string(part.size());
        text += ':';
        text += part;
    };
    add(request.payer.person);
    add(request.payer.route);
    add(request.model);
    for (const auto& name : plan) add(name);
    add(request.cache.what);
    return crypto::sha256(text);
}

bool is_deterministic(const ChatRequest& request) {
    return request.sampling.seed || (request.sampling.temperature && *request.sampling.temperature == 0);
}

}  // namespace lares::gateway
