#pragma once
// The API's description as one plain page: no script, nothing from elsewhere.
#include <string>

#include <boost/json/object.hpp>

namespace lares::api {

std::string docs_page(const boost::json::object& openapi);

}  // namespace lares::api
