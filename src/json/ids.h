#pragma once
// Every Id<Tag> anywhere in a request struct, with its path: the guard asks for each whether the caller may
// touch it.
#include <string>
#include <string_view>
#include <vector>

#include "json/describe.h"

namespace lares::json {

struct IdRef {
    std::string field;      // "messages[2].parent_id"
    std::string_view kind;  // "message"; static storage
    Uuid value;
};

namespace detail {

template <class T>
inline constexpr bool may_hold_ids = DescribedStruct<T> || is_id<T>;
template <class T>
inline constexpr bool may_hold_ids<std::optional<T>> = may_hold_ids<T>;
template <class T>
inline constexpr bool may_hold_ids<std::vector<T>> = may_hold_ids<T>;
template <class T>
inline constexpr bool may_hold_ids<std::map<std::string, T>> = may_hold_ids<T>;

template <class T>
void collect_ids(const T& in, const std::string& path, std::vector<IdRef>& out) {
    if constexpr (is_id<T>) {
        out.push_back({path, T::kind, in.value});
    } else if constexpr (!may_hold_ids<T>) {
        return;
    } else if constexpr (is_optional<T>) {
        if (in) collect_ids(*in, path, out);
    } else if constexpr (is_vector<T>) {
        for (std::size_t i = 0; i < in.size(); ++i)
            collect_ids(in[i], path + '[' + std::to_string(i) + ']', out);
    } else if constexpr (is_map<T>) {
        for (const auto& [key, element] : in)
            collect_ids(element, path.empty() ? key : path + '.' + key, out);
    } else {
        all_of(Members<T>{}, [&](auto member) {
            using Field = std::remove_cvref_t<decltype(in.*member.pointer)>;
            if constexpr (may_hold_ids<Field>) {
                std::string name(wire_name(decltype(member)::name));
                collect_ids(in.*member.pointer, path.empty() ? name : path + '.' + name, out);
            }
            return true;
        });
    }
}

}  // namespace detail

template <class T>
std::vector<IdRef> ids(const T& in) {
    std::vector<IdRef> out;
    detail::collect_ids(in, {}, out);
    return out;
}

}  // namespace lares::json
