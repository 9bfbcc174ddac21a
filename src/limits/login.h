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

    // One try. It counts as wrong when it ends, unless it was given back before. The limits outlive it.
    class Attempt {
    public:
        Attempt(Attempt&& other) noexcept
            : limits_(std::exchange(other.limits_, nullptr)), keys_(std::move(other.keys_)), id_(other.id_) {}
        Attempt& operator=(Attempt&&) = delete;
        ~Attempt();

        // Once the account is known: its e-mail address and its username count together. Errors as begin().
        Result<void> add_account(std::string_view account);
        // The password was right, or was not looked at after all.
        void give_back();

    private:
        friend class LoginLimits;
        Attempt(LoginLimits* limits, std::vector<std::string> keys)
            : limits_(limits), keys_(std::move(keys)) {}
        LoginLimits* limits_;
        std::vector<std::string> keys_;
        std::uint64_t id_ = 0;
    };

    // Before anything is looked up; the same for names that exist and that do not. `local`: from this machine
    // itself, where behind a proxy that is not configured everybody would share one address: only the name
    // counts. Errors: rate_limited "too-many-logins" with retry_after_ms; unavailable "logins-pending" when
    // tries that have not ended yet take all that is left: ask again in a moment.
    Result<Attempt> begin(std::string_view login_name, std::string_view address, bool local);

    std::size_t keys() const;

private:
    struct Try {
        std::uint64_t id;
        std::int64_t at_ms;
        bool pending;
    };
    struct Entry {
        std::string key;
        std::deque<Try> tries;
    };
    using Entries = std::list<Entry>;

    Result<void> check(const std::string& key, std::int64_t now_ms);
    void reserve(const std::string& key, std::uint64_t id, std::int64_t now_ms);
    void settle(const Attempt& attempt, bool counts);
    std::int64_t most(const std::string& key) const;
    std::int64_t now_ms() const;

    async::Clock& clock_;
    Options options_;
    mutable std::mutex mutex_;
    std::uint64_t next_id_ = 1;
    Entries entries_;  // the most recent first
    std::unordered_map<std::string_view, Entries::iterator> by_key_;
};

}  // namespace lares::limits
