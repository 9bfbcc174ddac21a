#pragma once
// parse_value with memory of the caller's: for a value that is read and let go, as the body of a request is.
#include <boost/json/storage_ptr.hpp>

#include "json/parse.h"

namespace lares::json {

// The memory outlives the value. Errors: as of parse_value.
Result<boost::json::value> parse_value_in(std::string_view text, Limits limits,
                                          boost::json::storage_ptr memory);

}  // namespace lares::json
