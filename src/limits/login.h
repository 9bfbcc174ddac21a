#pragma once
// Guessing of passwords: at most so many wrong ones are looked at within any 15 minutes, for each login name,
// each account and each address. Counted exactly (the times of the tries are kept), and reserved before a
// password is looked at, so that parallel tries cannot pass.
#include <cstdint>
#include <deque>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "async/clock.h"
#include "base/result.h"

namespace lares::limits {

class LoginLimits {
public:
    struct Options {
        std::int64_t attempts = 10;  // of a name, and of an account
        std::int64_t attempts_per_address = 50;
        std::int64_t window_ms = 15 * 60 * 1000;
        std::size_t keys_max = 100'000;
    };
    explicit LoginLimits(async::Clock& clock) : LoginLimits(clock, Options()) {}
    LoginLimits(async::Clock& clock, Options options);

    // What one try has reserved.
    struct Attempt {
        std::vector<std::string> keys;
        std::int64_t at_ms = 0;
    };

    // Before anything is looked up; the same for names that exist and that do not. `local`: from this machine
    // itself, where behind a proxy that is not configured everybody would share one address: only the name
    // counts. Error: rate_limited "too-many-logins" with retry_after_ms; nothing is reserved then.
    Result<Attempt> begin(std::string_view login_name, std::string_view address, bool local);
    // Once the account is known: its e-mail address and its username count together.
    Result<void> add_account(Attempt& attempt, std::string_view account);
    // The password was right: the try does not count. What others tried still does.
    void succeeded(const Attempt& attempt);

    std::size_t keys() const;

private:
    struct Entry {
        std::string key;
        std::deque<std::int64_t> tries_ms;
    };
    using Entries = std::list<Entry>;

    std::int64_t wait_ms(const std::string& key, std::int64_t now_ms);  // 0: free
    std::int64_t most(const std::string& key) const;
    void reserve(const std::string& key, std::int64_t now_ms);
    void release(const std::string& key, std::int64_t at_ms);
    std::int64_t now_ms() const;

    async::Clock& clock_;
    Options options_;
    mutable std::mutex mutex_;
    Entries entries_;  // the most recent first
    std::unordered_map<std::string_view, Entries::iterator> by_key_;
};

}  // namespace lares::limits
