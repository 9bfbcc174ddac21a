#pragma once
// Access tokens: short JWTs of our own. A token that was judged once is remembered until it expires, so that
// a request pays for its signature once.
#include <array>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "async/clock.h"
#include "auth/model.h"
#include "base/result.h"
#include "crypto/jwt.h"

namespace lares::auth {

class AccessTokens {
public:
    static constexpr std::size_t remembered_max = 16'384;

    AccessTokens(const SecretText& secret, async::Clock& clock, std::int64_t lifetime_s);

    SecretText issue(const Account& account, SessionId session) const;

    // Says nothing of whether the session still lives. Errors: unauthorized "token-invalid", "token-expired".
    Result<Identity> judge(std::string_view token);

private:
    struct Entry {
        std::string token;
        Identity identity;
    };
    struct Shard {
        std::mutex mutex;
        std::list<Entry> entries;  // the most recent first
        std::unordered_map<std::string_view, std::list<Entry>::iterator> by_token;
    };
    static constexpr std::size_t shard_count = 16;

    Result<Identity> decode(std::string_view token) const;

    std::vector<crypto::JwtKey> keys_;
    async::Clock& clock_;
    std::int64_t lifetime_s_;
    std::array<Shard, shard_count> shards_;
};

}  // namespace lares::auth
