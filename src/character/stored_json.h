#pragma once
// JSON that was judged when it came in, read to be changed or written anew: every number stays what it was.
#include <optional>
#include <string_view>

#include <boost/json/object.hpp>

#include "character/model.h"
#include "json/parse.h"

namespace lares::character {

// nullopt: it is no object.
inline std::optional<boost::json::object> read_stored(std::string_view json) {
    json::Limits bounds;
    bounds.bytes = 4 * limits::file_bytes;
    bounds.depth = limits::card_depth;
    bounds.members = bounds.values = limits::card_bytes;
    bounds.lenient = true;
    auto value = json::parse_value(json, bounds);
    if (!value || !value->is_object()) return std::nullopt;
    return std::move(value->get_object());
}

}  // namespace lares::character
