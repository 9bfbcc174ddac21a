#include "json/schema.h"

#include <cmath>
#include <stdexcept>

namespace lares::json::detail {

namespace bj = boost::json;

namespace {

bj::value bound(double number) {
    if (number == std::trunc(number) && std::abs(number) < 9e15) return static_cast<std::int64_t>(number);
    return number;
}

// Where the rules of a field apply: a list's elements for all but `items`.
bj::object& target(bj::object& schema, Rule::Kind kind) {
    if (auto* any_of = schema.if_contains("anyOf")) return target(any_of->as_array()[0].as_object(), kind);
    auto* items = schema.if_contains("items");
    if (items && kind != Rule::Kind::items) return target(items->as_object(), kind);
    return schema;
}

}  // namespace

// clang prints "... pretty() [T = lares::api::Login]".
std::string short_type_name(std::string_view pretty_function) {
    const auto from = pretty_function.find("T = ");
    std::string_view name = pretty_function.substr(from + 4);
    name.remove_suffix(1);
    std::string out;  // of each qualified name only the last part; brackets and commas join
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = name[i];
        if (c == ':') {
            const auto start = out.find_last_of('_');
            out.erase(start == std::string::npos ? 0 : start + 1);
        } else if (c == '<' || c == ',') {
            out += '_';
        } else if (c != '>' && c != ' ') {
            out += c;
        }
    }
    return out;
}

void add_rules(bj::object& schema, std::string_view field, std::span<const Rule> rules) {
    for (const Rule& rule : rules) {
        if (rule.field != field) continue;
        bj::object& at = target(schema, rule.kind);
        switch (rule.kind) {
            case Rule::Kind::length:
                at["minLength"] = bound(rule.min);
                at["maxLength"] = bound(rule.max);
                break;
            case Rule::Kind::range:
                at["minimum"] = bound(rule.min);
                at["maximum"] = bound(rule.max);
                break;
            case Rule::Kind::items: {
                const bool is_map = at.contains("additionalProperties");
                at[is_map ? "minProperties" : "minItems"] = bound(rule.min);
                at[is_map ? "maxProperties" : "maxItems"] = bound(rule.max);
                break;
            }
            case Rule::Kind::pattern:
                at["pattern"] = rule.pattern->regex;
                break;
        }
    }
}

bj::object id_schema(std::string_view kind) {
    bj::object out{{"type", "string"}, {"pattern", "^[0-7][0-9a-hjkmnp-tv-z]{25}$"}};
    if (!kind.empty()) out["x-id"] = kind;
    return out;
}

bj::object integer_schema(bool is_signed, std::size_t bytes) {
    bj::object out{{"type", "integer"}};
    if (bytes >= 4) out["format"] = bytes == 8 ? "int64" : "int32";
    if (!is_signed) out["minimum"] = 0;
    return out;
}

bj::object nullable(bj::object schema) {
    if (schema.empty()) return schema;  // anything already
    return {{"anyOf", bj::array{std::move(schema), bj::object{{"type", "null"}}}}};
}

bj::object reference(const std::string& name) {
    return {{"$ref", "#/components/schemas/" + name}};
}

bool claim(bj::object& components, const std::string& name, const bj::object& schema) {
    const auto [at, added] = components.emplace(name, schema);
    if (!added && at->value() != bj::value(schema))
        throw std::logic_error("two different structs are named " + name +
                               " in the API; give one a json_name");
    return added;
}

}  // namespace lares::json::detail
