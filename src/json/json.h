#pragma once
// JSON at the edge of the process: text becomes a described struct and back. One description
// (BOOST_DESCRIBE_STRUCT) yields reading, writing, the schema for OpenAPI and the ids that a request names.
//
//     struct Login { std::string login; SecretText password; std::optional<std::string> session; };
//     BOOST_DESCRIBE_STRUCT(Login, (), (login, password, session))
//     constexpr auto json_rules(const Login*) { return std::array{json::length("login", 1, 254)}; }
//
// A member is required unless it is std::optional or named by json_optional(const T*) (then it keeps its
// initialiser). null equals absent; unknown fields are ignored. A trailing underscore of a C++ name is
// dropped ("class_" is "class").
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "json/ids.h"
#include "json/parse.h"
#include "json/read.h"
#include "json/rules.h"
#include "json/schema.h"
#include "json/write.h"

namespace lares::json {

// Errors: bad_request "invalid-field" with the path of the field. `path` names where the value itself stands.
template <class T>
Result<T> from_value(const boost::json::value& value, std::string path = {}, Source source = Source::json) {
    Reader reader(source);
    T out{};
    if (!read(reader, Place(path), value, out)) return fail(std::move(reader.error));
    return out;
}

// Errors: as from_value, and bad_request "invalid-json" for text that is no JSON.
template <class T>
Result<T> parse(std::string_view text, Limits limits = {}) {
    LARES_TRY(const auto value, parse_value(text, limits));
    return from_value<T>(value);
}

}  // namespace lares::json
