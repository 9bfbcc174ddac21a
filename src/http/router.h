#pragma once
// From method and canonical path to a route: a tree over path segments.
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/call.h"
#include "http/route.h"

namespace lares::http {

// A route as the server uses it: with what was worked out once from its types.
struct Compiled {
    Route route;
    std::vector<std::string> param_names;
    std::vector<std::string> param_ids;  // names of the path parameters that are ids
    std::uint32_t index = 0;             // in the counters
};

class Router {
public:
    // Errors (our own mistakes, found at start): two rows of one method and path, a parameter that the
    // request has no field for, an id whose kind the row does not touch.
    Result<void> add(Routes routes);

    struct Match {
        const Compiled* route = nullptr;  // nullptr: no such path, or not by this method
        bool path_exists = false;
    };
    // Fills params with views into path.
    Match find(Method method, std::string_view path, std::vector<Call::Param>& params) const;
    std::string allow(std::string_view path) const;  // "GET, HEAD, POST, OPTIONS"; "": no such path
    const std::vector<std::unique_ptr<Compiled>>& all() const { return compiled_; }

private:
    struct Node {
        std::map<std::string, std::unique_ptr<Node>, std::less<>> fixed;
        std::unique_ptr<Node> param;
        std::unique_ptr<Node> tail;
        const Compiled* methods[5] = {};  // get, post, put, patch, remove
    };
    const Node* walk(const Node& node, std::string_view rest, std::vector<std::string_view>& values) const;
    const Node* find_node(std::string_view path, std::vector<std::string_view>& values) const;

    Node root_;
    std::vector<std::unique_ptr<Compiled>> compiled_;
    std::map<std::string, const Node*, std::less<>> constant_;  // paths without parameters, at once
};

// Kinds of all ids in a described type, nested ones too.
std::vector<std::string> id_kinds(const Described& type);

}  // namespace lares::http
