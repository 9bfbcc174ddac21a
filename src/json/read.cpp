#include "json/read.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"

namespace lares::json {
namespace {

namespace bj = boost::json;

std::string_view view(const bj::string& text) {
    return {text.data(), text.size()};
}

std::string shown(double number) {
    std::array<char, 32> buffer;
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
    return {buffer.data(), end};
}

std::string bounds(double min, double max, std::string_view unit) {
    std::string out;
    if (min == max)
        out = "must be exactly " + shown(min);
    else
        out = "must be " + shown(min) + " to " + shown(max);
    if (!unit.empty()) out.append(" ").append(unit);
    return out;
}

std::optional<double> as_number(const bj::value& value) {
    if (value.is_double()) return value.get_double();
    if (value.is_int64()) return static_cast<double>(value.get_int64());
    if (value.is_uint64()) return static_cast<double>(value.get_uint64());
    return std::nullopt;
}

// Text of a query to the JSON value it spells; nullopt when it spells none.
template <class T>
std::optional<T> from_chars(std::string_view text) {
    T out{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return out;
}

// Keys of a map are the caller's own words: what is no name does not go into an error, which is logged.
bool is_name(std::string_view text) {
    return text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      std::string_view("_-./:@+").find(c) != std::string_view::npos;
           });
}

}  // namespace

std::string Place::text() const {
    std::string out = parent_ ? parent_->text() : std::string();
    if (is_index_) return out + '[' + std::to_string(index_) + ']';
    if (!out.empty() && !name_.empty()) out += '.';
    return out.append(parent_ && !is_name(name_) ? "*" : name_);
}

bool Reader::refuse(const Place& at, std::string rule) {
    std::string path = at.text();
    error = invalid_field(path.empty() ? "body" : std::move(path), std::move(rule)).value();
    return false;
}

const bj::value* Reader::scalar(const bj::value& value, bj::value& converted) const {
    if (source_ == Source::json || !value.is_string()) return &value;
    const std::string_view text = view(value.get_string());
    if (text == "true" || text == "false")
        converted = text == "true";
    else if (const auto integer = from_chars<std::int64_t>(text))
        converted = *integer;
    else if (const auto large = from_chars<std::uint64_t>(text))
        converted = *large;
    else if (const auto number = from_chars<double>(text); number && std::isfinite(*number))
        converted = *number;
    else
        return &value;
    return &converted;
}

bool Reader::boolean(const Place& at, const bj::value& value, bool& out) {
    bj::value converted;
    const bj::value* given = scalar(value, converted);
    if (!given->is_bool()) return refuse(at, "must be true or false");
    out = given->get_bool();
    return true;
}

bool Reader::integer(const Place& at, const bj::value& value, std::int64_t min, std::int64_t max,
                     std::int64_t& out) {
    bj::value converted;
    const bj::value* given = scalar(value, converted);
    if (given->is_int64()) {
        out = given->get_int64();
    } else if (given->is_double() && given->get_double() == std::trunc(given->get_double()) &&
               std::abs(given->get_double()) <= 9007199254740992.0) {
        out = static_cast<std::int64_t>(given->get_double());  // 16.0 is an integer to JSON
    } else if (given->is_uint64() || given->is_double()) {
        if (given->is_double() && given->get_double() != std::trunc(given->get_double()))
            return refuse(at, "must be an integer");
        return refuse(at, "must be an integer from " + std::to_string(min) + " to " + std::to_string(max));
    } else {
        return refuse(at, "must be an integer");
    }
    if (out < min || out > max)
        return refuse(at, "must be an integer from " + std::to_string(min) + " to " + std::to_string(max));
    return true;
}

bool Reader::unsigned64(const Place& at, const bj::value& value, std::uint64_t& out) {
    bj::value converted;
    const bj::value* given = scalar(value, converted);
    if (given->is_uint64()) {
        out = given->get_uint64();
        return true;
    }
    std::int64_t number = 0;
    if (!integer(at, *given, 0, std::numeric_limits<std::int64_t>::max(), number)) return false;
    out = static_cast<std::uint64_t>(number);
    return true;
}

bool Reader::number(const Place& at, const bj::value& value, double& out) {
    bj::value converted;
    const auto number = as_number(*scalar(value, converted));
    if (!number) return refuse(at, "must be a number");
    out = *number;
    return true;
}

bool Reader::text(const Place& at, const bj::value& value, std::string& out) {
    if (!value.is_string()) return refuse(at, "must be a string");
    const std::string_view text = view(value.get_string());
    if (text.find('\0') != text.npos) return refuse(at, "must not contain U+0000");
    if (!is_utf8(text)) return refuse(at, "must be valid UTF-8");
    out = text;
    return true;
}

bool Reader::uuid(const Place& at, const bj::value& value, std::string_view kind, Uuid& out) {
    const auto uuid = value.is_string() ? Uuid::parse(view(value.get_string())) : std::nullopt;
    if (!uuid) {
        std::string rule = "must be the 26-character id";
        if (kind != "id") rule.append(" of a ").append(kind);
        return refuse(at, std::move(rule));
    }
    out = *uuid;
    return true;
}

bool Reader::one_of(const Place& at, const bj::value& value, std::span<const std::string_view> names,
                    std::size_t& out) {
    if (value.is_string())
        for (std::size_t i = 0; i < names.size(); ++i)
            if (names[i] == view(value.get_string())) {
                out = i;
                return true;
            }
    std::string rule = "must be one of: ";
    for (std::size_t i = 0; i < names.size(); ++i) rule.append(i ? ", " : "").append(names[i]);
    return refuse(at, std::move(rule));
}

const bj::object* Reader::object(const Place& at, const bj::value& value) {
    if (const auto* object = value.if_object()) return object;
    refuse(at, "must be an object");
    return nullptr;
}

const bj::array* Reader::array(const Place& at, const bj::value& value, bj::array& one) {
    if (const auto* array = value.if_array()) return array;
    if (source_ == Source::text && value.is_string()) {
        one.push_back(value);
        return &one;
    }
    refuse(at, "must be a list");
    return nullptr;
}

bool Reader::check(const Place& at, const bj::value& value, std::string_view field,
                   std::span<const Rule> rules) {
    for (const Rule& rule : rules) {
        if (rule.field != field) continue;
        if (rule.kind == Rule::Kind::items) {
            const double count = value.is_array()    ? static_cast<double>(value.get_array().size())
                                 : value.is_object() ? static_cast<double>(value.get_object().size())
                                                     : 1;
            if (count < rule.min || count > rule.max) return refuse(at, bounds(rule.min, rule.max, "items"));
            continue;
        }
        if (const auto* array = value.if_array()) {
            for (std::size_t i = 0; i < array->size(); ++i)
                if (!check(Place(at, i), (*array)[i], field, std::span(&rule, 1))) return false;
            continue;
        }
        if (rule.kind == Rule::Kind::range) {
            bj::value converted;
            const auto number = as_number(*scalar(value, converted));
            if (number && (*number < rule.min || *number > rule.max))
                return refuse(at, bounds(rule.min, rule.max, ""));
            continue;
        }
        if (!value.is_string()) continue;
        const std::string_view text = view(value.get_string());
        if (rule.kind == Rule::Kind::length) {
            const auto length = static_cast<double>(count_code_points(text));
            if (length < rule.min || length > rule.max)
                return refuse(at, bounds(rule.min, rule.max, "characters"));
        } else if (!rule.pattern->matches(text)) {
            return refuse(at, "must be " + std::string(rule.pattern->hint));
        }
    }
    return true;
}

}  // namespace lares::json
