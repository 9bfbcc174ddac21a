#pragma once
// How many requests and tokens a program may ask for in a minute: by its key or person, tier, model and
// route. Tokens are taken by an estimate before a call and put right after it. Any thread.
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/container/small_vector.hpp>

#include "base/result.h"
#include "limits/gcra.h"
#include "limits/rules.h"

namespace lares::limits {

struct Asking {
    std::string person;
    std::string key;   // of the access key; empty: the person's own
    std::string tier;  // of the key; empty: the person's
    std::string route;
    std::string model;         // as the request names it
    std::uint32_t tokens = 0;  // estimated, of prompt and answer
};

// The tightest of the limits of one kind. limit 0: none.
struct Meter {
    std::int64_t limit = 0;  // at once
    std::int64_t remaining = 0;
    std::int64_t reset_ms = 0;
};

struct Verdict {
    bool allowed = true;
    bool by_tokens = false;           // refused for tokens, not requests
    std::int64_t retry_after_ms = 0;  // when refused
    Meter requests, tokens;
};

class Rates {
public:
    explicit Rates(Gcra& gcra) : gcra_(gcra) {}

    void set(Rules rules, std::int64_t version);  // of two at once the later version stays
    std::shared_ptr<const Rules> rules() const;

    // Takes from every limit that holds, or from none.
    Verdict take(const Asking& asking);
    // The same, of the limits of these models alone: an alias is known by its name first, and by who answers
    // for it later.
    Verdict take_models(const Asking& asking, const std::vector<std::string>& models);
    bool limits_models() const { return limits_models_; }  // whether any model has a limit
    // The call is over: what it took in truth, where `asking.tokens` were taken.
    void put_right(const Asking& asking, std::uint64_t tokens);
    void put_right_models(const Asking& asking, const std::vector<std::string>& models, std::uint64_t tokens);

private:
    // One that holds. Its texts are borrowed from who asks: a key is "key ID MODEL", "person ID ROUTE", …
    struct Limit {
        bool tokens;
        std::string_view kind;
        std::string_view word, id, gap, what;
        Rate rate;
        LimitKey key() const { return {kind, {word, id, gap, what}}; }
    };
    using Limits = boost::container::small_vector<Limit, 6>;
    struct Kind {
        std::string_view requests, tokens;
    };
    // Whose buckets they are: however many keys a person makes, they take from the person's. Nobody's: all
    // together share one.
    struct Holder {
        std::string_view word, id;
    };
    static Holder person(const Asking& asking);
    static Holder holder(const Asking& asking, bool of_key);
    static void add(Limits& out, const Allowance& one, const Kind& kind, const Holder& holder,
                    std::string_view what);
    void add_models(Limits& out, const Rules& rules, const Asking& asking,
                    std::span<const std::string> models) const;
    Limits of(const Asking& asking) const;
    Limits of_models(const Asking& asking, std::span<const std::string> models) const;
    Verdict take_all(const Limits& limits, std::uint32_t tokens);
    void put_right_all(const Limits& limits, std::uint32_t estimated, std::uint64_t tokens);

    Gcra& gcra_;
    mutable std::mutex mutex_;
    std::shared_ptr<const Rules> rules_ = std::make_shared<Rules>();
    std::int64_t version_ = 0;
    std::atomic<bool> limits_models_ = false;
};

// Error: rate_limited "too-many-requests" or "too-many-tokens" with retry_after_ms.
tl::unexpected<Error> refusal(const Verdict& verdict);

}  // namespace lares::limits
