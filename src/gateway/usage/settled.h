#pragma once
// What is known of a call before it is made and when it is over. Every call that was begun ends in exactly
// one Settled, whatever ended it.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <boost/describe/enum.hpp>

#include "async/task.h"
#include "base/id.h"
#include "base/result.h"
#include "gateway/model.h"

namespace lares::gateway {

// done: the whole answer. cut: it broke when a part was there. aborted: the client went away. cached: given
// again from the cache. failed: nothing of it came.
enum class Outcome : std::uint8_t { done, cut, aborted, cached, failed };
BOOST_DESCRIBE_ENUM(Outcome, done, cut, aborted, cached, failed)

// A call that is about to be made.
struct Planned {
    Uuid id;
    Payer payer;
    std::string provider, model;
    bool local = false;            // in this process, or at a server that the caller named: costs nobody here
    std::uint32_t prompt = 0;      // tokens, never less than what they will be
    std::uint32_t completion = 0;  // the most that may be generated
    std::uint32_t searches = 0;    // that the provider may make
    std::int64_t began_ms = 0;     // Unix
};

struct Settled {
    Uuid id;
    Payer payer;
    std::string provider;
    std::string model;
    Outcome outcome = Outcome::done;
    Usage usage;
    bool usage_known = true;                  // false: usage is an estimate
    std::optional<std::int64_t> cost_micros;  // millionths of a dollar; nullopt: the price is not known
    std::int64_t price_version = 0;  // of the table that it was priced with; 0: what came with the program
    std::int64_t started_ms = 0;     // Unix
    std::int64_t duration_ms = 0;
    std::optional<std::int64_t> first_token_ms;
    std::string error;  // type, of a failed one
};

struct Granted {
    bool binding = false;  // a hard budget stands on `completion`
};

// Before each call, also of one that is tried again elsewhere. An error refuses it: then nothing is settled.
using Reserve = std::function<Task<Result<Granted>>(Planned)>;
// Called once for each call that was reserved, on its event loop; must not block.
using Settle = std::function<void(const Settled&)>;

}  // namespace lares::gateway
