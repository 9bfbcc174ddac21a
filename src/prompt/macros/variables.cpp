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

namespace {

// Small ones are bounded by their number.
bool fits(const Variables& variables, const std::string& name, const std::string& value) {
    const std::size_t bytes = name.size() + value.size();
    if (bytes <= limits::variables_bytes / limits::variables) return true;
    std::size_t others = 0;
    for (const auto& [other, text] : variables) others += other == name ? 0 : other.size() + text.size();
    return others + bytes <= limits::variables_bytes;
}

}  // namespace

Changes::~Changes() {
    for (auto one = before_.rbegin(); one != before_.rend(); ++one) {
        if (one->value)
            (*one->variables)[one->name] = std::move(*one->value);
        else
            one->variables->erase(one->name);
    }
}

void Changes::remember(Variables& variables, const std::string& name) {
    if (!undone_) return;
    const auto found = variables.find(name);
    before_.push_back(
        {&variables, name, found == variables.end() ? std::nullopt : std::optional(found->second)});
    budget_.take(name.size() + (found == variables.end() ? 0 : found->second.size()));
}

std::string Changes::get(const Variables& variables, const std::string& name) const {
    std::string value = read_variable(variables, name);
    budget_.take(value.size());
    return value;
}

void Changes::set(Variables& variables, const std::string& name, std::string value) {
    budget_.take(name.size() + value.size());
    if (value.size() > limits::variable_bytes)
        value.resize(utf8_valid_prefix(std::string_view(value).substr(0, limits::variable_bytes)));
    if (variables.size() >= limits::variables && !variables.contains(name)) return;
    if (!fits(variables, name, value)) return;
    remember(variables, name);
    variables[name] = std::move(value);
}

std::string Changes::add(Variables& variables, const std::string& name, const std::string& value) {
    const std::string current = get(variables, name);
    const auto left = number_of(current), right = number_of(value);
    std::string sum = left && right ? text_of(*left + *right) : current + value;
    set(variables, name, sum);
    return sum;
}

void Changes::drop(Variables& variables, const std::string& name) {
    remember(variables, name);
    variables.erase(name);
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

std::optional<std::string> variable_shorthand(std::string_view text, World& world, Changes& changes) {
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
    if (rest.empty()) return changes.get(variables, name);
    for (const auto sign : signs) {
        if (!rest.starts_with(sign)) continue;
        const std::string value(trim(rest.substr(sign.size())));
        const std::string current = changes.get(variables, name);
        const bool exists = variables.contains(name);
        if (sign == "++")
            return value.empty() ? std::optional(changes.add(variables, name, "1")) : std::nullopt;
        if (sign == "--")
            return value.empty() ? std::optional(changes.add(variables, name, "-1")) : std::nullopt;
        if (sign == "=") return changes.set(variables, name, value), "";
        if (sign == "+=") return changes.add(variables, name, value), "";
        if (sign == "-=") {
            const auto number = number_of(value);
            if (number) changes.add(variables, name, text_of(-*number));
            return "";
        }
        if (sign == "||") return is_false(current) ? value : current;
        if (sign == "??") return exists ? current : value;
        if (sign == "||=" || sign == "?\?=") {
            const bool set = sign == "||=" ? is_false(current) : !exists;
            if (set) changes.set(variables, name, value);
            return set ? value : current;
        }
        return compared(sign, current, value);
    }
    return std::nullopt;
}

}  // namespace lares::prompt::macros
