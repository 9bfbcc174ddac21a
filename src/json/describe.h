#pragma once
// What reading, writing and schemas share: which types are which, and the members of a described struct.
#include <array>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>

#include "base/id.h"
#include "base/secret.h"
#include "json/rules.h"

namespace lares::json::detail {

template <class T>
inline constexpr bool always_false = false;

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;

template <class T>
inline constexpr bool is_map = false;
template <class T>
inline constexpr bool is_map<std::map<std::string, T>> = true;

template <class T>
inline constexpr bool is_id = false;
template <class Tag>
inline constexpr bool is_id<Id<Tag>> = true;

template <class T>
concept DescribedStruct = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;
template <class T>
concept DescribedEnum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;

template <class T>
using Members =
    boost::describe::describe_members<T, boost::describe::mod_any_access | boost::describe::mod_inherited>;
template <class E>
using Enumerators = boost::describe::describe_enumerators<E>;

constexpr std::string_view wire_name(std::string_view name) {
    if (name.ends_with('_')) name.remove_suffix(1);
    return name;
}

// Calls f(descriptor) for each until one answers false.
template <template <class...> class List, class... D, class F>
constexpr bool all_of(List<D...>, F&& f) {
    return (f(D{}) && ...);
}

template <class T>
consteval bool has_member(std::string_view name) {
    return !all_of(Members<T>{}, [name](auto member) { return wire_name(member.name) != name; });
}

// What json_rules and json_optional of T say; a name in them that is no member of T does not compile.
template <class T>
constexpr auto rules_of() {
    if constexpr (requires(const T* t) { json_rules(t); }) {
        constexpr auto rules = json_rules(static_cast<const T*>(nullptr));
        static_assert(
            [&] {
                for (const auto& rule : rules)
                    if (!has_member<T>(rule.field)) return false;
                return true;
            }(),
            "json_rules names a field that is no member");
        return rules;
    } else {
        return std::array<Rule, 0>{};
    }
}

template <class T>
constexpr auto optional_names() {
    if constexpr (requires(const T* t) { json_optional(t); }) {
        constexpr auto names = json_optional(static_cast<const T*>(nullptr));
        static_assert(
            [&] {
                for (std::string_view name : names)
                    if (!has_member<T>(name)) return false;
                return true;
            }(),
            "json_optional names a field that is no member");
        return names;
    } else {
        return std::array<std::string_view, 0>{};
    }
}

template <class T>
inline constexpr auto rules = rules_of<T>();
template <class T>
inline constexpr auto optionals = optional_names<T>();

// Written without its empty optionals: constexpr bool json_omits_empty(const T*) { return true; }
template <class T>
constexpr bool omits_empty() {
    if constexpr (requires(const T* t) { json_omits_empty(t); })
        return json_omits_empty(static_cast<const T*>(nullptr));
    else
        return false;
}

template <class T>
constexpr bool keeps_initialiser(std::string_view name) {
    for (std::string_view optional : optionals<T>)
        if (optional == name) return true;
    return false;
}

}  // namespace lares::json::detail
