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
constexpr std::size_t looked_at_max = 16 * 1024;  // of an error's words

struct Said {
    std::string message;
    std::vector<std::string> codes;  // what programs are meant to go by, in lower case
};

// {"error": {"message"}}, {"error": "…"}, {"message"}, {"detail"}, [{"error": …}]: all that is in use. The
// codes are OpenAI's and Anthropic's "code" and "type", Google's "status" and the "reason" in its details.
Said what_it_says(std::string_view body) {
    Said out;
    auto value = parse_foreign(body);
    if (value && value->is_array() && !value->get_array().empty()) value = bj::value(value->get_array()[0]);
    if (!value || !value->is_object()) return out;
    const auto& object = value->get_object();
    const auto* error = object_at(object, "error");
    const auto add_codes = [&](const bj::object& of) {
        for (const std::string_view name : {"code", "type", "status", "reason"})
            if (const auto code = text_at(of, name); !code.empty()) out.codes.push_back(to_lower_ascii(code));
    };
    add_codes(error ? *error : object);
    if (const auto* details = error ? array_at(*error, "details") : nullptr)
        for (const auto& one : *details)
            if (const auto* detail = one.if_object()) add_codes(*detail);
    if (error) out.message = text_at(*error, "message");
    for (const std::string_view name : {"error", "message", "detail"})
        if (out.message.empty()) out.message = text_at(object, name);
    return out;
}

// What a provider says of a key, and not of what was asked with it. Codes, and words that begin a message:
// further on may stand what the caller wrote, who could have every key set aside with it.
bool speaks_of_key(const Said& said) {
    for (const std::string_view code : {"invalid_api_key",
                                        "incorrect_api_key",
                                        "api_key_invalid",
                                        "api_key_expired",
                                        "api_key_disabled",
                                        "invalid_authentication",
                                        "invalid_authentication_error",
                                        "authentication_error",
                                        "account_deactivated",
                                        "account_disabled",
                                        "account_suspended",
                                        "consumer_suspended",
                                        "organization_deactivated",
                                        "organization_disabled",
                                        "billing_error",
                                        "billing_not_active",
                                        "billing_disabled",
                                        "billing_hard_limit_reached",
                                        "insufficient_quota",
                                        "insufficient_balance"})
        if (std::find(said.codes.begin(), said.codes.end(), code) != said.codes.end()) return true;
    return false;
}

bool begins_with_key(std::string_view message) {
    const std::string lower = to_lower_ascii(message.substr(0, 64));
    for (const std::string_view words : {"your api key", "this api key", "api key not valid", "api key is",
                                         "invalid api key", "incorrect api key", "key limit exceeded"})
        if (lower.starts_with(words)) return true;
    return false;
}

bool speaks_of_model(const Said& said) {
    for (const auto& code : said.codes)
        if (code.find("model") != code.npos) return true;
    const std::string lower = to_lower_ascii(said.message);
    return lower.find("access to model") != lower.npos || lower.find("access to the model") != lower.npos;
}

struct Range {
    std::size_t begin = 0, end = 0;
};

// find(from) -> the next range at or behind `from`, until there is none. One pass: what is looked at may be
// long, and whoever names a server of their own writes it.
template <class Find>
void replace_each(std::string& message, std::string_view with, Find find) {
    std::string out;
    std::size_t from = 0;
    for (auto range = find(from); range; range = find(from)) {
        out.append(message, from, range->begin - from).append(with);
        from = range->end;
    }
    if (from > 0) message = std::move(out.append(message, from));
}

void black_out(std::string& message, std::string_view what, std::string_view with) {
    if (what.empty()) return;
    replace_each(message, with, [&](std::size_t from) -> std::optional<Range> {
        const auto at = message.find(what, from);
        if (at == message.npos) return std::nullopt;
        return Range{at, at + what.size()};
    });
}

// "api.example:8000" of "https://api.example:8000/v1".
std::string_view authority_of(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == url.npos) return {};
    url.remove_prefix(scheme + 3);
    return url.substr(0, url.find('/'));
}

bool is_digit(std::string_view text, std::size_t at) {
    return at < text.size() && text[at] >= '0' && text[at] <= '9';
}

bool is_of_word(std::string_view text, std::size_t at) {
    if (at >= text.size()) return false;
    const char c = text[at];
    return is_digit(text, at) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Four numbers with points between, and a port: no host of a network of ours is anybody's business.
std::optional<Range> find_address(std::string_view text, std::size_t from) {
    for (auto at = from; at < text.size(); ++at) {
        if (!is_digit(text, at) || (at > 0 && (is_digit(text, at - 1) || text[at - 1] == '.'))) continue;
        std::size_t end = at, groups = 0;
        for (;;) {
            const std::size_t begin = end;
            while (is_digit(text, end) && end - begin < 3) ++end;
            if (end == begin) break;
            ++groups;
            if (groups == 4 || end >= text.size() || text[end] != '.') break;
            ++end;
        }
        if (groups != 4 || is_digit(text, end)) continue;
        if (text.substr(end).starts_with(':') && is_digit(text, end + 1))
            for (++end; is_digit(text, end);) ++end;
        return Range{at, end};
    }
    return std::nullopt;
}

// "db.internal:5432", "[fd00::1]:8000": a port of four or five digits, or any of a name with a point in it.
std::optional<Range> find_host(std::string_view text, std::size_t from) {
    constexpr std::size_t name_max = 253;
    for (auto colon = text.find(':', from); colon != text.npos; colon = text.find(':', colon + 1)) {
        auto end = colon + 1;
        while (is_digit(text, end)) ++end;
        const auto digits = end - colon - 1;
        if (digits < 2 || digits > 5 || is_of_word(text, end) || text.substr(end).starts_with('_')) continue;
        const auto first = std::max(from, colon > name_max ? colon - name_max : 0);
        auto begin = colon;
        if (colon > first && text[colon - 1] == ']') {
            const auto open = text.substr(first, colon - first).rfind('[');
            if (open == text.npos) continue;
            begin = first + open;
            if (text.substr(begin, colon - begin).find(':') == text.npos) continue;
        } else {
            while (begin > first &&
                   (is_of_word(text, begin - 1) || text[begin - 1] == '-' || text[begin - 1] == '.'))
                --begin;
            const auto name = text.substr(begin, colon - begin);
            const auto last = name.substr(name.rfind('.') + 1);  // of "gpt-4.1" no name of a host
            const bool letters = last.find_first_not_of("0123456789-") != last.npos;
            const bool dotted = last.size() < name.size();
            if (!letters || (begin > 0 && text[begin - 1] == '_') || (!dotted && digits < 4)) continue;
        }
        return Range{begin, end};
    }
    return std::nullopt;
}

void black_out_hosts(std::string& message) {
    for (const auto find : {find_address, find_host})
        replace_each(message, "[…]", [&](std::size_t from) { return find(message, from); });
}

void black_out_server(std::string& message, const Target& target) {
    const auto authority = authority_of(target.base_url);
    for (const auto name : {authority, authority.substr(0, authority.rfind(':'))})
        if (name.find_first_of(".:") != name.npos) black_out(message, name, "[…]");  // a mere word may be any
}

std::string cleaned(std::string message, const Target& target) {
    if (message.size() > looked_at_max) message.resize(looked_at_max);
    if (!is_utf8(message)) message.resize(utf8_valid_prefix(message));
    black_out(message, target.key.reveal(), "[key]");
    // Keys of the usual shapes, also shortened ones, and addresses of machines.
    for (const std::string_view mark : {"sk-", "gsk_", "AIza", "http://", "https://"}) {
        for (auto at = message.find(mark); at != message.npos; at = message.find(mark, at + 1)) {
            const auto end = std::min(message.find_first_of(" \t\n\"'),", at), message.size());
            message.replace(at, end - at, "[…]");
        }
    }
    black_out_server(message, target);
    black_out_hosts(message);
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
    auto told = what_it_says(body);
    const bool of_key = status == 401 || status == 402 ||
                        ((status == 400 || status == 403) && speaks_of_key(told)) ||
                        (status == 403 && !speaks_of_model(told) && begins_with_key(told.message));
    const bool of_model = speaks_of_model(told);
    const std::string said = cleaned(std::move(told.message), target);
    const std::string prefix = target.provider + " answered " + std::to_string(status);
    Error error{Code::upstream, "upstream-failed", prefix + (said.empty() ? "." : ": " + said), {}, {}, {}};
    if (of_key) {
        // The operator's key, not the caller's: its words may show parts of it.
        error.type = "upstream-key";
        error.message =
            prefix + (status == 402 ? ": the account of this server's key has no credit."
                                    : ": it does not accept the key that this server has for it.");
    } else if (says_too_long(said) && (status == 400 || status == 403 || status == 413 || status == 422)) {
        error.code = Code::unprocessable;
        error.type = "context-overflow";
    } else if (status == 404 || (status == 400 && says_no_model(said)) || (status == 403 && of_model)) {
        error.code = Code::not_found;
        error.type = "model-not-found";
        error.field = "model";
    } else if (status == 400 || status == 413 || status == 422) {
        error.code = Code::bad_request;
        error.type = "upstream-rejected";
    } else if (status == 403) {
        // The key is good, and what was asked with it is refused: one person's request is no other's matter.
        error.code = Code::forbidden;
        error.type = "upstream-forbidden";
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
                    (message.empty() ? "no reason given." : std::string(message.substr(0, looked_at_max)));
    const std::string kind = to_lower_ascii(type);
    const auto holds = [&](std::initializer_list<std::string_view> words) {
        return std::ranges::any_of(words, [&](auto word) { return kind.find(word) != kind.npos; });
    };
    if (kind.find("overloaded") != kind.npos || kind.find("unavailable") != kind.npos) {
        error.code = Code::unavailable;
        error.type = "upstream-overloaded";
    } else if (kind.find("rate_limit") != kind.npos || kind == "429") {
        error.code = Code::rate_limited;
        error.type = "upstream-rate-limited";
    } else if (says_too_long(message)) {
        error.code = Code::unprocessable;
        error.type = "context-overflow";
    } else if (holds({"api_key", "authentication", "quota", "billing"})) {
        // Of the key: another may do.
    } else if (holds({"invalid_request", "bad_request", "badrequest", "invalid_prompt", "content_policy"})) {
        error.code = Code::bad_request;  // of what was asked: neither key nor provider is worse for it
    } else if (holds({"permission", "forbidden", "not_found", "notfound", "moderation"})) {
        error.code = Code::forbidden;
    }
    return error;
}

Error without_secrets(Error error, const Target& target) {
    error.message = cleaned(std::move(error.message), target);
    return error;
}

std::string without_secrets(std::string events, const Target& target) {
    black_out(events, target.key.reveal(), "[key]");
    if (events.find("\"error\"") == events.npos) return events;
    black_out_server(events, target);
    black_out_hosts(events);
    return events;
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
