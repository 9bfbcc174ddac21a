#pragma once
// A JSON value to a described struct; the template part only walks types, what can be judged without them is
// in read.cpp.
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "base/result.h"
#include "json/describe.h"

namespace lares::json {

// Where the value comes from. Query and path parameters are all text: there a number or bool is read out of a
// string, and a single value is a list of one.
enum class Source : std::uint8_t { json, text };

// Where we are in the document: a chain on the stack, made text only for an error.
class Place {
public:
    explicit Place(std::string_view root) : name_(root) {}
    Place(const Place& parent, std::string_view name) : parent_(&parent), name_(name) {}
    Place(const Place& parent, std::size_t index) : parent_(&parent), index_(index), is_index_(true) {}
    std::string text() const;

private:
    const Place* parent_ = nullptr;
    std::string_view name_;
    std::size_t index_ = 0;
    bool is_index_ = false;
};

// One reading; every function answers false after it has set `error`.
class Reader {
public:
    explicit Reader(Source source) : source_(source) {}
    Error error;

    bool refuse(const Place& at, std::string rule);
    bool boolean(const Place& at, const boost::json::value& value, bool& out);
    bool integer(const Place& at, const boost::json::value& value, std::int64_t min, std::int64_t max,
                 std::int64_t& out);
    bool unsigned64(const Place& at, const boost::json::value& value, std::uint64_t& out);
    bool number(const Place& at, const boost::json::value& value, double& out);
    bool text(const Place& at, const boost::json::value& value, std::string& out);
    bool uuid(const Place& at, const boost::json::value& value, std::string_view kind, Uuid& out);
    // The index of the name in `names`.
    bool one_of(const Place& at, const boost::json::value& value, std::span<const std::string_view> names,
                std::size_t& out);
    const boost::json::object* object(const Place& at, const boost::json::value& value);
    const boost::json::array* array(const Place& at, const boost::json::value& value,
                                    boost::json::array& one);
    bool check(const Place& at, const boost::json::value& value, std::string_view field,
               std::span<const Rule> rules);

private:
    const boost::json::value* scalar(const boost::json::value& value, boost::json::value& converted) const;
    Source source_;
};

template <class T>
bool read(Reader& reader, const Place& at, const boost::json::value& value, T& out);

namespace detail {

template <class E>
bool read_enum(Reader& reader, const Place& at, const boost::json::value& value, E& out) {
    static constexpr auto names = []<template <class...> class L, class... D>(L<D...>) {
        return std::array<std::string_view, sizeof...(D)>{wire_name(D::name)...};
    }(Enumerators<E>{});
    static constexpr auto values = []<template <class...> class L, class... D>(L<D...>) {
        return std::array<E, sizeof...(D)>{D::value...};
    }(Enumerators<E>{});
    std::size_t index = 0;
    if (!reader.one_of(at, value, names, index)) return false;
    out = values[index];
    return true;
}

template <class T>
bool read_struct(Reader& reader, const Place& at, const boost::json::value& value, T& out) {
    const boost::json::object* object = reader.object(at, value);
    if (!object) return false;
    return all_of(Members<T>{}, [&](auto member) {
        constexpr std::string_view name = wire_name(decltype(member)::name);
        auto& target = out.*member.pointer;
        using Field = std::remove_cvref_t<decltype(target)>;
        const Place here(at, name);
        const boost::json::value* field = object->if_contains(name);
        if (!field || field->is_null()) {
            if constexpr (is_optional<Field> || keeps_initialiser<T>(name))
                return true;
            else
                return reader.refuse(here, "is required");
        }
        if (!read(reader, here, *field, target)) return false;
        if constexpr (rules<T>.empty())
            return true;
        else
            return reader.check(here, *field, name, rules<T>);
    });
}

}  // namespace detail

template <class T>
bool read(Reader& reader, const Place& at, const boost::json::value& value, T& out) {
    if constexpr (std::is_same_v<T, bool>) {
        return reader.boolean(at, value, out);
    } else if constexpr (std::is_same_v<T, std::uint64_t>) {
        return reader.unsigned64(at, value, out);
    } else if constexpr (std::is_integral_v<T>) {
        std::int64_t number = 0;
        if (!reader.integer(at, value, std::numeric_limits<T>::min(), std::numeric_limits<T>::max(), number))
            return false;
        out = static_cast<T>(number);
        return true;
    } else if constexpr (std::is_floating_point_v<T>) {
        double number = 0;
        if (!reader.number(at, value, number)) return false;
        out = static_cast<T>(number);
        return true;
    } else if constexpr (std::is_same_v<T, std::string>) {
        return reader.text(at, value, out);
    } else if constexpr (std::is_same_v<T, SecretText>) {
        std::string text;
        if (!reader.text(at, value, text)) return false;
        out = SecretText(std::move(text));
        return true;
    } else if constexpr (std::is_same_v<T, Uuid>) {
        return reader.uuid(at, value, "id", out);
    } else if constexpr (detail::is_id<T>) {
        return reader.uuid(at, value, T::kind, out.value);
    } else if constexpr (detail::is_optional<T>) {
        if (value.is_null()) {
            out.reset();
            return true;
        }
        return read(reader, at, value, out.emplace());
    } else if constexpr (detail::is_vector<T>) {
        boost::json::array one;
        const boost::json::array* array = reader.array(at, value, one);
        if (!array) return false;
        out.clear();
        out.reserve(array->size());
        for (std::size_t i = 0; i < array->size(); ++i)
            if (!read(reader, Place(at, i), (*array)[i], out.emplace_back())) return false;
        return true;
    } else if constexpr (detail::is_map<T>) {
        const boost::json::object* object = reader.object(at, value);
        if (!object) return false;
        out.clear();
        for (const auto& [key, element] : *object)
            if (!read(reader, Place(at, key), element, out[std::string(key)])) return false;
        return true;
    } else if constexpr (std::is_same_v<T, boost::json::value>) {
        out = value;
        return true;
    } else if constexpr (std::is_same_v<T, boost::json::object>) {
        const boost::json::object* object = reader.object(at, value);
        if (object) out = *object;
        return object != nullptr;
    } else if constexpr (detail::DescribedEnum<T>) {
        return detail::read_enum(reader, at, value, out);
    } else if constexpr (detail::DescribedStruct<T>) {
        return detail::read_struct(reader, at, value, out);
    } else {
        static_assert(detail::always_false<T>,
                      "json: this type cannot be read; describe it with BOOST_DESCRIBE_STRUCT");
    }
}

}  // namespace lares::json
