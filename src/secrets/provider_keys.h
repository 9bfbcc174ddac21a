#pragma once
// The keys that other servers know us by. For one call: the caller's own keys, then the operator's pool as
// far as it is meant for the caller, then the environment's. A Credential names the endpoint that it belongs
// to, and is sent nowhere else: an endpoint that a person set only ever sees keys of that person.
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "async/clock.h"
#include "async/task.h"
#include "base/id.h"
#include "base/result.h"
#include "base/secret.h"
#include "db/database.h"
#include "secrets/model.h"
#include "secrets/vault.h"

namespace lares::secrets {

// All keys of who named a server of their own rest: nothing else may answer in its place.
inline constexpr const char* own_server_rests = "own-server-rests";

class ProviderKeys {
public:
    static constexpr std::int64_t fresh_ms = 2'000;  // what is known of somebody's keys
    static constexpr std::size_t remembered_max = 4'096;
    static constexpr std::size_t keys_of_owner_max = 100;
    static constexpr std::int64_t bench_first_ms = 2'000;  // doubled with each failure in a row
    static constexpr std::int64_t bench_max_ms = 300'000;

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

    // In the order in which to try them: at least one. Who stored a key with an endpoint of their own gets
    // only keys of theirs. `stick` (a conversation; empty: none) finds the same pool key again, so that the
    // provider's prompt cache does. Errors: unprocessable "no-provider-key"; unavailable
    // "provider-keys-benched" and own_server_rests, with retry_after_ms.
    Task<Result<std::vector<Credential>>> resolve(Asker asker, std::string provider, std::string stick);

    // Once for each call that was made with a credential. Any thread; flush() writes it down.
    void report(const Credential& used, const CallReport& report);
    Task<Result<void>> flush();

    // Owner: whose key it is; pool_owner for a key of the pool. Errors: invalid_field; unprocessable
    // "unknown-provider", "key-format"; conflict "too-many-keys"; unavailable "no-encryption-key"; not_found.
    Task<Result<ProviderKey>> add(OwnerId owner, NewProviderKey wanted);
    Task<Result<std::vector<ProviderKey>>> list(OwnerId owner);
    Task<Result<ProviderKey>> get(OwnerId owner, ProviderKeyId id);
    // Error too: invalid_field "key" where an endpoint on another server came without one.
    Task<Result<ProviderKey>> change(OwnerId owner, ProviderKeyId id, ProviderKeyChange change);
    Task<Result<void>> remove(OwnerId owner, ProviderKeyId id);
    // Calls that began with the old text end with it; every later one takes the new one.
    Task<Result<ProviderKey>> replace(OwnerId owner, ProviderKeyId id, SecretText key);

private:
    struct State;
    std::unique_ptr<State> state_;
};

struct Rotated {
    std::size_t done = 0;  // encrypted anew
    std::size_t unreadable = 0;
    std::vector<std::pair<OwnerId, ProviderKeyId>> named;  // of the unreadable, the first ones
};
// Encrypts every stored key anew with the vault's first key, some hundred in a transaction. What is already
// under it is left alone, so that a run that was cut off goes on where it stopped. Blocking; also while a
// server runs. What cannot be read stays as it is, and is named. Error: as of the database.
Result<Rotated> rotate_vault(db::Database& database, const Vault& vault, async::Clock& clock);

}  // namespace lares::secrets
