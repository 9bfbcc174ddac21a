#pragma once
// What goes into a statement (Param) and what comes out of a row (Cell), and the C++ types that map to them:
// bool, integers, double, text, Blob, Uuid and Id<Tag>, described enums (by name), std::optional of these.
// Times are std::int64_t UTC milliseconds.
#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

#include <boost/describe/enum.hpp>
#include <boost/describe/enum_from_string.hpp>
#include <boost/describe/enum_to_string.hpp>

#include "base/id.h"

namespace lares::db {

struct Blob {
    std::string bytes;
    bool operator==(const Blob&) const = default;
};

enum class Kind : std::uint8_t { null, integer, real, text, blob, uuid };

// Borrows text and blobs from the caller's arguments: they live until the statement has run.
struct Param {
    Kind kind = Kind::null;
    std::int64_t integer = 0;
    double real = 0;
    std::string_view bytes;
    Uuid uuid;  // the driver chooses how it is stored (26-character text in SQLite)
};

// One column of the current row; bytes are borrowed until the next row.
struct Cell {
    Kind kind = Kind::null;
    std::int64_t integer = 0;
    double real = 0;
    std::string_view bytes;
};

// A column does not hold what the code reads: our bug or a damaged row. Caught by Reader, becomes an Error.
struct BadCell : std::runtime_error {
    using std::runtime_error::runtime_error;
};

template <class T>
concept DescribedEnum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_id = false;
template <class Tag>
inline constexpr bool is_id<Id<Tag>> = true;
template <class T>
concept Scalar =
    std::integral<T> || std::floating_point<T> || std::same_as<T, std::string> || std::same_as<T, Blob> ||
    std::same_as<T, Uuid> || is_id<T> || DescribedEnum<T> || is_optional<T>;

template <class T>
Param to_param(const T& value) {
    if constexpr (is_optional<T>)
        return value ? to_param(*value) : Param{};
    else if constexpr (std::same_as<T, std::nullopt_t> || std::same_as<T, std::nullptr_t>)
        return {};
    else if constexpr (std::integral<T>)
        return {.kind = Kind::integer, .integer = static_cast<std::int64_t>(value), .bytes = {}, .uuid = {}};
    else if constexpr (std::floating_point<T>)
        return {.kind = Kind::real, .real = value, .bytes = {}, .uuid = {}};
    else if constexpr (std::same_as<T, Blob>)
        return {.kind = Kind::blob, .bytes = value.bytes, .uuid = {}};
    else if constexpr (std::same_as<T, Uuid>)
        return {.kind = Kind::uuid, .bytes = {}, .uuid = value};
    else if constexpr (is_id<T>)
        return {.kind = Kind::uuid, .bytes = {}, .uuid = value.value};
    else if constexpr (DescribedEnum<T>)
        return {.kind = Kind::text, .bytes = boost::describe::enum_to_string(value, ""), .uuid = {}};
    else {
        static_assert(std::convertible_to<const T&, std::string_view>, "db: this type has no column form");
        return {.kind = Kind::text, .bytes = std::string_view(value), .uuid = {}};
    }
}

[[noreturn]] void bad_cell(const char* wanted, const Cell& cell);
Uuid uuid_of(const Cell& cell);

template <class T>
T from_cell(const Cell& cell) {
    if constexpr (is_optional<T>) {
        if (cell.kind == Kind::null) return std::nullopt;
        return from_cell<typename T::value_type>(cell);
    } else if constexpr (std::integral<T>) {
        if (cell.kind != Kind::integer) bad_cell("integer", cell);
        const auto value = static_cast<T>(cell.integer);
        if (static_cast<std::int64_t>(value) != cell.integer) bad_cell("an integer of its width", cell);
        return value;
    } else if constexpr (std::floating_point<T>) {
        if (cell.kind == Kind::integer) return static_cast<T>(cell.integer);
        if (cell.kind != Kind::real) bad_cell("number", cell);
        return static_cast<T>(cell.real);
    } else if constexpr (std::same_as<T, std::string>) {
        if (cell.kind != Kind::text) bad_cell("text", cell);
        return std::string(cell.bytes);
    } else if constexpr (std::same_as<T, Blob>) {
        if (cell.kind != Kind::blob) bad_cell("blob", cell);
        return Blob{std::string(cell.bytes)};
    } else if constexpr (std::same_as<T, Uuid>) {
        return uuid_of(cell);
    } else if constexpr (is_id<T>) {
        return T{uuid_of(cell)};
    } else {
        static_assert(DescribedEnum<T>, "db: this type has no column form");
        T value{};
        if (cell.kind != Kind::text ||
            !boost::describe::enum_from_string(std::string(cell.bytes).c_str(), value))
            bad_cell("the name of an enumerator", cell);
        return value;
    }
}

}  // namespace lares::db
