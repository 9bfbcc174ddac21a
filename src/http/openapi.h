#pragma once
// The description of the API, made from the route table: OpenAPI 3.1, with the socket's messages in
// `x-lares-messages` of its operation. Ids carry `x-lares-id: KIND`, operations `x-lares-access` and
// `x-lares-touches`, and `x-lares-scopes` where an access key may call.
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "http/route.h"

namespace lares::http {

struct ApiInfo {
    std::string title;
    std::string version;
    std::string description;
    std::function<std::string(Access)> access_name;           // "anonymous", "person", "admin" …
    std::function<std::string(std::uint16_t)> relation_name;  // "owner", "viewer" …
    // Which scopes a key needs for it; an empty list: no key may.
    std::function<std::vector<std::string>(std::uint32_t)> scope_names{};
};

boost::json::object openapi(const Routes& routes, const ApiInfo& info);

}  // namespace lares::http
