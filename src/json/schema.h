#pragma once
// JSON Schema 2020-12 of described types, as OpenAPI 3.1 takes it. A nested struct is a $ref into
// #/components/schemas under its struct name; add_schemas() puts there whatever a type refers to.
#include <limits>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "json/describe.h"
#include "json/write.h"

namespace lares::json {

// "LoginRequest" of lares::api::LoginRequest, without template arguments' namespaces. Another name:
// constexpr std::string_view json_name(const T*).
template <class T>
std::string schema_name();

namespace detail {

std::string short_type_name(std::string_view pretty_function);  // of a function template with one parameter T
void add_rules(boost::json::object& schema, std::string_view field, std::span<const Rule> rules);
boost::json::object id_schema(std::string_view kind);
boost::json::object integer_schema(bool is_signed, std::size_t bytes);
boost::json::object nullable(boost::json::object schema);
boost::json::object reference(const std::string& name);
// False: the name is taken by the same schema. A different schema of the same name is our bug: it throws
// logic_error.
bool claim(boost::json::object& components, const std::string& name, const boost::json::object& schema);

template <class T>
std::string_view pretty() {
    return __PRETTY_FUNCTION__;
}

// The schema at a place where T is used: structs by reference.
template <class T>
boost::json::object use() {
    if constexpr (std::is_same_v<T, bool>) {
        return {{"type", "boolean"}};
    } else if constexpr (std::is_integral_v<T>) {
        return integer_schema(std::is_signed_v<T>, sizeof(T));
    } else if constexpr (std::is_floating_point_v<T>) {
        return {{"type", "number"}};
    } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
        return {{"type", "string"}};
    } else if constexpr (std::is_same_v<T, SecretText>) {
        return {{"type", "string"}, {"format", "password"}, {"writeOnly", true}};
    } else if constexpr (std::is_same_v<T, Uuid>) {
        return id_schema("");
    } else if constexpr (is_id<T>) {
        return id_schema(T::kind);
    } else if constexpr (is_optional<T>) {
        return nullable(use<typename T::value_type>());
    } else if constexpr (is_vector<T>) {
        return {{"type", "array"}, {"items", use<typename T::value_type>()}};
    } else if constexpr (is_map<T>) {
        return {{"type", "object"}, {"additionalProperties", use<typename T::mapped_type>()}};
    } else if constexpr (std::is_same_v<T, boost::json::value>) {
        return {};
    } else if constexpr (std::is_same_v<T, boost::json::object>) {
        return {{"type", "object"}};
    } else if constexpr (DescribedEnum<T>) {
        boost::json::array names;
        all_of(Enumerators<T>{}, [&](auto item) {
            names.emplace_back(wire_name(item.name));
            return true;
        });
        return {{"type", "string"}, {"enum", std::move(names)}};
    } else {
        static_assert(DescribedStruct<T>, "json: this type has no schema");
        return reference(schema_name<T>());
    }
}

}  // namespace detail

template <class T>
std::string schema_name() {
    if constexpr (requires(const T* t) { json_name(t); })
        return std::string(json_name(static_cast<const T*>(nullptr)));
    else
        return detail::short_type_name(detail::pretty<T>());
}

// The definition of T itself.
template <class T>
boost::json::object schema() {
    if constexpr (!detail::DescribedStruct<T>) {
        return detail::use<T>();
    } else {
        boost::json::object properties;
        boost::json::array required;
        detail::all_of(detail::Members<T>{}, [&](auto member) {
            constexpr std::string_view name = detail::wire_name(decltype(member)::name);
            using Field = std::remove_cvref_t<decltype(std::declval<T&>().*member.pointer)>;
            boost::json::object field = detail::use<Field>();
            detail::add_rules(field, name, detail::rules<T>);
            if constexpr (detail::keeps_initialiser<T>(name)) {
                if constexpr (std::is_arithmetic_v<Field> || std::is_enum_v<Field> ||
                              std::is_same_v<Field, std::string>)
                    field["default"] = to_value(T{}.*member.pointer);
            } else if constexpr (!detail::is_optional<Field>) {
                required.emplace_back(name);
            }
            properties.emplace(name, std::move(field));
            return true;
        });
        boost::json::object out{{"type", "object"}, {"properties", std::move(properties)}};
        if (!required.empty()) out.emplace("required", std::move(required));
        return out;
    }
}

// Puts the definition of T, and of every struct that it refers to, into `components` (the schemas object of
// an OpenAPI file).
template <class T>
void add_schemas(boost::json::object& components) {
    if constexpr (detail::is_optional<T> || detail::is_vector<T>) {
        add_schemas<typename T::value_type>(components);
    } else if constexpr (detail::is_map<T>) {
        add_schemas<typename T::mapped_type>(components);
    } else if constexpr (detail::DescribedStruct<T>) {
        if (!detail::claim(components, schema_name<T>(), schema<T>())) return;
        detail::all_of(detail::Members<T>{}, [&](auto member) {
            add_schemas<std::remove_cvref_t<decltype(std::declval<T&>().*member.pointer)>>(components);
            return true;
        });
    }
}

}  // namespace lares::json
