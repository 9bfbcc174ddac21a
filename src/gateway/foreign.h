#pragma once
// Reading what other servers send: JSON that need not be clean, and text that may be cut anywhere. Pure.
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "gateway/model.h"

namespace lares::gateway {

// nullopt: no JSON. `memory` outlives the value. Invalid UTF-8 and lone surrogates are kept as they are:
// Utf8Joiner makes them good.
std::optional<boost::json::value> parse_foreign(std::string_view text,
                                                const boost::json::storage_ptr& memory = {});

// Lookups that take any shape: absent, null and of another type are the same.
const boost::json::object* object_at(const boost::json::object& object, std::string_view name);
const boost::json::array* array_at(const boost::json::object& object, std::string_view name);
std::string_view text_at(const boost::json::object& object, std::string_view name);
std::uint32_t count_at(const boost::json::object& object, std::string_view name);  // 0: not there
bool has_count(const boost::json::object& object, std::string_view name);

// Pieces of a text that may end inside a code point: a whole prefix each, valid whatever comes.
class Utf8Joiner {
public:
    std::string add(std::string_view piece);
    std::string rest();  // what never became whole, as U+FFFD

private:
    std::string held_;  // at most 5 bytes
};

// "data:image/png;base64,AAAA" into media type and data; anything else is a URL.
void set_source(Part& part, std::string_view url);
std::string source_url(const Part& part);  // back
bool is_stored(const Part& part);          // its url is no address but a provider's own id of it

// `base` with the members of the JSON object `extras` that it does not have.
void add_extras(boost::json::object& base, std::string_view extras);
// A JSON text as a value; what does not parse becomes an empty object.
boost::json::value value_of(std::string_view json);

// What a provider calls the speed that it answered at.
Service service_of(std::string_view tier);

// The text parts of a message, joined.
std::string plain_text(const std::vector<Part>& parts);

}  // namespace lares::gateway
