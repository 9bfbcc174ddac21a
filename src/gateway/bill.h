#pragma once
// A call that is no chat, from what is set aside for it to its one Settled: internal to the gateway.
#include "gateway/gateway.h"

namespace lares::gateway {

class Gateway::Bill {
public:
    Bill(Gateway& gateway, const Candidate& candidate, Payer payer);
    ~Bill();  // who went away pays for what was asked
    Bill(const Bill&) = delete;
    Bill& operator=(const Bill&) = delete;

    // `prompt`: tokens, never less than what they will be. Error: it is refused, and nothing is settled.
    Task<Result<void>> open(std::uint32_t prompt);
    void done(Usage usage, bool known);
    void failed(const Error& error);

private:
    void settle();

    Gateway& gateway_;
    Settled settled_;
    bool local_ = false, open_ = false;
    std::uint32_t prompt_ = 0;
    async::SteadyTime began_;
};

}  // namespace lares::gateway
