#pragma once
// Provider keys: whose they are, who may use them, where they may go.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/enum.hpp>

#include "base/id.h"
#include "base/secret.h"

namespace lares::secrets {

struct ProviderKeyTag {
    static constexpr std::string_view kind = "provider_key";
};
using ProviderKeyId = Id<ProviderKeyTag>;

// Whose the pool's keys are.
inline constexpr OwnerId pool_owner{};

enum class KeyTier : std::uint8_t { user, pool, environment };
BOOST_DESCRIBE_ENUM(KeyTier, user, pool, environment)

// On whose behalf a provider is called.
struct Asker {
    UserId user;
    std::string role;           // as auth::to_text says it
    std::string tier;           // of the plan or access key; empty: none
    std::optional<Uuid> space;  // in which it happens
};

// What one call is signed with, and where it may go.
struct Credential {
    KeyTier tier = KeyTier::environment;
    std::optional<ProviderKeyId> id;  // none: the environment's
    std::string provider;             // "openai"
    SecretText key;                   // empty: the endpoint wants none
    std::string endpoint;             // base URL without a slash at the end; empty: the provider's own
    std::string label;                // for traces: the key's name, never its text
    bool alone = false;               // the asker named a server of their own: nobody else's key may follow
};

// How a call went, for the pool: 401, 429, 5xx and 0 (no answer) bench a key, anything else clears it.
struct CallReport {
    unsigned status = 200;
    std::optional<std::int64_t> retry_after_ms;
    std::int64_t tokens = 0;
    std::int64_t cost_micros = 0;
};

// Who may use a pool key; a list that is empty does not limit.
struct KeyAudience {
    std::vector<std::string> roles{};
    std::vector<std::string> tiers{};
    std::vector<UserId> people{};
    std::vector<Uuid> spaces{};
    bool admits(const Asker& asker) const;
    std::string text() const;  // as it is stored
    static KeyAudience parse(const std::string& text);
};

// A key as it may be shown: never its text.
struct ProviderKey {
    ProviderKeyId id;
    KeyTier tier = KeyTier::user;
    std::string provider;
    std::string name;
    std::string mask;  // "sk-…wxyz"
    std::string endpoint;
    KeyAudience audience;     // of a pool key
    std::int64_t weight = 1;  // its share of a pool's calls, 1..100
    bool enabled = true;
    std::int64_t created_ms = 0;
    std::int64_t rotated_ms = 0;
    std::optional<std::int64_t> last_used_ms;
    std::int64_t benched_ms = 0;  // how much longer it rests; 0: it does not
    std::int64_t calls = 0, errors = 0, tokens = 0, cost_micros = 0;
};

struct NewProviderKey {
    std::string provider{};
    std::string name{};
    SecretText key{};
    std::string endpoint{};
    KeyAudience audience{};
    std::int64_t weight = 1;
};

// What is absent stays as it is. `key` stands beside an endpoint on another server: what was given for one
// goes to no other.
struct ProviderKeyChange {
    std::optional<std::string> name{};
    std::optional<std::string> endpoint{};  // empty: the provider's own
    std::optional<SecretText> key{};
    std::optional<KeyAudience> audience{};
    std::optional<std::int64_t> weight{};
    std::optional<bool> enabled{};
};

}  // namespace lares::secrets
