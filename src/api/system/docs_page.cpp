#include "api/system/docs_page.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "base/text.h"
#include "crypto/hash.h"
#include "json/pretty.h"

namespace lares::api {
namespace {

// The colours are the web app's (web/src/app/theme.ts).
constexpr std::string_view style = R"(
:root { color-scheme: light dark; --ground: #faf6f0; --paper: #fffdfa; --sunken: #f4ede4; --text: #2b2420; --quiet: #685c53;
  --line: #e7ddd1; --accent: #9c4228; --calm: #4a6650; --warn: #8a5a00; --bad: #a5262f; }
@media (prefers-color-scheme: dark) { :root { --ground: #171412; --paper: #201c19; --sunken: #120f0d; --text: #f1eae2;
  --quiet: #b8ab9e; --line: #3a332d; --accent: #f0a878; --calm: #a8c5a5; --warn: #f0c274; --bad: #ff9d94; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); line-height: 1.5;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1, h2 { font-family: "Iowan Old Style", Palatino, "Noto Serif", Georgia, serif; line-height: 1.25; }
h1 { margin: 0; }
h2 { margin: 2.5rem 0 .75rem; }
h3 { font-size: .95rem; margin: 1rem 0 .35rem; }
p { margin: .5rem 0; }
a { color: var(--accent); }
.quiet { color: var(--quiet); }
nav { display: flex; flex-wrap: wrap; gap: .35rem .5rem; margin-top: 1rem; }
nav a { padding: .2rem .7rem; border: 1px solid var(--line); border-radius: 99px; text-decoration: none; }
details { background: var(--paper); border: 1px solid var(--line); border-radius: 12px; margin: .5rem 0; }
summary { cursor: pointer; padding: .6rem .9rem; display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem .6rem; }
summary::-webkit-details-marker { display: none; }
summary code { font-weight: 600; overflow-wrap: anywhere; }
summary:focus-visible, a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 12px; }
summary span { flex-basis: 100%; color: var(--quiet); }
.method { min-width: 4.2rem; font-size: .8rem; letter-spacing: .04em; text-transform: uppercase; color: var(--calm); }
.post, .put, .patch { color: var(--warn); }
.delete { color: var(--bad); }
.inside { padding: 0 .9rem .9rem; border-top: 1px solid var(--line); }
code, pre { font-family: ui-monospace, "Cascadia Code", Menlo, Consolas, "Noto Sans Mono", monospace; font-size: .88rem; }
pre { margin: 0; padding: .75rem; background: var(--sunken); border-radius: 8px; overflow-x: auto; }
dl { margin: 0; display: grid; grid-template-columns: minmax(6rem, auto) minmax(0, 1fr); gap: .25rem 1rem; }
dd { margin: 0; overflow-wrap: anywhere; }
)";

constexpr std::string_view schemas_prefix = "#/components/schemas/";

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

// An id holds no white space.
std::string anchor(std::string_view tag) {
    std::string out = escape(tag);
    std::ranges::replace(out, ' ', '-');
    return out;
}

std::string_view text_at(const boost::json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

const boost::json::object* object_at(const boost::json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value ? value->if_object() : nullptr;
}

std::string link_to(std::string_view schema) {
    return "<a href=\"#schema-" + escape(schema) + "\">" + escape(schema) + "</a>";
}

// As JSON; where it names a schema, a link to it.
std::string block(const boost::json::value& value, std::string_view id = {}) {
    const std::string text = escape(json::pretty(value));
    std::string out =
        id.empty() ? std::string("<pre tabindex=\"0\">") : "<pre tabindex=\"0\" id=\"" + escape(id) + "\">";
    for (std::size_t at = 0;;) {
        const auto found = text.find(schemas_prefix, at);
        out.append(text, at, found - at);
        if (found == text.npos) break;
        const auto start = found + schemas_prefix.size();
        at = text.find("&quot;", start);
        out.append(schemas_prefix).append(link_to(std::string_view(text).substr(start, at - start)));
    }
    return out + "</pre>";
}

// The schema's name if it is one of those below, else the schema.
std::string schema_html(const boost::json::value& schema) {
    if (const auto* object = schema.if_object(); object && object->size() == 1)
        if (const auto ref = text_at(*object, "$ref"); ref.starts_with(schemas_prefix))
            return link_to(ref.substr(schemas_prefix.size()));
    return block(schema);
}

std::string content_html(const boost::json::object& holder) {
    std::string out;
    if (const auto* content = object_at(holder, "content"))
        for (const auto& [type, media] : *content) {
            out += " <span class=\"quiet\">" + escape(type) + "</span> ";
            if (const auto* object = media.if_object())
                if (const auto* schema = object->if_contains("schema")) out += schema_html(*schema);
        }
    return out;
}

std::string parameters_html(const boost::json::array& parameters) {
    std::string out = "<h3>Parameters</h3><dl>";
    for (const auto& one : parameters) {
        const auto* parameter = one.if_object();
        if (!parameter) continue;
        const auto* required = parameter->if_contains("required");
        out += "<dt><code>" + escape(text_at(*parameter, "name")) + "</code></dt><dd><span class=\"quiet\">" +
               escape(text_at(*parameter, "in")) +
               (required && required->is_bool() && required->get_bool() ? ", required" : "") + "</span> ";
        if (const auto* schema = parameter->if_contains("schema")) out += schema_html(*schema);
        out += "</dd>";
    }
    return out + "</dl>";
}

std::string responses_html(const boost::json::object& responses) {
    std::string out = "<h3>Answers</h3><dl>";
    for (const auto& [status, one] : responses)
        if (const auto* response = one.if_object())
            out += "<dt><code>" + escape(status) + "</code></dt><dd>" +
                   escape(text_at(*response, "description")) + content_html(*response) + "</dd>";
    return out + "</dl>";
}

std::string operation_html(std::string_view method, std::string_view path,
                           const boost::json::object& operation) {
    std::string out = "<details><summary><b class=\"method " + std::string(method) + "\">" +
                      std::string(method) + "</b> <code>" + escape(path) + "</code> <span>" +
                      escape(text_at(operation, "summary")) + "</span></summary><div class=\"inside\">";
    out += "<p><span class=\"quiet\">Who may call:</span> " + escape(text_at(operation, "x-lares-access"));
    if (const auto* scopes = operation.if_contains("x-lares-scopes"); scopes && scopes->is_array())
        for (const auto& scope : scopes->get_array())
            if (scope.is_string()) out += " <code>" + escape(scope.get_string()) + "</code>";
    out += "</p>";
    if (const auto* parameters = operation.if_contains("parameters"); parameters && parameters->is_array())
        out += parameters_html(parameters->get_array());
    if (const auto* body = object_at(operation, "requestBody"))
        out += "<h3>Body</h3><p>" + content_html(*body) + "</p>";
    if (const auto* responses = object_at(operation, "responses")) out += responses_html(*responses);
    if (const auto* messages = operation.if_contains("x-lares-messages"))
        out += "<h3>Messages to the server</h3>" + block(*messages);
    if (const auto* events = operation.if_contains("x-lares-events"))
        out += "<h3>Events from the server</h3>" + block(*events);
    return out + "</div></details>";
}

}  // namespace

DocsPage docs_page(const boost::json::object& openapi) {
    std::map<std::string, std::string> sections;
    if (const auto* paths = object_at(openapi, "paths"))
        for (const auto& [path, methods] : *paths)
            for (const auto& [method, operation] : methods.as_object()) {
                if (!operation.is_object()) continue;
                const auto* tags = operation.get_object().if_contains("tags");
                const auto tag = tags && !tags->as_array().empty()
                                     ? std::string(tags->as_array()[0].as_string())
                                     : "other";
                sections[tag] += operation_html(method, path, operation.get_object());
            }
    std::string out =
        R"(<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Lares API</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="/favicon.svg"><style>)";
    out.append(style).append("</style></head><body><main><h1>Lares API</h1><p class=\"quiet\">");
    if (const auto* info = object_at(openapi, "info")) out += escape(text_at(*info, "description"));
    out +=
        "</p><p>Made from the server's own routes. <a href=\"/openapi.json\">OpenAPI 3.1</a></p>"
        "<nav aria-label=\"Sections\">";
    for (const auto& [tag, html] : sections)
        out += "<a href=\"#" + anchor(tag) + "\">" + escape(tag) + "</a>";
    out += "<a href=\"#schemas\">schemas</a></nav>";
    for (const auto& [tag, html] : sections)
        out += "<h2 id=\"" + anchor(tag) + "\">" + escape(tag) + "</h2>" + html;
    out += "<h2 id=\"schemas\">schemas</h2>";
    if (const auto* components = object_at(openapi, "components"))
        if (const auto* schemas = object_at(*components, "schemas"))
            for (const auto& [name, schema] : *schemas)
                out += "<details><summary><code>" + escape(name) + "</code></summary><div class=\"inside\">" +
                       block(schema, "schema-" + std::string(name)) + "</div></details>";
    return {out + "</main></body></html>",
            "default-src 'none'; style-src 'sha256-" + to_base64(crypto::sha256(style)) +
                "'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"};
}

}  // namespace lares::api
