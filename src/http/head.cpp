#include "http/head.h"

#include "base/text.h"
#include "http/cookies.h"

namespace lares::http {

namespace {

constexpr std::string_view names[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"};

}  // namespace

std::string_view method_name(Method method) {
    const auto index = static_cast<std::size_t>(method);
    return index < std::size(names) ? names[index] : std::string_view{};
}

Method parse_method(std::string_view name) {
    for (std::size_t i = 0; i < std::size(names); ++i)
        if (names[i] == name) return static_cast<Method>(i);
    return Method::other;
}

std::string_view RequestHead::header(std::string_view name) const {
    for (const Field& field : fields)
        if (field.name.size() == name.size() && equal_ignoring_case(field.name, name)) return field.value;
    return {};
}

bool RequestHead::has(std::string_view name) const {
    for (const Field& field : fields)
        if (field.name.size() == name.size() && equal_ignoring_case(field.name, name)) return true;
    return false;
}

std::string_view RequestHead::bearer() const {
    const std::string_view value = header("authorization");
    constexpr std::string_view scheme = "Bearer ";
    if (value.size() <= scheme.size() || !equal_ignoring_case(value.substr(0, scheme.size()), scheme))
        return {};
    return trim(value.substr(scheme.size()));
}

// A browser sends one Cookie field; several are searched in order.
std::optional<std::string_view> RequestHead::cookie(std::string_view name) const {
    for (const Field& field : fields)
        if (field.name.size() == 6 && equal_ignoring_case(field.name, "cookie"))
            if (const auto value = find_cookie(field.value, name)) return value;
    return std::nullopt;
}

}  // namespace lares::http
