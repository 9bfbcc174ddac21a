#pragma once
// A described struct to JSON: write() straight to text, to_value() to a tree. An empty optional is written as
// null. Invalid UTF-8 becomes U+FFFD, a number that JSON cannot hold becomes null. A SecretText does not
// compile.
#include <array>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <boost/json/value.hpp>

#include "json/describe.h"

namespace lares::json {

void append_quoted(std::string& out, std::string_view text);  // with the quotes
void append_integer(std::string& out, std::int64_t number);
void append_integer(std::string& out, std::uint64_t number);
template <std::integral T>
void append_integer(std::string& out, T number) {
    append_integer(out,
                   static_cast<std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>>(number));
}
void append_number(std::string& out, double number);
void append_value(std::string& out, const boost::json::value& value);
std::string write(const boost::json::value& value);
boost::json::value text_value(std::string_view text);  // as append_quoted would show it
boost::json::value number_value(double number);

namespace detail {

template <class E>
std::string_view enum_name(E value) {
    std::string_view name;
    all_of(Enumerators<E>{}, [&](auto item) {
        if (item.value != value) return true;
        name = wire_name(item.name);
        return false;
    });
    return name;
}

// `,"name":` of a member.
template <class Member>
inline constexpr auto key_text = [] {
    constexpr std::string_view name = wire_name(Member::name);
    std::array<char, name.size() + 4> text{};
    text[0] = ',';
    text[1] = text[name.size() + 2] = '"';
    for (std::size_t i = 0; i < name.size(); ++i) text[i + 2] = name[i];
    text[name.size() + 3] = ':';
    return text;
}();

template <class T, class Field>
bool left_out(const Field& field) {
    if constexpr (is_optional<Field> && omits_empty<T>())
        return !field.has_value();
    else
        return false;
}

}  // namespace detail

template <class T>
void append(std::string& out, const T& in) {
    static_assert(!std::is_same_v<T, SecretText>, "json: a secret is never written");
    if constexpr (std::is_same_v<T, bool>) {
        out += in ? "true" : "false";
    } else if constexpr (std::is_integral_v<T>) {
        append_integer(out, in);
    } else if constexpr (std::is_floating_point_v<T>) {
        append_number(out, in);
    } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
        append_quoted(out, in);
    } else if constexpr (std::is_same_v<T, Uuid> || detail::is_id<T>) {
        out.append(1, '"').append(in.text()).append(1, '"');
    } else if constexpr (detail::is_optional<T>) {
        if (in)
            append(out, *in);
        else
            out += "null";
    } else if constexpr (detail::is_vector<T>) {
        out += '[';
        bool first = true;
        for (const auto& element : in) {
            if (!std::exchange(first, false)) out += ',';
            append(out, element);
        }
        out += ']';
    } else if constexpr (detail::is_map<T>) {
        out += '{';
        bool first = true;
        for (const auto& [key, element] : in) {
            if (!std::exchange(first, false)) out += ',';
            append_quoted(out, key);
            out += ':';
            append(out, element);
        }
        out += '}';
    } else if constexpr (std::is_same_v<T, boost::json::value>) {
        append_value(out, in);
    } else if constexpr (std::is_same_v<T, boost::json::object>) {
        append_value(out, boost::json::value(in));
    } else if constexpr (detail::DescribedEnum<T>) {
        append_quoted(out, detail::enum_name(in));
    } else if constexpr (detail::DescribedStruct<T>) {
        out += '{';
        bool first = true;
        detail::all_of(detail::Members<T>{}, [&](auto member) {
            if (detail::left_out<T>(in.*member.pointer)) return true;
            constexpr const auto& key = detail::key_text<decltype(member)>;
            const std::size_t comma = std::exchange(first, false) ? 1 : 0;
            out.append(key.data() + comma, key.size() - comma);
            append(out, in.*member.pointer);
            return true;
        });
        out += '}';
    } else {
        static_assert(detail::always_false<T>, "json: this type cannot be written");
    }
}

template <class T>
std::string write(const T& in) {
    std::string out;
    append(out, in);
    return out;
}

template <class T>
boost::json::value to_value(const T& in) {
    static_assert(!std::is_same_v<T, SecretText>, "json: a secret is never written");
    if constexpr (std::is_same_v<T, bool> || std::is_integral_v<T> || std::is_same_v<T, boost::json::value> ||
                  std::is_same_v<T, boost::json::object>) {
        return in;
    } else if constexpr (std::is_floating_point_v<T>) {
        return number_value(in);
    } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
        return text_value(in);
    } else if constexpr (std::is_same_v<T, Uuid> || detail::is_id<T>) {
        return text_value(in.text());
    } else if constexpr (detail::is_optional<T>) {
        return in ? to_value(*in) : boost::json::value(nullptr);
    } else if constexpr (detail::is_vector<T>) {
        boost::json::array array;
        array.reserve(in.size());
        for (const auto& element : in) array.push_back(to_value(element));
        return array;
    } else if constexpr (detail::is_map<T>) {
        boost::json::object object;
        for (const auto& [key, element] : in) object.emplace(key, to_value(element));
        return object;
    } else if constexpr (detail::DescribedEnum<T>) {
        return text_value(detail::enum_name(in));
    } else if constexpr (detail::DescribedStruct<T>) {
        boost::json::object object;
        detail::all_of(detail::Members<T>{}, [&](auto member) {
            if (!detail::left_out<T>(in.*member.pointer))
                object.emplace(detail::wire_name(decltype(member)::name), to_value(in.*member.pointer));
            return true;
        });
        return object;
    } else {
        static_assert(detail::always_false<T>, "json: this type cannot be written");
    }
}

}  // namespace lares::json
