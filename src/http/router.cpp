#include "http/router.h"

#include <algorithm>
#include <set>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

namespace lares::http {

namespace {

tl::unexpected<Error> mistake(const Row& row, const std::string& what) {
    return fail(Code::internal, "route-table",
                "route " + std::string(method_name(row.method)) + ' ' + std::string(row.path) + ": " + what);
}

void collect_kinds(const boost::json::value& value, std::set<std::string>& kinds) {
    if (const auto* object = value.if_object()) {
        for (const auto& [key, inner] : *object) {
            if (key == "x-id" && inner.is_string())
                kinds.emplace(inner.as_string());
            else
                collect_kinds(inner, kinds);
        }
    } else if (const auto* array = value.if_array()) {
        for (const auto& inner : *array) collect_kinds(inner, kinds);
    }
}

Result<void> check_touches(const Row& row, const Described& request, const std::vector<Touch>& touches,
                           std::string_view what) {
    for (const std::string& kind : id_kinds(request)) {
        const bool declared = std::any_of(touches.begin(), touches.end(),
                                          [&](const Touch& touch) { return touch.kind == kind; });
        if (!declared)
            return mistake(row,
                           std::string(what) + " takes an id of a " + kind + " that its row does not touch");
    }
    return {};
}

}  // namespace

std::vector<std::string> id_kinds(const Described& type) {
    std::set<std::string> kinds;
    if (type) {
        boost::json::object components;
        type.add(components);
        collect_kinds(components, kinds);
    }
    kinds.erase("");
    return {kinds.begin(), kinds.end()};
}

Result<void> Router::add(Routes routes) {
    for (Route& route : routes) {
        auto compiled = std::make_unique<Compiled>(
            Compiled{std::move(route), {}, {}, static_cast<std::uint32_t>(compiled_.size())});
        const Row& row = compiled->route.row;
        if (row.method > Method::remove)
            return mistake(row, "a row has one of the methods get, post, put, patch, remove");
        if (!row.path.starts_with('/')) return mistake(row, "its path does not begin with /");

        Node* node = &root_;
        std::string_view rest = row.path.substr(1);
        for (bool more = true; more;) {
            const auto slash = rest.find('/');
            const std::string_view segment = rest.substr(0, slash);
            more = slash != rest.npos;
            if (more) rest.remove_prefix(slash + 1);
            if (segment.size() > 3 && segment.front() == '{' && segment.ends_with("*}")) {
                if (more) return mistake(row, "a tail parameter is the last");
                compiled->param_names.emplace_back(segment.substr(1, segment.size() - 3));
                if (!node->tail) node->tail = std::make_unique<Node>();
                node = node->tail.get();
            } else if (segment.size() > 2 && segment.front() == '{' && segment.back() == '}') {
                compiled->param_names.emplace_back(segment.substr(1, segment.size() - 2));
                if (!node->param) node->param = std::make_unique<Node>();
                node = node->param.get();
            } else {
                auto& next = node->fixed[std::string(segment)];
                if (!next) next = std::make_unique<Node>();
                node = next.get();
            }
        }
        const Compiled*& slot = node->methods[static_cast<std::size_t>(row.method)];
        if (slot) return mistake(row, "another row has the same method and path");
        slot = compiled.get();
        if (compiled->param_names.empty()) constant_[std::string(row.path)] = node;

        if (compiled->route.request) {
            const auto schema = compiled->route.request.schema();
            const auto* properties = schema.if_contains("properties");
            for (const std::string& name : compiled->param_names) {
                const auto* property = properties ? properties->as_object().if_contains(name) : nullptr;
                if (!property) return mistake(row, "the request has no field for {" + name + '}');
                std::set<std::string> kinds;
                collect_kinds(*property, kinds);
                if (!kinds.empty()) compiled->param_ids.push_back(name);
            }
        }
        LARES_CHECK(check_touches(row, compiled->route.request, row.touches, "the request"));
        for (const Message& message : compiled->route.messages)
            LARES_CHECK(check_touches(row, message.request, message.row.touches, message.row.name));
        compiled_.push_back(std::move(compiled));
    }
    return {};
}

const Router::Node* Router::walk(const Node& node, std::string_view rest,
                                 std::vector<std::string_view>& values) const {
    const auto slash = rest.find('/');
    const std::string_view segment = rest.substr(0, slash);
    const bool last = slash == rest.npos;
    const auto go = [&](const Node& next) -> const Node* {
        if (!last) return walk(next, rest.substr(slash + 1), values);
        return std::any_of(std::begin(next.methods), std::end(next.methods), [](auto* m) { return m; })
                   ? &next
                   : nullptr;
    };
    if (const auto it = node.fixed.find(segment); it != node.fixed.end())
        if (const Node* found = go(*it->second)) return found;
    if (node.param && !segment.empty()) {
        values.push_back(segment);
        if (const Node* found = go(*node.param)) return found;
        values.pop_back();
    }
    if (node.tail && !rest.empty()) {
        values.push_back(rest);
        return node.tail.get();
    }
    return nullptr;
}

const Router::Node* Router::find_node(std::string_view path, std::vector<std::string_view>& values) const {
    if (const auto it = constant_.find(path); it != constant_.end()) return it->second;
    return path.starts_with('/') ? walk(root_, path.substr(1), values) : nullptr;
}

Router::Match Router::find(Method method, std::string_view path, std::vector<Call::Param>& params) const {
    std::vector<std::string_view> values;
    const Node* node = find_node(path, values);
    if (!node) return {};
    if (method == Method::head) method = Method::get;
    if (method > Method::remove) return {nullptr, true};
    const Compiled* route = node->methods[static_cast<std::size_t>(method)];
    if (!route) return {nullptr, true};
    for (std::size_t i = 0; i < values.size(); ++i) params.push_back({route->param_names[i], values[i]});
    return {route, true};
}

std::string Router::allow(std::string_view path) const {
    std::vector<std::string_view> values;
    const Node* node = find_node(path, values);
    if (!node) return {};
    std::string out;
    for (std::size_t i = 0; i < std::size(node->methods); ++i) {
        if (!node->methods[i]) continue;
        out += method_name(static_cast<Method>(i));
        out += ", ";
        if (static_cast<Method>(i) == Method::get) out += "HEAD, ";
    }
    return out + "OPTIONS";
}

}  // namespace lares::http
