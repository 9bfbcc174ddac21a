#pragma once
// Access keys of programs. Shown once; stored as a MAC. What is known of a key is good for two seconds
// without asking the database, and changed at once by what happens here. Any thread.
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "async/clock.h"
#include "auth/model.h"
#include "base/result.h"
#include "db/database.h"

namespace lares::auth {

// A key as it may be shown.
struct AccessKey {
    AccessKeyId id;
    std::string name;
    std::string prefix;  // its first characters: "lares_4fTq2a"
    Scopes scopes = 0;
    std::vector<std::string> models;  // that it may use; empty: all
    std::string tier;                 // of rates; empty: the account's
    std::optional<std::int64_t> budget_micros;
    std::int64_t created_ms = 0;
    std::int64_t rotated_ms = 0;  // when its text was made
    std::optional<std::int64_t> expires_ms;
    std::optional<std::int64_t> last_used_ms;  // to about a minute
    std::optional<std::int64_t> grace_ms;      // until when the text before the last rotation is good too
};

struct NewAccessKey {
    std::string name{};
    Scopes scopes = 0;
    std::vector<std::string> models{};
    std::string tier{};
    std::optional<std::int64_t> budget_micros{};
    std::optional<std::int64_t> expires_ms{};
};

// What is absent stays as it is; an expiry of 0 takes it away. A budget of 0 is one: nothing may be spent.
struct AccessKeyChange {
    std::optional<std::string> name{};
    std::optional<Scopes> scopes{};
    std::optional<std::vector<std::string>> models{};
    std::optional<std::string> tier{};
    std::optional<std::int64_t> budget_micros{};
    bool no_budget = false;  // takes it away
    std::optional<std::int64_t> expires_ms{};
};

struct ShownAccessKey {
    AccessKey key;
    SecretText text;  // here and never again
};

class AccessKeys {
public:
    static constexpr std::int64_t fresh_ms = 2'000;
    static constexpr std::size_t remembered_max = 16'384;
    static constexpr std::size_t keys_of_account_max = 100;
    static constexpr std::int64_t used_every_ms = 60'000;  // how often a last use is written down
    static constexpr std::int64_t grace_max_ms = 30LL * 24 * 3600 * 1000;

    AccessKeys(db::Database& database, async::Clock& clock, IdSource& ids, const SecretText& server_secret);

    // Errors: invalid_field; conflict "too-many-keys". The others: not_found when it is not theirs.
    Task<Result<ShownAccessKey>> create(UserId owner, NewAccessKey wanted, std::string address);
    Task<Result<std::vector<AccessKey>>> list(UserId owner);
    Task<Result<AccessKey>> get(UserId owner, AccessKeyId id);
    // by: who changes it, where that is not its owner.
    Task<Result<AccessKey>> change(UserId owner, AccessKeyId id, AccessKeyChange change, std::string address,
                                   std::optional<UserId> by = {});
    Task<Result<void>> remove(UserId owner, AccessKeyId id, std::string address);
    // A new text; the one before is good for `grace_ms` more.
    Task<Result<ShownAccessKey>> rotate(UserId owner, AccessKeyId id, std::int64_t grace_ms,
                                        std::string address);

    // Who presents it, with Identity::key set. Error: unauthorized "key-invalid", "key-expired".
    Task<Result<Identity>> verify(std::string text);
    std::optional<Result<Identity>> verify_now(std::string_view text);  // nullopt: the database must be asked
    // False once the text is void or the key may do something else than it then did.
    bool still_valid(const Identity& identity) const;

private:
    struct Known {
        Identity identity;
        async::SteadyTime loaded;
    };
    struct Grace {  // of the text before the last one
        std::string mac;
        std::int64_t until_ms;
    };
    Result<Identity> judged(const Identity& identity) const;
    bool remember(Identity& identity, std::uint64_t before);
    void forget(AccessKeyId id, const Grace& grace = {});

    db::Database& database_;
    async::Clock& clock_;
    IdSource& ids_;
    SecretText mac_key_;
    mutable std::mutex mutex_;
    std::uint64_t changes_ = 0;                      // made here: what was read before one is not remembered
    std::unordered_map<std::string, Known> by_mac_;  // of the texts that were presented here
};

}  // namespace lares::auth
