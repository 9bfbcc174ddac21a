#include "gateway/providers/local/schema.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "gateway/foreign.h"

namespace lares::gateway {

namespace {

namespace bj = boost::json;

// The number at the front of the text, which it takes off; what is malformed is 0.
std::size_t take_number(std::string_view& text) {
    std::size_t number = 0;
    const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    text.remove_prefix(static_cast<std::size_t>(at - text.data()));
    return error == std::errc::result_out_of_range ? std::numeric_limits<std::size_t>::max() : number;
}

// "{2,5}" at the front of the text: 5; without an end, its beginning. What is malformed counts as once.
std::size_t most_of(std::string_view text) {
    text.remove_prefix(1);
    std::size_t most = take_number(text);
    if (text.starts_with(',')) {
        text.remove_prefix(1);
        most = std::max(most, take_number(text));
    }
    return std::max(most, std::size_t{1});
}

// See limits::schema_quantifiers. Never more than one too many.
std::size_t quantifiers(std::string_view pattern) {
    constexpr std::size_t full = limits::schema_quantifiers + 1;
    std::vector<std::size_t> open{0};  // what the groups hold that are open
    std::size_t group = 0;             // what the group that ended here holds
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const char c = pattern[i];
        std::size_t inner = std::exchange(group, 0);
        if (c == '\\') {
            ++i;
        } else if (c == '[') {
            for (++i; i < pattern.size() && pattern[i] != ']'; ++i) i += pattern[i] == '\\' ? 1 : 0;
        } else if (c == '(') {
            open.push_back(0);
        } else if (c == ')' && open.size() > 1) {
            group = open.back();
            open.pop_back();
            open.back() = std::min(open.back() + group, full);
        } else if (c == '?' || c == '*' || c == '+' || c == '{') {
            const std::size_t times = c == '{' ? most_of(pattern.substr(i)) : 1;
            const std::size_t more = inner * (std::min(times, full) - 1);
            open.back() = std::min(open.back() + more + 1, full);
        }
    }
    std::size_t sum = 0;
    for (const auto one : open) sum += one;
    return std::min(sum, full);
}

tl::unexpected<Error> too_many(std::size_t most, std::string_view of) {
    return invalid_field("json_schema", "may have at most " + std::to_string(most) + " " + std::string(of));
}

// "#/$defs/a", as json_schema_to_grammar reads it: no escapes.
const bj::value* target_of(const bj::value& root, std::string_view reference) {
    if (!reference.starts_with("#/")) return nullptr;
    const bj::value* at = &root;
    for (std::string_view rest = reference.substr(1); at && !rest.empty();) {
        rest.remove_prefix(1);
        const std::string_view key = rest.substr(0, rest.find('/'));
        rest.remove_prefix(key.size());
        if (const auto* object = at->if_object()) {
            at = object->if_contains(key);
        } else {
            std::size_t place = 0;
            std::from_chars(key.data(), key.data() + key.size(), place);
            const auto* list = at->if_array();
            at = list ? list->if_contains(place) : nullptr;
        }
    }
    return at;
}

class Walk {
public:
    explicit Walk(const bj::value& root) : root_(root) {}

    Result<void> go(const bj::value& value, std::size_t depth) {
        if (depth > limits::schema_depth) return too_many(limits::schema_depth, "levels");
        if (const auto* list = value.if_array()) {
            for (const auto& one : *list) LARES_CHECK(go(one, depth + 1));
        }
        const auto* object = value.if_object();
        if (!object) return {};
        LARES_CHECK(follow(*object));
        optional_ += optional_of(*object);
        if (optional_ > limits::schema_optional)
            return too_many(limits::schema_optional, "properties that are not required");
        for (const auto* key : {"enum", "anyOf", "oneOf"}) {
            if (const auto* list = array_at(*object, key)) choices_ += list->size();
        }
        if (choices_ > limits::schema_choices)
            return too_many(limits::schema_choices, "items of enum, anyOf and oneOf");
        quantifiers_ += quantifiers(text_at(*object, "pattern"));
        if (quantifiers_ > limits::schema_quantifiers)
            return too_many(limits::schema_quantifiers,
                            "quantifiers in its patterns, those in a group counted as often as it may come");
        for (const auto& [key, inner] : *object) LARES_CHECK(go(inner, depth + 1));
        return {};
    }

private:
    // One that leads to itself is followed until the stack ends.
    Result<void> follow(const bj::object& from) const {
        const bj::object* at = &from;
        for (std::size_t steps = 0; at; ++steps) {
            if (steps > limits::schema_depth)
                return invalid_field("json_schema", "has a $ref that leads back to itself");
            const auto* next = target_of(root_, text_at(*at, "$ref"));
            at = next ? next->if_object() : nullptr;
        }
        return {};
    }

    static std::size_t optional_of(const bj::object& object) {
        const auto* properties = object_at(object, "properties");
        if (!properties) return 0;
        std::set<std::string_view> required;
        if (const auto* names = array_at(object, "required")) {
            for (const auto& name : *names)
                if (name.is_string() && properties->contains(name.get_string()))
                    required.insert(name.get_string());
        }
        return properties->size() - required.size();
    }

    const bj::value& root_;
    std::size_t optional_ = 0, choices_ = 0, quantifiers_ = 0;
};

}  // namespace

Result<void> check_schema(std::string_view schema) {
    const auto value = parse_foreign(schema);
    if (!value)
        return invalid_field("json_schema",
                             "must be JSON of at most " + std::to_string(limits::schema_depth) + " levels");
    return Walk(*value).go(*value, 0);
}

}  // namespace lares::gateway
