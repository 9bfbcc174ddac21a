#pragma once
// The description of the API, made from the route table: OpenAPI 3.1, with the socket's messages in
// `x-lares-messages` of its operation. Ids carry `x-lares-id: KIND`, operations `x-lares-access` and
// `x-lares-touches`.
#include <functional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "http/route.h"

namespace lares::http {

struct ApiInfo {
    std::string title;
    std::string version;
    std::string description;
    std::function<std::string(Access)> access_name;           // "anonymous", "person", "admin" …
    std::function<std::string(std::uint16_t)> relation_name;  // "owner", "viewer" …
};

boost::json::object openapi(const Routes& routes, const ApiInfo& info);

}  // namespace lares::http
