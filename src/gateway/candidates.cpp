// Who may answer to a name, in which order, and which of them a caller may use.
#include <algorithm>
#include <cstring>

#include "crypto/random.h"
#include "gateway/routed.h"

namespace lares::gateway {

namespace {

constexpr std::size_t candidates_max = 8;

std::uint64_t draw() {
    std::uint64_t bits = 0;
    const std::string bytes = crypto::random_bytes(sizeof bits);
    std::memcpy(&bits, bytes.data(), sizeof bits);
    return bits;
}

bool matches(const std::string& pattern, const std::string& name) {
    if (pattern.ends_with('*'))
        return name.starts_with(std::string_view(pattern).substr(0, pattern.size() - 1));
    return pattern == name;
}

tl::unexpected<Error> not_allowed(const std::string& model) {
    return fail(Code::forbidden, "model-not-allowed",
                "This access key may not use the model '" + model + "'.", "model");
}

}  // namespace

tl::unexpected<Error> no_model(const std::string& model) {
    return fail(Code::not_found, "model-not-found", "There is no model named '" + model + "'.", "model");
}

// Exact names first, then "upstream/model", then names that an upstream calls its own.
bool Gateway::find(const std::string& name, Candidate& out) {
    if (entries_.empty()) return false;
    if (name.empty()) {
        out = {entries_.front().get(), name};
        return true;
    }
    for (const auto& entry : entries_) {
        if (entry->upstream || !entry->provider->has(name)) continue;
        out = {entry.get(), name};
        return true;
    }
    for (const auto& entry : entries_) {
        if (!entry->upstream) continue;
        const std::string prefix = entry->upstream->name() + "/";
        if (name.size() > prefix.size() && name.starts_with(prefix)) {
            out = {entry.get(), name.substr(prefix.size())};
            return true;
        }
    }
    for (const auto& entry : entries_)
        if (entry->upstream && entry->upstream->knows(name)) {
            out = {entry.get(), name};
            return true;
        }
    return false;
}

std::string Gateway::name_of(const Candidate& candidate) const {
    const auto& upstream = candidate.entry->upstream;
    return upstream ? upstream->name() + '/' + candidate.model : candidate.model;
}

std::string Gateway::model_of(const Candidate& candidate) const {
    return candidate.model.empty() ? candidate.entry->provider->status().model : candidate.model;
}

std::string Gateway::listed_name_of(const Candidate& candidate) const {
    return candidate.entry->upstream ? name_of(candidate) : model_of(candidate);
}

std::vector<Gateway::Candidate> Gateway::candidates(const std::string& name, std::string* routing) {
    std::string default_name;
    if (name.empty()) default_name = chosen();
    const std::string& model = name.empty() ? default_name : name;
    std::vector<Candidate> out;
    Candidate one;
    const auto alias = catalog_.aliases.find(model);
    if (alias == catalog_.aliases.end()) {
        if (find(model, one)) out.push_back(one);
        return out;
    }
    // The targets in the order of the strategy, then the fallbacks.
    std::vector<Candidate> targets;
    std::vector<TargetView> views;
    const std::int64_t now = clock_ ? clock_->unix_ms() : 0;
    for (const auto& target : alias->second.targets) {
        if (!find(target.model, one)) continue;
        views.push_back(targets_.view(name_of(one), target.weight, now));
        targets.push_back(one);
    }
    for (const std::size_t index : order_of(alias->second.strategy, views, draw()))
        out.push_back(targets[index]);
    for (const auto& fallback : alias->second.fallback)
        if (find(fallback, one)) out.push_back(one);
    if (out.size() > candidates_max) out.resize(candidates_max);
    if (routing) *routing = boost::describe::enum_to_string(alias->second.strategy, "weights");
    return out;
}

// A key's list may say a name as callers say it, or the model that stands behind it ("openai/gpt-4o").
Result<void> Gateway::keep_allowed(const Payer& payer, const std::string& model,
                                   std::vector<Candidate>& list) {
    if (!payer.models || payer.models->empty() || list.empty()) return {};
    std::vector<std::string> allowed;
    for (const auto& entry : *payer.models) {
        if (matches(entry, model)) return {};
        allowed.push_back(entry);
        Candidate one;
        if (!catalog_.aliases.contains(entry) && find(entry, one)) allowed.push_back(name_of(one));
    }
    std::erase_if(list, [&](const Candidate& candidate) {
        const auto name = listed_name_of(candidate);
        return std::none_of(allowed.begin(), allowed.end(),
                            [&](const std::string& entry) { return matches(entry, name); });
    });
    if (!list.empty()) return {};
    return not_allowed(model);
}

Result<void> Gateway::may_name(const Payer& payer, const std::string& name) {
    if (!payer.models || payer.models->empty()) return {};
    const bool named = std::any_of(payer.models->begin(), payer.models->end(),
                                   [&](const std::string& entry) { return matches(entry, name); });
    if (!named) return not_allowed(name);
    return {};
}

Result<void> Gateway::may_use(const Payer& payer, const std::string& model) {
    auto list = candidates(model);
    if (list.empty()) return no_model(model);
    return keep_allowed(payer, model, list);
}

}  // namespace lares::gateway
