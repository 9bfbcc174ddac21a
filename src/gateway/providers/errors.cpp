// What upstream servers say when they refuse.
#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "gateway/foreign.h"
#include "gateway/providers/codec.h"

namespace lares::gateway {

namespace bj = boost::json;

namespace {

constexpr std::size_t message_max = 500;

// {"error": {"message"}}, {"error": "…"}, {"message"}, {"detail"}, [{"error": …}]: all that is in use.
std::string message_of(std::string_view body) {
    auto value = parse_foreign(body);
    if (value && value->is_array() && !value->get_array().empty()) value = bj::value(value->get_array()[0]);
    if (!value || !value->is_object()) return {};
    const auto& object = value->get_object();
    if (const auto* error = object_at(object, "error")) {
        if (const auto text = text_at(*error, "message"); !text.empty()) return std::string(text);
    }
    for (const std::string_view name : {"error", "message", "detail"})
        if (const auto text = text_at(object, name); !text.empty()) return std::string(text);
    return {};
}

void black_out(std::string& message, std::string_view what, std::string_view with) {
    if (what.empty()) return;
    for (auto at = message.find(what); at != message.npos; at = message.find(what, at + with.size()))
        message.replace(at, what.size(), with);
}

// "api.example:8000" of "https://api.example:8000/v1".
std::string_view authority_of(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == url.npos) return {};
    url.remove_prefix(scheme + 3);
    return url.substr(0, url.find('/'));
}

// Four numbers with points between, and a port: no host of a network of ours is anybody's business.
void black_out_addresses(std::string& message) {
    const auto digit = [&](std::size_t at) {
        return at < message.size() && message[at] >= '0' && message[at] <= '9';
    };
    for (std::size_t at = 0; at < message.size(); ++at) {
        if (!digit(at) || (at > 0 && (digit(at - 1) || message[at - 1] == '.'))) continue;
        std::size_t end = at, groups = 0;
        for (;;) {
            const std::size_t begin = end;
            while (digit(end) && end - begin < 3) ++end;
            if (end == begin) break;
            ++groups;
            if (groups == 4 || end >= message.size() || message[end] != '.') break;
            ++end;
        }
        if (groups != 4 || digit(end)) continue;
        if (end + 1 < message.size() && message[end] == ':' && digit(end + 1)) {
            ++end;
            while (digit(end)) ++end;
        }
        message.replace(at, end - at, "[…]");
    }
}

std::string cleaned(std::string message, const SecretText& key, std::string_view base_url = {}) {
    if (!is_utf8(message)) message.resize(utf8_valid_prefix(message));
    black_out(message, key.reveal(), "[key]");
    // Keys of the usual shapes, also shortened ones, and addresses of machines.
    for (const std::string_view mark : {"sk-", "gsk_", "AIza", "http://", "https://"}) {
        for (auto at = message.find(mark); at != message.npos; at = message.find(mark, at + 1)) {
            const auto end = std::min(message.find_first_of(" \t\n\"'),", at), message.size());
            message.replace(at, end - at, "[…]");
        }
    }
    const auto authority = authority_of(base_url);
    for (const auto name : {authority, authority.substr(0, authority.rfind(':'))})
        if (name.find_first_of(".:") != name.npos) black_out(message, name, "[…]");  // a mere word may be any
    black_out_addresses(message);
    for (char& c : message)
        if (static_cast<unsigned char>(c) < 0x20) c = ' ';
    if (message.size() > message_max) {
        message.resize(utf8_valid_prefix(std::string_view(message).substr(0, message_max)));
        message += "…";
    }
    return message;
}

bool says_too_long(std::string_view message) {
    const std::string lower = to_lower_ascii(message);
    for (const std::string_view words :
         {"context length", "context_length", "prompt is too long", "context window", "maximum context",
          "too many tokens", "exceeds the available context"})
        if (lower.find(words) != lower.npos) return true;
    return false;
}

// Some say with 400 what others say with 404.
bool says_no_model(std::string_view message) {
    const std::string lower = to_lower_ascii(message);
    for (const std::string_view words : {"invalid model name", "not a valid model", "model_not_found",
                                         "model not found", "no such model", "unknown model"})
        if (lower.find(words) != lower.npos) return true;
    return false;
}

std::optional<std::int64_t> milliseconds(std::string_view retry_after) {
    double seconds = 0;
    const auto [end, error] =
        std::from_chars(retry_after.data(), retry_after.data() + retry_after.size(), seconds);
    const bool good = error == std::errc() && seconds >= 0 && seconds <= 86'400;  // "nan" is a number to it
    if (retry_after.empty() || !good) return std::nullopt;
    return static_cast<std::int64_t>(seconds * 1000);
}

}  // namespace

Error upstream_error(const Target& target, unsigned status, std::string_view retry_after,
                     std::string_view body) {
    const std::string said = cleaned(message_of(body), target.key, target.base_url);
    const std::string prefix = target.provider + " answered " + std::to_string(status);
    Error error{Code::upstream, "upstream-failed", prefix + (said.empty() ? "." : ": " + said), {}, {}, {}};
    if (says_too_long(said) && (status == 400 || status == 413 || status == 422)) {
        error.code = Code::unprocessable;
        error.type = "context-overflow";
    } else if (status == 404 || (status == 400 && says_no_model(said))) {
        error.code = Code::not_found;
        error.type = "model-not-found";
        error.field = "model";
    } else if (status == 400 || status == 413 || status == 422) {
        error.code = Code::bad_request;
        error.type = "upstream-rejected";
    } else if (status == 401 || status == 403) {
        // The operator's key, not the caller's: its words may show parts of it.
        error.type = "upstream-key";
        error.message = prefix + ": it does not accept the key that this server has for it.";
    } else if (status == 402) {
        error.type = "upstream-key";
        error.message = prefix + ": the account of this server's key has no credit.";
    } else if (status == 429) {
        error.code = Code::rate_limited;
        error.type = "upstream-rate-limited";
        error.retry_after_ms = milliseconds(retry_after);
    } else if (status == 503 || status == 529) {
        error.code = Code::unavailable;
        error.type = "upstream-overloaded";
        error.retry_after_ms = milliseconds(retry_after);
    } else if (status == 408 || status == 504) {
        error.code = Code::timeout;
        error.type = "upstream-timeout";
    }
    return error;
}

Error stream_error(std::string_view type, std::string_view message) {
    Error error{Code::upstream, "upstream-failed", {}, {}, {}, {}};
    error.message = "The model's provider broke off: " +
                    (message.empty() ? std::string("no reason given.") : cleaned(std::string(message), {}));
    const std::string kind = to_lower_ascii(type);
    if (kind.find("overloaded") != kind.npos || kind.find("unavailable") != kind.npos) {
        error.code = Code::unavailable;
        error.type = "upstream-overloaded";
    } else if (kind.find("rate_limit") != kind.npos || kind == "429") {
        error.code = Code::rate_limited;
        error.type = "upstream-rate-limited";
    } else if (says_too_long(message)) {
        error.code = Code::unprocessable;
        error.type = "context-overflow";
    }
    return error;
}

tl::unexpected<Error> broken_stream(std::string detail) {
    return fail(Error{Code::upstream,
                      "upstream-failed",
                      "The model's provider sent an answer that is broken: " + detail + ".",
                      {},
                      {},
                      {}});
}

std::vector<std::string> model_names(std::string_view json, std::size_t max) {
    std::vector<std::string> names;
    const auto value = parse_foreign(json);
    if (!value || !value->is_object()) return names;
    for (const std::string_view list_name : {"data", "models"})
        if (const auto* list = array_at(value->get_object(), list_name))
            for (const auto& one : *list) {
                const auto* object = one.if_object();
                if (!object || names.size() >= max) continue;
                auto name = text_at(*object, "id");
                if (name.empty()) name = text_at(*object, "name");
                if (name.starts_with("models/")) name.remove_prefix(7);
                if (!name.empty() && name.size() <= 256 && is_utf8(name)) names.emplace_back(name);
            }
    return names;
}

}  // namespace lares::gateway
