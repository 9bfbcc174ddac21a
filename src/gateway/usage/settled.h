#pragma once
// What is known of a call when it is over. Every call ends in exactly one of these, whatever ended it.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "gateway/model.h"

namespace lares::gateway {

enum class Outcome : std::uint8_t { done, failed, aborted, cached };

struct Settled {
    Payer payer;
    std::string provider;
    std::string model;
    Outcome outcome = Outcome::done;
    Usage usage;
    bool usage_known = true;                  // false: usage is an estimate
    std::optional<std::int64_t> cost_micros;  // millionths of a dollar; nullopt: the price is not known
    std::int64_t started_ms = 0;              // Unix
    std::int64_t duration_ms = 0;
    std::optional<std::int64_t> first_token_ms;
    std::string error;  // type, of a failed one
};

// Called once for each call, on its event loop; must not block.
using Settle = std::function<void(const Settled&)>;

}  // namespace lares::gateway
