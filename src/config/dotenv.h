#pragma once
// `.env` files: NAME=value lines; `export ` before, # comments, 'literal' and "escaped" values. Nothing is
// expanded.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace lares::config {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// Error: bad_request "invalid-setting" with the line's number and never its text.
Result<Pairs> parse_dotenv(std::string_view text, std::string_view file_name);

}  // namespace lares::config
