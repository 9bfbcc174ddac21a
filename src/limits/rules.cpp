#include "limits/rules.h"

#include "base/id.h"
#include "json/json.h"

namespace lares::limits {
namespace {

constexpr std::size_t names_max = 10'000;

template <class Map>
Result<void> check_names(const Map& map, const std::string& field) {
    if (map.size() > names_max)
        return invalid_field(field, "must hold at most " + std::to_string(names_max) + " names");
    for (const auto& [name, value] : map)
        if (name.empty() || name.size() > 256) return invalid_field(field, "a name has 1 to 256 characters");
    return {};
}

}  // namespace

Result<void> check(const Rules& rules) {
    LARES_CHECK(check_names(rules.tiers, "tiers"));
    LARES_CHECK(check_names(rules.people, "people"));
    LARES_CHECK(check_names(rules.models, "models"));
    LARES_CHECK(check_names(rules.routes, "routes"));
    for (const auto& [name, tier] : rules.tiers)
        LARES_CHECK(check_names(tier.models, "tiers." + name + ".models"));
    for (const auto& [person, tier] : rules.people) {
        if (!UserId::parse(person)) return invalid_field("people", "holds a name that is no person's id");
        if (!rules.tiers.contains(tier))
            return invalid_field("people." + person, "there is no tier '" + tier + "'");
    }
    return {};
}

Result<Rules> parse_rules(std::string_view json) {
    LARES_TRY(auto rules, json::parse<Rules>(json, {.bytes = rules_bytes_max}));
    LARES_CHECK(check(rules));
    return rules;
}

}  // namespace lares::limits
