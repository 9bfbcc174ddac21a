#pragma once
// Requests and answers of the access key routes, as they stand on the wire.
#include <array>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include "auth/access_keys.h"
#include "json/json.h"

namespace lares::api {

// Times in UTC milliseconds, money in millionths of the price table's currency.
struct AccessKeyItem {
    auth::AccessKeyId id;
    std::string name;
    std::string prefix;
    std::vector<std::string> scopes;
    std::vector<std::string> models;  // empty: all
    std::string tier;
    std::optional<std::int64_t> budget_micros;
    std::int64_t created = 0;
    std::int64_t rotated = 0;
    std::optional<std::int64_t> expires;
    std::optional<std::int64_t> last_used;
    std::optional<std::int64_t> grace_until;  // of the text before the last rotation
};
BOOST_DESCRIBE_STRUCT(AccessKeyItem, (),
                      (id, name, prefix, scopes, models, tier, budget_micros, created, rotated, expires,
                       last_used, grace_until))

struct AccessKeyList {
    std::vector<AccessKeyItem> items;
};
BOOST_DESCRIBE_STRUCT(AccessKeyList, (), (items))

// `key` is shown here and never again.
struct AccessKeyShown {
    AccessKeyItem item;
    std::string key;
};
BOOST_DESCRIBE_STRUCT(AccessKeyShown, (), (item, key))

struct AccessKeyRequest {
    std::string name;
    std::vector<auth::Scope> scopes;
    std::vector<std::string> models;
    std::optional<std::string> tier;  // an admin's to give
    std::optional<std::int64_t> budget_micros;
    std::optional<std::int64_t> expires;
};
BOOST_DESCRIBE_STRUCT(AccessKeyRequest, (), (name, scopes, models, tier, budget_micros, expires))
constexpr auto json_rules(const AccessKeyRequest*) {
    return std::array{json::length("name", 1, 100), json::items("scopes", 1, 16),
                      json::items("models", 0, 100)};
}
constexpr auto json_optional(const AccessKeyRequest*) {
    return std::array<std::string_view, 1>{"models"};
}

// What is absent stays; `no_budget` takes the budget away (0 is one: nothing may be spent), an expiry of 0
// the expiry.
struct AccessKeyChangeRequest {
    auth::AccessKeyId access_key_id;
    std::optional<std::string> name;
    std::optional<std::vector<auth::Scope>> scopes;
    std::optional<std::vector<std::string>> models;
    std::optional<std::string> tier;
    std::optional<std::int64_t> budget_micros;
    std::optional<bool> no_budget;
    std::optional<std::int64_t> expires;
};
BOOST_DESCRIBE_STRUCT(AccessKeyChangeRequest, (),
                      (access_key_id, name, scopes, models, tier, budget_micros, no_budget, expires))

struct AccessKeyPath {
    auth::AccessKeyId access_key_id;
};
BOOST_DESCRIBE_STRUCT(AccessKeyPath, (), (access_key_id))

// Of whoever an admin looks at: their role opens these, so that the ids are no typed ones.
struct AccessKeysOfPath {
    std::string person;
};
BOOST_DESCRIBE_STRUCT(AccessKeysOfPath, (), (person))

// An empty tier: the person's own again.
struct AccessKeyTierRequest {
    std::string person;
    std::string key;
    std::string tier;
};
BOOST_DESCRIBE_STRUCT(AccessKeyTierRequest, (), (person, key, tier))

// How long the old text stays good beside the new one; absent: a day.
struct AccessKeyRotation {
    auth::AccessKeyId access_key_id;
    std::optional<std::int64_t> grace_s;
};
BOOST_DESCRIBE_STRUCT(AccessKeyRotation, (), (access_key_id, grace_s))
constexpr auto json_rules(const AccessKeyRotation*) {
    return std::array{json::range("grace_s", 0, 2'592'000)};
}

}  // namespace lares::api
