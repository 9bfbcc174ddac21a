#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>

#include "base/text.h"
#include "json/parse_in.h"

namespace lares::json {
namespace {

namespace bj = boost::json;
using ErrorCode = bj::error_code;

constexpr std::size_t depth_likely = 8;

// Builds the value bottom-up. Boost's own parser lets the last of two equal keys win; here that is an error,
// because two readers of the same body must never see different values.
struct Builder {
    static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

    struct Open {
        bj::value container;
        std::string key;
    };

    bj::storage_ptr memory;
    std::size_t members_max = 0;
    std::size_t values_max = 0;
    bool lenient = false;
    std::size_t values = 0;
    std::vector<Open> open;
    std::string text;  // of a key or string that comes in parts
    std::optional<bj::value> root;
    std::string rule;  // what our own checks refused

    bool refuse(ErrorCode& error, std::string why) {
        rule = std::move(why);
        error = bj::error::syntax;
        return false;
    }

    bool add(bj::value&& value, ErrorCode& error) {
        if (++values > values_max)
            return refuse(error, "it holds more than " + std::to_string(values_max) + " values");
        if (open.empty()) {
            root.emplace(std::move(value));  // keeps its memory, where an assignment would copy
            return true;
        }
        auto& [container, key] = open.back();
        if (auto* array = container.if_array()) {
            array->push_back(std::move(value));
            return true;
        }
        auto& object = container.get_object();
        if (object.size() >= members_max)
            return refuse(error, "an object has more than " + std::to_string(members_max) + " members");
        if (lenient) {
            object.insert_or_assign(key, std::move(value));
            return true;
        }
        if (!object.emplace(key, std::move(value)).second)
            return refuse(error, "duplicate key \"" + key + "\"");
        return true;
    }

    bool close(ErrorCode& error) {
        bj::value done = std::move(open.back().container);
        open.pop_back();
        return add(std::move(done), error);
    }

    // Where the value stands that is being read: "messages[2].role".
    std::string field() const {
        std::string path;
        for (const auto& [container, key] : open) {
            if (const auto* array = container.if_array()) {
                path += '[' + std::to_string(array->size()) + ']';
            } else if (!key.empty()) {
                if (!path.empty()) path += '.';
                path += key;
            }
        }
        return path;
    }

    bool on_document_begin(ErrorCode&) { return true; }
    bool on_document_end(ErrorCode&) { return true; }
    bool on_object_begin(ErrorCode&) {
        open.push_back({bj::object(memory), {}});
        return true;
    }
    bool on_object_end(std::size_t, ErrorCode& error) { return close(error); }
    bool on_array_begin(ErrorCode&) {
        open.push_back({bj::array(memory), {}});
        return true;
    }
    bool on_array_end(std::size_t, ErrorCode& error) { return close(error); }
    bool on_key_part(bj::string_view part, std::size_t, ErrorCode&) {
        text.append(part.data(), part.size());
        return true;
    }
    bool on_key(bj::string_view part, std::size_t, ErrorCode&) {
        open.back().key.assign(text).append(part.data(), part.size());
        text.clear();
        return true;
    }
    bool on_string_part(bj::string_view part, std::size_t, ErrorCode&) {
        text.append(part.data(), part.size());
        return true;
    }
    bool on_string(bj::string_view part, std::size_t, ErrorCode& error) {
        if (text.empty()) return add(bj::value(part, memory), error);
        text.append(part.data(), part.size());
        bj::value value(std::string_view(text), memory);
        text.clear();
        return add(std::move(value), error);
    }
    bool on_number_part(bj::string_view, ErrorCode&) { return true; }
    bool on_int64(std::int64_t number, bj::string_view, ErrorCode& error) { return add(number, error); }
    bool on_uint64(std::uint64_t number, bj::string_view, ErrorCode& error) { return add(number, error); }
    // Read anew from its text: Boost 1.81 may be off by one unit in the last place, and a value that is
    // written and read again must stay the same.
    bool on_double(double number, bj::string_view digits, ErrorCode& error) {
        // A long number comes in parts, and only the last of them here.
        double exact = 0;
        const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), exact);
        if (problem == std::errc() && end == digits.data() + digits.size()) number = exact;
        if (!lenient && !std::isfinite(number)) return refuse(error, "a number is out of range");
        return add(number, error);
    }
    bool on_bool(bool value, ErrorCode& error) { return add(value, error); }
    bool on_null(ErrorCode& error) { return add(nullptr, error); }
    bool on_comment_part(bj::string_view, ErrorCode&) { return true; }
    bool on_comment(bj::string_view, ErrorCode&) { return true; }
};

tl::unexpected<Error> invalid(std::string why, std::size_t offset, std::string field = {}) {
    return fail(Code::bad_request, "invalid-json",
                "This is not valid JSON: " + std::move(why) + " (at byte " + std::to_string(offset) + ").",
                std::move(field));
}

std::string describe(const ErrorCode& error) {
    if (error == bj::error::incomplete) return "it ends too early";
    if (error == bj::error::too_deep) return "it is nested too deeply";
    if (error == bj::error::extra_data) return "something follows the value";
    if (error == bj::error::exponent_overflow) return "a number is out of range";
    return error.message();
}

// The parser stops behind the first character that is not the second half.
bool ends_in_surrogate(std::string_view read) {
    const auto escape = read.rfind("\\u");
    return escape != read.npos && read.size() - escape <= 8 && read.size() - escape > 3 &&
           (read[escape + 2] | 0x20) == 'd' &&
           std::string_view("89abcdefABCDEF").find(read[escape + 3]) != std::string_view::npos;
}

// The code unit of the \u escape at `at`, if one stands there.
std::optional<unsigned> unit_at(std::string_view text, std::size_t at) {
    if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return std::nullopt;
    unsigned unit = 0;
    const char* const digits = text.data() + at + 2;
    const auto [end, problem] = std::from_chars(digits, digits + 4, unit, 16);
    if (problem != std::errc() || end != digits + 4) return std::nullopt;
    return unit;
}

}  // namespace

std::string without_lone_surrogates(std::string_view text) {
    std::string out;
    std::size_t copied = 0;
    for (std::size_t at = text.find('\\'); at != text.npos; at = text.find('\\', at)) {
        const auto unit = unit_at(text, at);
        if (!unit) {
            at += 2;
            continue;
        }
        const auto next = unit_at(text, at + 6);
        const bool high = *unit >= 0xd800 && *unit <= 0xdbff;
        const bool low = *unit >= 0xdc00 && *unit <= 0xdfff;
        if (high && next && *next >= 0xdc00 && *next <= 0xdfff) {
            at += 12;
            continue;
        }
        if (high || low) {
            out.append(text.substr(copied, at - copied)).append("\\ufffd");
            copied = at + 6;
        }
        at += 6;
    }
    if (copied > 0) out.append(text.substr(copied));
    return out;
}

Result<bj::value> parse_value(std::string_view text, Limits limits) {
    return parse_value_in(text, limits, {});
}

Result<bj::value> parse_value_in(std::string_view text, Limits limits, bj::storage_ptr memory) {
    if (text.size() > limits.bytes)
        return fail(Code::too_large, "too-large",
                    "The JSON is larger than " + std::to_string(limits.bytes) + " bytes.");
    bj::parse_options options;
    options.max_depth = limits.depth;
    bj::basic_parser<Builder> parser(options);
    parser.handler().memory = std::move(memory);
    parser.handler().members_max = limits.members;
    parser.handler().values_max = limits.values;
    parser.handler().lenient = limits.lenient;
    parser.handler().open.reserve(depth_likely);
    ErrorCode error;
    const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
    if (!error && used < text.size()) error = bj::error::extra_data;
    if (error) {
        auto& rule = parser.handler().rule;
        if (const auto valid = utf8_valid_prefix(text); rule.empty() && valid <= used && valid < text.size())
            return invalid("it must be valid UTF-8", valid, parser.handler().field());
        if (rule.empty() && ends_in_surrogate(text.substr(0, used)))
            return invalid("an escaped surrogate stands alone", used, parser.handler().field());
        return invalid(rule.empty() ? describe(error) : std::move(rule), used);
    }
    return std::move(*parser.handler().root);
}

}  // namespace lares::json
