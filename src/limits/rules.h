#pragma once
// What an admin writes about how much programs may ask: tiers of callers, models that all share, routes. A
// JSON document (docs/usage.md); nothing in it is no limit.
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include <boost/describe/class.hpp>

#include "base/result.h"
#include "json/rules.h"

namespace lares::limits {

// 0: no limit.
struct Allowance {
    std::int64_t requests_per_minute = 0;
    std::int64_t tokens_per_minute = 0;
    std::int64_t burst = 0;  // requests at once; 0: as many as in a minute
};
BOOST_DESCRIBE_STRUCT(Allowance, (), (requests_per_minute, tokens_per_minute, burst))
constexpr auto json_optional(const Allowance*) {
    return std::array<std::string_view, 3>{"requests_per_minute", "tokens_per_minute", "burst"};
}
constexpr auto json_rules(const Allowance*) {
    return std::array{json::range("requests_per_minute", 0, 1'000'000'000),
                      json::range("tokens_per_minute", 0, 1'000'000'000),
                      json::range("burst", 0, 1'000'000'000)};
}

struct Tier : Allowance {
    std::map<std::string, Allowance> models;  // of each caller of this tier
};
BOOST_DESCRIBE_STRUCT(Tier, (Allowance), (models))
constexpr auto json_optional(const Tier*) {
    return std::array<std::string_view, 4>{"requests_per_minute", "tokens_per_minute", "burst", "models"};
}

struct Rules {
    std::map<std::string, Tier> tiers;          // "default": of who is in no other
    std::map<std::string, std::string> people;  // a person's id to the name of their tier
    std::map<std::string, Allowance> models;    // of all callers together
    std::map<std::string, Allowance> routes;    // of each caller
};
BOOST_DESCRIBE_STRUCT(Rules, (), (tiers, people, models, routes))
constexpr auto json_optional(const Rules*) {
    return std::array<std::string_view, 4>{"tiers", "people", "models", "routes"};
}

inline constexpr std::size_t rules_bytes_max = 1024 * 1024;

// Errors name the field; a person's tier must be there.
Result<void> check(const Rules& rules);
Result<Rules> parse_rules(std::string_view json);

}  // namespace lares::limits
