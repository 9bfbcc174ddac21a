#include "json/pretty.h"

#include <algorithm>
#include <utility>

#include <boost/json/serialize.hpp>

namespace lares::json {
namespace {

void append(const boost::json::value& value, std::string& out, std::size_t level) {
    const auto line = [&out](std::size_t at) { out += "\n" + std::string(at * 2, ' '); };
    bool first = true;
    if (const auto* object = value.if_object(); object && !object->empty()) {
        out += '{';
        for (const auto& [key, member] : *object) {
            if (!std::exchange(first, false)) out += ',';
            line(level + 1);
            out += boost::json::serialize(boost::json::string(key)) + ": ";
            append(member, out, level + 1);
        }
        line(level);
        out += '}';
        return;
    }
    const auto* array = value.if_array();
    if (!array || std::ranges::none_of(*array, [](const auto& item) { return item.is_structured(); })) {
        out += boost::json::serialize(value);
        return;
    }
    out += '[';
    for (const auto& item : *array) {
        if (!std::exchange(first, false)) out += ',';
        line(level + 1);
        append(item, out, level + 1);
    }
    line(level);
    out += ']';
}

}  // namespace

std::string pretty(const boost::json::value& value) {
    std::string out;
    append(value, out, 0);
    return out;
}

}  // namespace lares::json
