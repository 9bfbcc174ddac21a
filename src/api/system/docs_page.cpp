#include "api/system/docs_page.h"

#include <map>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "json/pretty.h"

namespace lares::api {
namespace {

std::string escape(std::string_view text) {
    std::string out;
    for (char c : text) {
        if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '&')
            out += "&amp;";
        else if (c == '"')
            out += "&quot;";
        else
            out += c;
    }
    return out;
}

std::string_view text_at(const boost::json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

std::string block(std::string_view title, const boost::json::value& value) {
    return "<h4>" + escape(title) + "</h4><pre>" + escape(json::pretty(value)) + "</pre>";
}

std::string operation_html(std::string_view method, std::string_view path,
                           const boost::json::object& operation) {
    std::string out = "<details><summary><b class=\"" + std::string(method) + "\">" + std::string(method) +
                      "</b> <code>" + escape(path) + "</code> <span>" +
                      escape(text_at(operation, "summary")) + "</span></summary>";
    out += "<p>Who may call: " + escape(text_at(operation, "x-lares-access")) + "</p>";
    for (const auto* key : {"parameters", "requestBody", "responses", "x-lares-messages", "x-lares-events"})
        if (const auto* part = operation.if_contains(key)) out += block(key, *part);
    return out + "</details>";
}

constexpr std::string_view head =
    R"(<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Lares API</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head><body><main>)";

}  // namespace

std::string docs_page(const boost::json::object& openapi) {
    std::map<std::string, std::string> sections;
    if (const auto* paths = openapi.if_contains("paths"); paths && paths->is_object())
        for (const auto& [path, methods] : paths->get_object())
            for (const auto& [method, operation] : methods.as_object()) {
                if (!operation.is_object()) continue;
                const auto* tags = operation.get_object().if_contains("tags");
                const auto tag = tags && !tags->as_array().empty()
                                     ? std::string(tags->as_array()[0].as_string())
                                     : "other";
                sections[tag] += operation_html(method, path, operation.get_object());
            }
    std::string out(head);
    out +=
        "<h1>Lares API</h1><p>Made from the server's own routes. <a href=\"/openapi.json\">OpenAPI "
        "3.1</a></p>";
    for (const auto& [tag, html] : sections) out += "<h2>" + escape(tag) + "</h2>" + html;
    if (const auto* components = openapi.if_contains("components"); components && components->is_object())
        if (const auto* schemas = components->get_object().if_contains("schemas");
            schemas && schemas->is_object()) {
            out += "<h2>schemas</h2>";
            for (const auto& [name, schema] : schemas->get_object())
                out += "<details><summary><code>" + escape(name) + "</code></summary>" + block("", schema) +
                       "</details>";
        }
    return out + "</main></body></html>";
}

}  // namespace lares::api
