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

    // Tokens, never less than what they will be (`prompt`: its bytes). Error: it is refused, and nothing is
    // settled.
    Task<Result<void>> open(std::uint32_t prompt, std::uint32_t completion, bool at_callers_server);
    // What it likely is that was asked, where its bytes do not tell: booked where the provider does not say.
    void likely_prompt(std::uint32_t tokens) { likely_prompt_ = tokens; }
    // What was seen of the answer, in tokens as far as one can tell: booked where the provider does not say.
    void saw(std::uint32_t completion);
    void signed_with(const Signature& signature);  // of each attempt: who answers, and at whose price
    void done(Usage usage, bool known);
    void failed(const Error& error);
    void cut(const Error& error);  // what was asked is paid

private:
    void settle();
    void estimate();

    Gateway& gateway_;
    Settled settled_;
    bool local_ = false, open_ = false;
    bool priced_ = true;                         // false: at a server that the caller named
    std::uint32_t prompt_ = 0, completion_ = 0;  // what was set aside
    std::optional<std::uint32_t> likely_prompt_;
    std::uint32_t seen_ = 0;
    async::SteadyTime began_;
};

}  // namespace lares::gateway
