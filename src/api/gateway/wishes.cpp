#include "api/gateway/wishes.h"

#include <charconv>

#include "base/text.h"
#include "json/json.h"

namespace lares::api {
namespace {

constexpr std::size_t trace_bytes_max = 6'000;  // of a header; proxies take 8 KiB
constexpr std::size_t name_shown_max = 128;

// A directive of Cache-Control (RFC 9111, 5.2): its value, "" when it has none; nullopt: it is not there.
std::optional<std::string_view> directive(std::string_view list, std::string_view name) {
    while (!list.empty()) {
        const auto comma = std::min(list.find(','), list.size());
        const auto one = trim(list.substr(0, comma));
        list.remove_prefix(std::min(comma + 1, list.size()));
        const auto equals = std::min(one.find('='), one.size());
        if (!equal_ignoring_case(trim(one.substr(0, equals)), name)) continue;
        auto value = equals < one.size() ? trim(one.substr(equals + 1)) : std::string_view();
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
            value = value.substr(1, value.size() - 2);
        return value;
    }
    return std::nullopt;
}

void cut(std::string& name) {
    if (name.size() <= name_shown_max) return;
    name.resize(utf8_valid_prefix(std::string_view(name).substr(0, name_shown_max)));
    name += "…";
}

// Header fields are ASCII: everything else as JSON's own escapes, in UTF-16.
std::string in_ascii(const std::string& json) {
    std::string out;
    for (std::size_t i = 0; i < json.size();) {
        const auto byte = static_cast<unsigned char>(json[i]);
        if (byte < 0x80) {
            out += json[i++];
            continue;
        }
        const std::size_t length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
        unsigned code = byte & (0xffu >> (length + 1));
        for (std::size_t k = 1; k < length && i + k < json.size(); ++k)
            code = code << 6 | (static_cast<unsigned char>(json[i + k]) & 0x3f);
        i += length;
        const auto unit = [&out](unsigned value) {
            constexpr char digits[] = "0123456789abcdef";
            out += "\\u";
            for (int shift = 12; shift >= 0; shift -= 4) out += digits[(value >> shift) & 15];
        };
        if (code >= 0x10000) {
            unit(0xd800 + ((code - 0x10000) >> 10));
            unit(0xdc00 + ((code - 0x10000) & 0x3ff));
        } else {
            unit(code);
        }
    }
    return out;
}

}  // namespace

bool wants_trace(const http::Call& call) {
    return trim(call.head().header("x-lares-trace")) == "1";
}

void take_wishes(http::Call& call, const std::string& what, const gateway::Gateway& gateway,
                 gateway::ChatRequest& request) {
    request.trace = std::make_shared<gateway::Trace>();
    request.trace->asked = request.model;
    call.set_note(request.trace);
    request.cache.asked = trim(call.head().header("x-lares-cache")) == "1";
    if (!gateway.may_keep(request)) return;  // what is not kept needs no copy of the body
    request.cache.what = what;
    const auto control = call.head().header("cache-control");
    if (control.empty()) return;
    if (directive(control, "no-store")) request.cache.read = request.cache.write = false;
    if (directive(control, "no-cache")) request.cache.read = false;
    if (const auto age = directive(control, "max-age")) {
        std::int64_t seconds = 0;
        const auto [end, error] = std::from_chars(age->data(), age->data() + age->size(), seconds);
        const bool good = error == std::errc() && end == age->data() + age->size() && seconds >= 0;
        request.cache.max_age_ms = good ? std::min<std::int64_t>(seconds, 1'000'000'000) * 1000 : 0;
    }
}

void tell(http::Call& call, const gateway::Trace& trace) {
    if (trace.cache != gateway::CacheUse::off)
        call.set_header("x-lares-cache", trace.cache == gateway::CacheUse::hit ? "hit" : "miss");
    if (trace.age_s) call.set_header("age", std::to_string(*trace.age_s));
    if (!wants_trace(call)) return;
    gateway::Trace shown = trace;
    for (auto& name : shown.candidates) cut(name);
    for (auto& one : shown.tries) cut(one.model);
    auto text = in_ascii(json::write(shown));
    while (text.size() > trace_bytes_max && !shown.tries.empty()) {
        shown.tries.erase(shown.tries.begin());  // the last ones tell most
        text = in_ascii(json::write(shown));
    }
    call.set_header("x-lares-trace", std::move(text));
}

}  // namespace lares::api
