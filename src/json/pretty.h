#pragma once
// JSON for people: two spaces a level, a member a line. Empty arrays and objects and arrays of scalars stay
// on theirs.
#include <string>

#include <boost/json/value.hpp>

namespace lares::json {

std::string pretty(const boost::json::value& value);

}  // namespace lares::json
