#include "config/toml.h"

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include "base/text.h"

namespace lares::config {
namespace {

std::string upper(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return out;
}

tl::unexpected<Error> refused(std::string_view file_name, std::size_t line, std::string rule) {
    return fail(Code::bad_request, "invalid-setting",
                std::string(file_name) + ", line " + std::to_string(line) + ": " + std::move(rule));
}

// The line of the first byte that no TOML file may hold; 0: none. Asked first, because toml++ 3.3 asserts on
// some of them.
std::size_t line_of_forbidden_byte(std::string_view text) {
    const std::size_t valid = utf8_valid_prefix(text);
    std::size_t line = 1;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const bool control = (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7f;
        if (i >= valid || control) return line;
        line += byte == '\n';
    }
    return 0;
}

// nullopt: a form that no setting takes.
std::optional<std::string> scalar_text(const toml::node& node) {
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* number = node.as_integer()) return std::to_string(number->get());
    if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
    return std::nullopt;
}

std::optional<std::string> node_text(const toml::node& node) {
    const auto* list = node.as_array();
    if (!list) return scalar_text(node);
    std::string out;
    for (const auto& item : *list) {
        const auto text = scalar_text(item);
        if (!text || text->find(',') != std::string::npos) return std::nullopt;
        out.append(out.empty() ? "" : ",").append(*text);
    }
    return out;
}

}  // namespace

Result<Pairs> parse_toml(std::string_view text, std::string_view file_name) {
    if (const std::size_t line = line_of_forbidden_byte(text); line > 0)
        return refused(file_name, line, "holds a control character, or is not UTF-8");
    const toml::parse_result parsed = toml::parse(text);
    if (!parsed)
        return refused(file_name, parsed.error().source().begin.line,
                       std::string(parsed.error().description()));
    Pairs out;
    for (const auto& [key, node] : parsed.table()) {
        const std::size_t line = node.source().begin.line;
        if (node.is_table())
            return refused(file_name, line,
                           "[" + std::string(key.str()) + "] is unknown: settings stand without tables");
        auto value = node_text(node);
        if (!value)
            return refused(file_name, line,
                           std::string(key.str()) + " must be text, an integer or a list of these");
        if (value->find('\0') != value->npos)
            return refused(file_name, line, std::string(key.str()) + " holds a NUL");
        std::string name = upper(key.str());
        for (const auto& [known, unused] : out)
            if (known == name) return refused(file_name, line, name + " is set twice; keep one");
        out.emplace_back(std::move(name), std::move(*value));
    }
    return out;
}

}  // namespace lares::config
