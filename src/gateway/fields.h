#pragma once
// Reads fields of a JSON object of a wire format. Its errors name the path of the field ("messages[2].role");
// the first one stays, and what follows reads as absent, so that a reader is a plain list of its fields. null
// equals absent.
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/result.h"

namespace lares::gateway {

class Fields {
public:
    Fields(const boost::json::object& object, std::string path, std::optional<Error>& error)
        : object_(object), path_(std::move(path)), error_(error) {}

    const boost::json::value* find(std::string_view name) const;  // nullptr: absent or null
    bool has(std::string_view name) const { return find(name) != nullptr; }

    std::string text(std::string_view name);
    std::string needed_text(std::string_view name);
    std::optional<bool> flag(std::string_view name);
    std::optional<double> number(std::string_view name, double least, double most);
    std::optional<std::uint32_t> count(std::string_view name, std::uint32_t least = 0,
                                       std::uint32_t most = 1u << 30);
    const boost::json::object* object(std::string_view name);
    const boost::json::array* array(std::string_view name);
    std::string json(std::string_view name) const;  // the field's JSON text; empty: absent

    // Fields that are not among `known`, as a JSON object; empty: none.
    std::string others(std::initializer_list<std::string_view> known) const;

    void refuse(std::string_view name, std::string rule);
    bool failed() const { return error_.has_value(); }
    std::string place(std::string_view name) const;
    std::string place(std::string_view name, std::size_t index) const;
    std::optional<Error>& error() { return error_; }

private:
    const boost::json::object& object_;
    std::string path_;
    std::optional<Error>& error_;
};

}  // namespace lares::gateway
