#pragma once
// The API's description as one page: no script, nothing from elsewhere. It is the same for everybody, so its
// policy names its style by a hash: a nonce would make every answer of it another.
#include <string>

#include <boost/json/object.hpp>

namespace lares::api {

struct DocsPage {
    std::string html;
    std::string policy;  // content-security-policy
};

DocsPage docs_page(const boost::json::object& openapi);

}  // namespace lares::api
