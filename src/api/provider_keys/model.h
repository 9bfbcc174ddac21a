#pragma once
// Requests and answers of the provider key routes, as they stand on the wire. No answer holds a key.
#include <array>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>

#include "json/json.h"
#include "secrets/provider_keys.h"

namespace lares::api {

// Who may use a key of the pool; an empty list does not limit.
struct KeyAudience {
    std::vector<std::string> roles;
    std::vector<std::string> tiers;
    std::vector<std::string> people;  // ids of accounts
    std::vector<std::string> spaces;  // ids
};
BOOST_DESCRIBE_STRUCT(KeyAudience, (), (roles, tiers, people, spaces))
constexpr auto json_optional(const KeyAudience*) {
    return std::array<std::string_view, 4>{"roles", "tiers", "people", "spaces"};
}

// Times in UTC milliseconds, money in millionths.
struct ProviderKeyItem {
    secrets::ProviderKeyId id;
    std::string provider;
    std::string name;
    std::string mask;  // "sk-…wxyz"
    std::string endpoint;
    std::optional<KeyAudience> audience;  // of a pool key
    std::int64_t weight = 1;
    bool enabled = true;
    std::int64_t created = 0;
    std::int64_t rotated = 0;
    std::optional<std::int64_t> last_used;
    std::int64_t benched_ms = 0;         // how much longer it rests after failures
    std::optional<std::string> warning;  // of a key that was just given: why it could not be verified
};
BOOST_DESCRIBE_STRUCT(ProviderKeyItem, (),
                      (id, provider, name, mask, endpoint, audience, weight, enabled, created, rotated,
                       last_used, benched_ms, warning))

struct ProviderKeyList {
    std::vector<ProviderKeyItem> items;
};
BOOST_DESCRIBE_STRUCT(ProviderKeyList, (), (items))

struct ProviderKeyRequest {
    std::string provider;
    std::string name;
    std::optional<SecretText> key;        // a custom endpoint may want none
    std::optional<std::string> endpoint;  // absent: the provider's own
};
BOOST_DESCRIBE_STRUCT(ProviderKeyRequest, (), (provider, name, key, endpoint))
constexpr auto json_rules(const ProviderKeyRequest*) {
    return std::array{json::length("provider", 1, 64), json::length("name", 1, 100)};
}

struct PoolKeyRequest {
    std::string provider;
    std::string name;
    std::optional<SecretText> key;
    std::optional<std::string> endpoint;
    std::optional<KeyAudience> audience;
    std::optional<std::int64_t> weight;  // its share of the pool's calls
};
BOOST_DESCRIBE_STRUCT(PoolKeyRequest, (), (provider, name, key, endpoint, audience, weight))
constexpr auto json_rules(const PoolKeyRequest*) {
    return std::array{json::length("provider", 1, 64), json::length("name", 1, 100),
                      json::range("weight", 1, 100)};
}

struct ProviderKeyChangeRequest {
    secrets::ProviderKeyId provider_key_id;
    std::optional<std::string> name;
    std::optional<std::string> endpoint;  // "": the provider's own
    std::optional<SecretText> key;        // with an endpoint on another server
    std::optional<bool> enabled;
};
BOOST_DESCRIBE_STRUCT(ProviderKeyChangeRequest, (), (provider_key_id, name, endpoint, key, enabled))

struct PoolKeyChangeRequest {
    std::string pool_key_id;
    std::optional<std::string> name;
    std::optional<std::string> endpoint;
    std::optional<SecretText> key;
    std::optional<bool> enabled;
    std::optional<KeyAudience> audience;
    std::optional<std::int64_t> weight;
};
BOOST_DESCRIBE_STRUCT(PoolKeyChangeRequest, (), (pool_key_id, name, endpoint, key, enabled, audience, weight))

struct ProviderKeyPath {
    secrets::ProviderKeyId provider_key_id;
};
BOOST_DESCRIBE_STRUCT(ProviderKeyPath, (), (provider_key_id))

// A pool key is nobody's own: an admin's role opens it, so that its id is no typed one.
struct PoolKeyPath {
    std::string pool_key_id;
};
BOOST_DESCRIBE_STRUCT(PoolKeyPath, (), (pool_key_id))

struct ProviderKeyReplacement {
    secrets::ProviderKeyId provider_key_id;
    SecretText key;
};
BOOST_DESCRIBE_STRUCT(ProviderKeyReplacement, (), (provider_key_id, key))

struct PoolKeyReplacement {
    std::string pool_key_id;
    SecretText key;
};
BOOST_DESCRIBE_STRUCT(PoolKeyReplacement, (), (pool_key_id, key))

struct KeyCheckRequest {
    std::string provider;
    std::optional<SecretText> key;
    std::optional<std::string> endpoint;
};
BOOST_DESCRIBE_STRUCT(KeyCheckRequest, (), (provider, key, endpoint))

// `problem`: the rule that its form breaks, or that its provider refused it. `warning`: it may be good, but
// its provider would not say.
struct KeyCheck {
    bool valid = false;
    std::optional<std::string> problem;
    std::optional<std::string> warning;
};
BOOST_DESCRIBE_STRUCT(KeyCheck, (), (valid, problem, warning))

struct KeyUsage {
    std::int64_t calls = 0;
    std::int64_t errors = 0;
    std::int64_t tokens = 0;
    std::int64_t cost_micros = 0;
    std::optional<std::int64_t> last_used;
};
BOOST_DESCRIBE_STRUCT(KeyUsage, (), (calls, errors, tokens, cost_micros, last_used))

// key_prefix: what every key begins with. endpoint: absent where each key names one.
struct SupportedProvider {
    std::string name;
    std::string title;
    std::optional<std::string> key_prefix;
    std::optional<std::string> endpoint;
    std::vector<std::string> abilities;
};
BOOST_DESCRIBE_STRUCT(SupportedProvider, (), (name, title, key_prefix, endpoint, abilities))

struct SupportedProviders {
    std::vector<SupportedProvider> items;
};
BOOST_DESCRIBE_STRUCT(SupportedProviders, (), (items))

}  // namespace lares::api
