#pragma once
// The TOML file: one flat table of settings, names in lower case (app_port = 3000), lists as arrays or as
// text with commas. Read is the part of TOML 1.0 that settings need: comments, bare keys, one-line strings of
// both kinds, decimal integers, booleans, arrays of these. Tables, dates, floats, dotted keys and multi-line
// strings are refused by name.
#include <string_view>

#include "config/dotenv.h"

namespace lares::config {

// Names in upper case, values as the environment would hold them. Error: bad_request "invalid-setting", with
// the line.
Result<Pairs> parse_toml(std::string_view text, std::string_view file_name);

}  // namespace lares::config
