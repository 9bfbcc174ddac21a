#pragma once
// Text to a JSON value, strictly: no duplicate keys, no number that a double cannot hold, valid UTF-8,
// bounded depth.
#include <cstddef>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "base/result.h"

namespace lares::json {

struct Limits {
    std::size_t bytes = std::size_t{16} << 20;
    std::size_t depth = 64;
    std::size_t members = 10'000;    // of one object: its key lookup must stay cheap for crafted keys too
    std::size_t values = 1'000'000;  // in all: two bytes of text become sixteen and more
    // Of other programs: of two equal keys the last counts, and a number out of range is what Boost takes it
    // for. Their numbers are read as exactly as all others.
    bool lenient = false;
};

// Error: bad_request "invalid-json"; the message holds the byte offset.
Result<boost::json::value> parse_value(std::string_view text, Limits limits = {});

// JSON text with U+FFFD for each escaped half of a surrogate pair that stands alone ("\\ud83d"): programs
// that cut texts in the middle of an emoji write them, and no UTF-8 can hold one. Empty: there is none.
std::string without_lone_surrogates(std::string_view text);

}  // namespace lares::json
