#include "http/openapi.h"

#include <algorithm>

#include <boost/json/array.hpp>

#include "http/router.h"

namespace lares::http {

namespace bj = boost::json;

namespace {

// The walker marks ids with `x-id`; outside it is `x-lares-id`.
void rename_ids(bj::value& value) {
    if (auto* object = value.if_object()) {
        if (auto* kind = object->if_contains("x-id"); kind && kind->is_string()) {
            bj::value moved = std::move(*kind);
            object->erase("x-id");
            (*object)["x-lares-id"] = std::move(moved);
        }
        for (auto& [key, inner] : *object) rename_ids(inner);
    } else if (auto* array = value.if_array()) {
        for (auto& inner : *array) rename_ids(inner);
    }
}

bj::object reference(const Described& type) {
    return {{"$ref", "#/components/schemas/" + type.name()}};
}

bj::object content(std::string_view media, bj::object schema) {
    return {{media, bj::object{{"schema", std::move(schema)}}}};
}

bj::object problem_answer(std::string_view description) {
    return {{"description", description},
            {"content", content("application/problem+json", {{"$ref", "#/components/schemas/Problem"}})}};
}

// "get /api/v1/characters/{id}" as "get_characters_id".
std::string operation_id(const Row& row) {
    std::string out;
    for (const char c : method_name(row.method)) out += static_cast<char>(c - 'A' + 'a');
    std::string_view path = row.path;
    if (path.starts_with("/api/v1")) path.remove_prefix(7);
    for (const char c : path) {
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
            out += c;
        else if (!out.ends_with('_'))
            out += '_';
    }
    while (out.ends_with('_')) out.pop_back();
    return out;
}

bj::array touches_of(const std::vector<Touch>& touches, const ApiInfo& info) {
    bj::array out;
    for (const Touch& touch : touches)
        out.push_back(bj::object{{"kind", touch.kind}, {"relation", info.relation_name(touch.relation)}});
    return out;
}

void add_parameters(const Route& route, const std::vector<std::string>& in_path, bj::object& operation) {
    bj::array parameters;
    const auto schema = route.request ? route.request.schema() : bj::object{};
    const auto* properties = schema.if_contains("properties");
    const auto* required = schema.if_contains("required");
    const auto property = [&](const std::string& name) {
        const auto* found = properties ? properties->as_object().if_contains(name) : nullptr;
        return found ? *found : bj::value(bj::object{{"type", "string"}});
    };
    for (const std::string& name : in_path)
        parameters.push_back(
            bj::object{{"name", name}, {"in", "path"}, {"required", true}, {"schema", property(name)}});
    if (properties && route.takes != Takes::json) {
        for (const auto& [key, value] : properties->as_object()) {
            const std::string name(key);
            if (std::find(in_path.begin(), in_path.end(), name) != in_path.end()) continue;
            const bool needed =
                required && std::any_of(required->as_array().begin(), required->as_array().end(),
                                        [&](const bj::value& v) { return v.as_string() == name; });
            parameters.push_back(
                bj::object{{"name", name}, {"in", "query"}, {"required", needed}, {"schema", value}});
        }
    }
    if (!parameters.empty()) operation["parameters"] = std::move(parameters);
}

// A JSON body is the request without what comes from the path.
bj::object body_schema(const Route& route, const std::vector<std::string>& in_path) {
    if (in_path.empty()) return reference(route.request);
    bj::object schema = route.request.schema();
    for (const std::string& name : in_path) {
        schema["properties"].as_object().erase(name);
        if (auto* required = schema.if_contains("required")) {
            bj::array left;
            for (const bj::value& v : required->as_array())
                if (v.as_string() != name) left.push_back(v);
            if (left.empty())
                schema.erase("required");
            else
                schema["required"] = std::move(left);
        }
    }
    return schema;
}

void add_body(const Route& route, const std::vector<std::string>& in_path, bj::object& operation) {
    if (route.takes == Takes::json) {
        auto schema = body_schema(route, in_path);
        if (const auto* properties = schema.if_contains("properties");
            properties && properties->as_object().empty())
            return;
        operation["requestBody"] =
            bj::object{{"required", schema.contains("$ref") || schema.contains("required")},
                       {"content", content("application/json", std::move(schema))}};
    } else if (route.takes == Takes::body) {
        operation["requestBody"] = bj::object{
            {"required", true},
            {"content", content("application/octet-stream", {{"type", "string"}, {"format", "binary"}})}};
    } else if (route.takes == Takes::multipart) {
        operation["requestBody"] = bj::object{
            {"required", true},
            {"content",
             content("multipart/form-data",
                     {{"type", "object"},
                      {"additionalProperties", bj::object{{"type", "string"}, {"format", "binary"}}}})}};
    }
}

void add_scopes(Access access, const ApiInfo& info, bj::object& entry) {
    if (!info.scope_names || access.scopes == 0) return;
    bj::array names;
    for (const auto& name : info.scope_names(access.scopes)) names.emplace_back(name);
    entry["x-lares-scopes"] = std::move(names);
}

bj::array events_of(const Route& route, bj::object& components) {
    bj::array out;
    for (const Event& event : route.events) {
        bj::object entry{{"event", event.name}};
        if (!event.summary.empty()) entry["summary"] = event.summary;
        if (event.data) {
            event.data.add(components);
            entry["data"] = reference(event.data);
        }
        out.push_back(std::move(entry));
    }
    return out;
}

bj::object answers_of(const Route& route) {
    const Row& row = route.row;
    bj::object answers;
    bj::object good{
        {"description", reason_of(route.gives == Gives::nothing && row.success == 200 ? 204 : row.success)}};
    unsigned status = row.success;
    switch (route.gives) {
        case Gives::json:
            good["content"] = content("application/json", reference(route.response));
            break;
        case Gives::nothing:
            status = status == 200 ? 204 : status;
            break;
        case Gives::bytes:
            good["content"] = content("*/*", {});  // of any type: files, pages, text
            break;
        case Gives::events:
            good["content"] = content("text/event-stream", {{"type", "string"}});
            break;
        case Gives::socket:
            status = 101;
            good["description"] = "Switching Protocols";
            break;
    }
    answers[std::to_string(status)] = std::move(good);

    // What every route may answer: the steps before its handler.
    std::vector<Code> codes = row.errors;
    codes.insert(codes.end(), {Code::bad_request, Code::unauthorized, Code::forbidden, Code::rate_limited,
                               Code::internal, Code::unavailable});
    if (!row.touches.empty() || row.path.find('{') != row.path.npos) codes.push_back(Code::not_found);
    if (row.deadline_ms > 0) codes.push_back(Code::timeout);
    if (row.method != Method::get) {
        codes.push_back(Code::too_large);
        codes.push_back(Code::unsupported);
    }
    for (const Code code : codes) {
        const std::string number = std::to_string(status_of(code));
        if (!answers.contains(number)) answers[number] = problem_answer(reason_of(status_of(code)));
    }
    answers["421"] = problem_answer(reason_of(421));
    answers["431"] = problem_answer(reason_of(431));
    if (route.gives == Gives::socket) answers["426"] = problem_answer(reason_of(426));
    return answers;
}

bj::object overflow_schema() {
    const auto text = [](std::string_view about) {
        return bj::object{{"type", "string"}, {"description", about}};
    };
    return {{"type", "object"},
            {"description", "Of context-overflow: for clients that say it in their own words."},
            {"required", bj::array{"part", "tokens", "remedy"}},
            {"properties",
             bj::object{{"part", text("A stable name of what is too long.")},
                        {"tokens", bj::object{{"type", "integer"}, {"description", "By how many tokens."}}},
                        {"remedy", text("A stable name of what helps.")}}}};
}

}  // namespace

bj::object openapi(const Routes& routes, const ApiInfo& info) {
    bj::object components;
    components["Problem"] = bj::object{
        {"type", "object"},
        {"description",
         "Where something is stored in spite of it, as the message whose answer failed, its ids "
         "are members, too."},
        {"required", bj::array{"type", "title", "status", "detail"}},
        {"properties",
         bj::object{{"type", bj::object{{"type", "string"}, {"description", "A stable name to switch on."}}},
                    {"title", bj::object{{"type", "string"}}},
                    {"status", bj::object{{"type", "integer"}}},
                    {"detail", bj::object{{"type", "string"}, {"description", "For the person."}}},
                    {"field", bj::object{{"type", "string"}, {"description", "Path of the wrong input."}}},
                    {"overflow", overflow_schema()}}}};
    bj::object paths;
    for (const Route& route : routes) {
        const Row& row = route.row;
        std::string path;
        std::vector<std::string> in_path;
        for (std::size_t at = 0; at < row.path.size(); ++at) {
            if (row.path[at] != '{') {
                path += row.path[at];
                continue;
            }
            const auto end = row.path.find('}', at);
            std::string name(row.path.substr(at + 1, end - at - 1));
            if (name.ends_with('*')) name.pop_back();
            path += '{' + name + '}';
            in_path.push_back(std::move(name));
            at = end;
        }
        bj::object operation{{"operationId", operation_id(row)},
                             {"x-lares-access", info.access_name(row.access)}};
        add_scopes(row.access, info, operation);
        if (!row.summary.empty()) operation["summary"] = row.summary;
        if (!row.tag.empty()) operation["tags"] = bj::array{row.tag};
        if (!row.touches.empty()) operation["x-lares-touches"] = touches_of(row.touches, info);
        if (route.request) route.request.add(components);
        if (route.response) route.response.add(components);
        add_parameters(route, in_path, operation);
        add_body(route, in_path, operation);
        operation["responses"] = answers_of(route);
        if (!route.messages.empty()) {
            bj::array messages;
            for (const Message& message : route.messages) {
                bj::object entry{{"event", message.row.name},
                                 {"x-lares-access", info.access_name(message.row.access)}};
                add_scopes(message.row.access, info, entry);
                if (!message.row.summary.empty()) entry["summary"] = message.row.summary;
                if (!message.row.touches.empty())
                    entry["x-lares-touches"] = touches_of(message.row.touches, info);
                if (message.request) {
                    message.request.add(components);
                    entry["data"] = reference(message.request);
                }
                messages.push_back(std::move(entry));
            }
            operation["x-lares-messages"] = std::move(messages);
        }
        if (!route.events.empty()) operation["x-lares-events"] = events_of(route, components);
        std::string method;
        for (const char c : method_name(row.method)) method += static_cast<char>(c - 'A' + 'a');
        auto& at = paths[path];
        if (!at.is_object()) at = bj::object{};
        at.as_object()[method] = std::move(operation);
    }
    bj::object out{
        {"openapi", "3.1.0"},
        {"info",
         bj::object{{"title", info.title}, {"version", info.version}, {"description", info.description}}},
        {"paths", std::move(paths)},
        {"components", bj::object{{"schemas", std::move(components)}}}};
    bj::value whole(std::move(out));
    rename_ids(whole);
    return std::move(whole.as_object());
}

}  // namespace lares::http
