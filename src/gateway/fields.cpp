#include "gateway/fields.h"

#include <algorithm>
#include <cmath>

#include "json/write.h"

namespace lares::gateway {

namespace bj = boost::json;

// A request has few fields, and a reader asks for dozens that are not there: looked through here, that takes
// a third of what asking the object takes.
const bj::value* Fields::find(std::string_view name) const {
    constexpr std::size_t few = 16;
    const bj::value* value = nullptr;
    if (object_.size() > few) {
        value = object_.if_contains(name);
    } else {
        for (const auto& member : object_)
            if (const auto key = member.key(); key.size() == name.size() && key == name) {
                value = &member.value();
                break;
            }
    }
    return value && !value->is_null() ? value : nullptr;
}

std::string Fields::place(std::string_view name) const {
    if (path_.empty()) return std::string(name);
    return name.empty() ? path_ : path_ + '.' + std::string(name);
}

std::string Fields::place(std::string_view name, std::size_t index) const {
    return place(name) + '[' + std::to_string(index) + ']';
}

void Fields::refuse(std::string_view name, std::string rule) {
    if (!error_) error_ = std::move(invalid_field(place(name), std::move(rule)).value());
}

std::string Fields::text(std::string_view name) {
    const auto* value = find(name);
    if (!value) return {};
    if (value->is_string()) return std::string(value->get_string());
    refuse(name, "must be a string");
    return {};
}

std::string Fields::needed_text(std::string_view name) {
    if (!has(name)) refuse(name, "is required");
    return text(name);
}

std::optional<bool> Fields::flag(std::string_view name) {
    const auto* value = find(name);
    if (!value) return std::nullopt;
    if (value->is_bool()) return value->get_bool();
    refuse(name, "must be true or false");
    return std::nullopt;
}

std::optional<double> Fields::number(std::string_view name, double least, double most) {
    const auto* value = find(name);
    if (!value) return std::nullopt;
    bj::error_code error;
    const double number = value->is_number() ? value->to_number<double>(error) : NAN;
    if (!error && number >= least && number <= most) return number;
    std::string rule = "must be a number from ";
    json::append_number(rule, least);
    json::append_number(rule += " to ", most);
    refuse(name, std::move(rule));
    return std::nullopt;
}

std::optional<std::uint32_t> Fields::count(std::string_view name, std::uint32_t least, std::uint32_t most) {
    const auto* value = find(name);
    if (!value) return std::nullopt;
    bj::error_code error;
    const auto number = value->is_number() ? value->to_number<std::int64_t>(error) : -1;
    if (!error && value->is_number() && number >= least && number <= most)
        return static_cast<std::uint32_t>(number);
    refuse(name, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return std::nullopt;
}

const bj::object* Fields::object(std::string_view name) {
    const auto* value = find(name);
    if (!value) return nullptr;
    if (!value->is_object()) refuse(name, "must be an object");
    return value->if_object();
}

const bj::array* Fields::array(std::string_view name) {
    const auto* value = find(name);
    if (!value) return nullptr;
    if (!value->is_array()) refuse(name, "must be an array");
    return value->if_array();
}

std::string Fields::json(std::string_view name) const {
    const auto* value = find(name);
    return value ? json::write(*value) : std::string();
}

std::string Fields::others(std::initializer_list<std::string_view> known) const {
    bj::object rest;
    for (const auto& [key, value] : object_) {
        const std::string_view name(key);
        if (std::find(known.begin(), known.end(), name) == known.end()) rest[key] = value;
    }
    return rest.empty() ? std::string() : json::write(bj::value(std::move(rest)));
}

}  // namespace lares::gateway
