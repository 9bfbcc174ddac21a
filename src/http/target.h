#pragma once
// The request target in its one canonical form, made before anything looks at it: the router and the guard
// cannot disagree about what was asked for.
#include <string>
#include <string_view>

#include "base/result.h"

namespace lares::http {

struct Target {
    std::string path;            // decoded, "/api/X" as "/api/v1/X"; "*" for OPTIONS *
    std::string_view query;      // raw, of the text given
    std::string_view authority;  // of the absolute form, else empty
    bool absolute = false;
    bool https = false;  // scheme of the absolute form
};

// Refused with bad_request "invalid-target": anything that two readers could read differently: empty and dot
// segments, an encoded slash, dot or percent, a backslash, a semicolon, control and non-UTF-8 bytes.
Result<void> parse_target(std::string_view text, Target& out);

// Calls f(name, value) for each decoded pair; false: an encoding is wrong.
template <class F>
bool each_query_pair(std::string_view query, F&& f);

std::string decode_query(std::string_view text, bool& ok);  // %XX and '+'

template <class F>
bool each_query_pair(std::string_view query, F&& f) {
    while (!query.empty()) {
        const auto end = query.find('&');
        const std::string_view pair = query.substr(0, end);
        query = end == query.npos ? std::string_view{} : query.substr(end + 1);
        if (pair.empty()) continue;
        const auto equals = pair.find('=');
        bool ok = true;
        std::string name = decode_query(pair.substr(0, equals), ok);
        std::string value = equals == pair.npos ? std::string{} : decode_query(pair.substr(equals + 1), ok);
        if (!ok) return false;
        f(std::move(name), std::move(value));
    }
    return true;
}

}  // namespace lares::http
