// Variables by their shorthand, and what the variable macros share.
#include "prompt/macros/variables.h"

#include <array>
#include <tuple>

#include "base/text.h"
#include "prompt/macros/calls.h"
#include "prompt/macros/values.h"

namespace lares::prompt::macros {

std::string read_variable(const Variables& variables, const std::string& name) {
    const auto found = variables.find(name);
    if (found == variables.end()) return {};
    const auto number = number_of(found->second);
    return number && !trim(found->second).empty() ? text_of(*number) : found->second;
}

void set_variable(Variables& variables, const std::string& name, std::string value) {
    if (value.size() > limits::variable_bytes)
        value.resize(utf8_valid_prefix(value.substr(0, limits::variable_bytes)));
    if (variables.size() >= limits::variables && !variables.contains(name)) return;
    variables[name] = std::move(value);
}

std::string add_variable(Variables& variables, const std::string& name, const std::string& value) {
    const std::string current = read_variable(variables, name);
    const auto left = number_of(current), right = number_of(value);
    std::string sum = left && right ? text_of(*left + *right) : current + value;
    set_variable(variables, name, sum);
    return sum;
}

namespace {

bool is_false(const std::string& value) {
    const std::string lowered = to_lower_ascii(trim(value));
    return lowered.empty() || lowered == "false" || lowered == "0" || lowered == "off" || lowered == "no";
}

std::string compared(std::string_view sign, const std::string& left, const std::string& right) {
    if (sign == "==" || sign == "!=") return (left == right) == (sign == "==") ? "true" : "false";
    const auto a = number_of(left), b = number_of(right);
    if (!a || !b) return "false";
    const bool truth = sign == ">" ? *a > *b : sign == "<" ? *a < *b : sign == ">=" ? *a >= *b : *a <= *b;
    return truth ? "true" : "false";
}

// Longer ones first.
constexpr std::array<std::string_view, 15> signs = {"||=", "?\?=", "++", "--", "+=", "-=", "||", "??",
                                                    "==",  "!=",   ">=", "<=", ">",  "<",  "="};

}  // namespace

std::optional<std::string> variable_shorthand(std::string_view text, World& world) {
    if (text.size() < 2 || (text[0] != '.' && text[0] != '$')) return std::nullopt;
    Variables& variables = text[0] == '.' ? world.variables : world.global_variables;
    const std::size_t stop = text.find_first_of(" \t\r\n+-=|?!<>", 1);
    // A hyphen within a name belongs to it.
    std::size_t end = std::min(stop, text.size());
    while (end < text.size() && text[end] == '-' && end + 1 < text.size() && text[end + 1] != '-' &&
           text[end + 1] != '=' && text[end + 1] != ' ') {
        end = std::min(text.find_first_of(" \t\r\n+-=|?!<>", end + 1), text.size());
    }
    const std::string name(text.substr(1, end - 1));
    const std::string_view rest = trim(text.substr(end));
    if (rest.empty()) return read_variable(variables, name);
    for (const auto sign : signs) {
        if (!rest.starts_with(sign)) continue;
        const std::string value(trim(rest.substr(sign.size())));
        const std::string current = read_variable(variables, name);
        const bool exists = variables.contains(name);
        if (sign == "++")
            return value.empty() ? std::optional(add_variable(variables, name, "1")) : std::nullopt;
        if (sign == "--")
            return value.empty() ? std::optional(add_variable(variables, name, "-1")) : std::nullopt;
        if (sign == "=") return set_variable(variables, name, value), "";
        if (sign == "+=") return add_variable(variables, name, value), "";
        if (sign == "-=") {
            const auto number = number_of(value);
            if (number) add_variable(variables, name, text_of(-*number));
            return "";
        }
        if (sign == "||") return is_false(current) ? value : current;
        if (sign == "??") return exists ? current : value;
        if (sign == "||=" || sign == "?\?=") {
            const bool set = sign == "||=" ? is_false(current) : !exists;
            if (set) set_variable(variables, name, value);
            return set ? value : current;
        }
        return compared(sign, current, value);
    }
    return std::nullopt;
}

}  // namespace lares::prompt::macros
