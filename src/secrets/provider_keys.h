#pragma once
// The keys that other servers know us by. For one call: the caller's own keys, then the operator's pool as
// far as it is meant for the caller, then the environment's. A Credential names the endpoint that it belongs
// to, and is sent nowhere else: an endpoint that a person set only ever sees keys of that person.
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/enum.hpp>

#include "async/clock.h"
#include "async/task.h"
#include "base/id.h"
#include "base/result.h"
#include "base/secret.h"
#include "db/database.h"
#include "secrets/vault.h"

namespace lares::secrets {

struct ProviderKeyTag {
    static constexpr std::string_view kind = "provider_key";
};
using ProviderKeyId = Id<ProviderKeyTag>;

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
};

// How a call went, for the pool: 401, 403, 429, 5xx and 0 (no answer) bench a key, anything else clears it.
struct CallReport {
    unsigned status = 200;
    std::optional<std::int64_t> retry_after_ms;
    std::int64_t tokens = 0;
    std::int64_t cost_micros = 0;
};

// Who may use a pool key; a list that is empty does not limit.
struct KeyAudience {
    std::vector<std::string> roles;
    std::vector<std::string> tiers;
    std::vector<UserId> people;
    std::vector<Uuid> spaces;
    bool admits(const Asker& asker) const;
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
    std::string provider;
    std::string name;
    SecretText key;
    std::string endpoint;
    KeyAudience audience;
    std::int64_t weight = 1;
};

class ProviderKeys {
public:
    // environment: by provider, what OPENAI_API_KEY, ANTHROPIC_API_KEY, OLLAMA_BASE_URL … say.
    struct Default {
        SecretText key;
        std::string endpoint;
    };
    struct Options {
        std::map<std::string, Default> environment;
    };
    ProviderKeys(db::Database& database, Vault vault, async::Clock& clock, IdSource& ids, Options options);
    ~ProviderKeys();

    // In the order in which to try them: at least one. `stick` (a conversation; empty: none) finds the same
    // pool key again, so that the provider's prompt cache does. Errors: unprocessable "no-provider-key";
    // unavailable "provider-keys-benched" with retry_after_ms.
    Task<Result<std::vector<Credential>>> resolve(Asker asker, std::string provider, std::string stick);

    // Once for each call that was made with a credential. Any thread; written down in the background.
    void report(const Credential& used, const CallReport& report);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace lares::secrets
