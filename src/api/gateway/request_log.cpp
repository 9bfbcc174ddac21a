#include "api/gateway/request_log.h"

#include <algorithm>
#include <array>
#include <exception>

#include "api/caller.h"
#include "base/optional.h"
#include "base/text.h"
#include "observe/log.h"

namespace lares::api {
namespace {

constexpr std::int64_t page_default = 50;
constexpr std::size_t key_least = 16;      // of a text behind one of the beginnings
constexpr std::size_t unnamed_least = 40;  // longer than any model's or provider's name
constexpr std::array<std::string_view, 8> key_beginnings = {"sk-",  "lares_", "gsk_", "xai-",
                                                            "AIza", "hf_",    "eyJ",  "pk-"};

bool of_a_key(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

void keep(std::string& to, std::string_view text) {
    text = text.substr(0, RequestLog::text_max);
    to.assign(text.substr(0, utf8_valid_prefix(text)));
}

std::optional<std::string> id_text(const std::optional<Uuid>& id) {
    return id ? std::optional(id->text()) : std::nullopt;
}

}  // namespace

std::string redacted(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        std::size_t length = 0;
        while (length < text.size() && of_a_key(text[length])) ++length;
        const auto word = text.substr(0, length);
        const auto begins = std::ranges::find_if(
            key_beginnings, [&](std::string_view beginning) { return word.starts_with(beginning); });
        const bool named = begins != key_beginnings.end() && word.size() >= begins->size() + key_least;
        if (named || word.size() >= unnamed_least)
            out.append(named ? *begins : word.substr(0, 4)).append("…");
        else
            out += word;
        text.remove_prefix(length);
        if (text.empty()) break;
        out += text.front();
        text.remove_prefix(1);
    }
    return out;
}

// Bounded work, no waiting; written over the oldest entry, whose memory it takes. A request whose entry
// cannot be made was answered all the same.
void RequestLog::over(const http::Finished& request) noexcept try {
    const auto& call = request.call;
    const auto* caller = call.principal().as<Caller>();
    auto trace = std::static_pointer_cast<const gateway::Trace>(call.note());
    std::lock_guard lock(mutex_);
    const auto at = static_cast<std::size_t>(count_) % entries_max;
    if (at >= ring_.size()) ring_.emplace_back();
    Entry& entry = ring_[at];
    entry.number = ++count_;
    entry.ended_ms = clock_.unix_ms();
    keep(entry.id, call.request_id());
    keep(entry.remote, call.remote());
    entry.path = request.path;
    entry.status = request.status;
    entry.took = request.took;
    entry.left = request.error && request.error->code == Code::cancelled;
    keep(entry.error, request.error ? request.error->type : std::string_view());
    keep(entry.message, request.error ? request.error->message : std::string_view());
    entry.person.reset();
    entry.key.reset();
    if (caller && !caller->rejected) {
        entry.person = caller->user_id.value;
        if (caller->key) entry.key = caller->key->id.value;
    }
    entry.trace.swap(trace);  // the old one dies outside of the lock
} catch (const std::exception& error) {
    log::warn("a request was not logged", {{"what", error.what()}});
}

RequestKind RequestLog::kind_of(const Entry& entry) {
    if (entry.left) return RequestKind::left;
    if (entry.status >= 500 || (entry.status < 400 && !entry.error.empty())) return RequestKind::failed;
    return entry.status >= 400 ? RequestKind::refused : RequestKind::answered;
}

LoggedRequest RequestLog::shown(const Entry& entry) {
    LoggedRequest out;
    out.number = entry.number;
    out.id = entry.id;
    out.ended_ms = entry.ended_ms;
    out.duration_ms = std::chrono::duration_cast<async::Milliseconds>(entry.took).count();
    out.path = entry.path;
    out.status = entry.status;
    out.kind = kind_of(entry);
    out.error = unless_empty(entry.error);
    out.message = unless_empty(redacted(entry.message));
    out.remote = entry.remote;
    out.person = id_text(entry.person);
    out.key = id_text(entry.key);
    if (!entry.trace) return out;
    const auto& trace = *entry.trace;
    std::string model;
    keep(model, trace.asked);
    out.model = unless_empty(redacted(model));
    if (trace.settled) {
        out.input = trace.input;
        out.output = trace.output;
        out.cost_micros = trace.cost_micros;
    }
    if (trace.candidates.empty() && trace.tries.empty()) return out;
    out.trace = trace;
    for (auto& name : out.trace->candidates) name = redacted(name.substr(0, text_max));
    for (auto& one : out.trace->tries) one.model = redacted(one.model.substr(0, text_max));
    out.trace->model = redacted(out.trace->model.substr(0, text_max));
    return out;
}

RequestPage RequestLog::page(const LogQuery& query) const {
    const auto limit = static_cast<std::size_t>(query.limit.value_or(page_default));
    RequestPage out;
    out.kept_most = entries_max;
    std::lock_guard lock(mutex_);
    for (auto number = std::min(count_, query.before.value_or(count_ + 1) - 1);
         number > 0 && number > count_ - static_cast<std::int64_t>(ring_.size()); --number) {
        const auto& entry = ring_[static_cast<std::size_t>(number - 1) % entries_max];
        if (query.kind && kind_of(entry) != *query.kind) continue;
        if (query.person && id_text(entry.person) != query.person) continue;
        if (query.key && id_text(entry.key) != query.key) continue;
        if (out.items.size() == limit) {
            out.next = out.items.back().number;
            break;
        }
        out.items.push_back(shown(entry));
    }
    return out;
}

}  // namespace lares::api
