#include "gateway/bill.h"

#include "gateway/routed.h"
#include "gateway/usage/estimate.h"

namespace lares::gateway {

Gateway::Bill::Bill(Gateway& gateway, const Candidate& candidate, Payer payer)
    : gateway_(gateway), local_(!candidate.entry->upstream) {
    settled_.payer = std::move(payer);
    settled_.provider = local_ ? "local" : candidate.entry->upstream->name();
    settled_.model = candidate.model;
    settled_.outcome = Outcome::aborted;
    if (gateway_.clock_) settled_.started_ms = gateway_.clock_->unix_ms();
    if (gateway_.clock_) began_ = gateway_.clock_->steady();
    settled_.id = gateway_.ids_.next(settled_.started_ms);
}

Gateway::Bill::~Bill() {
    if (!open_) return;
    estimate();
    settle();
}

Task<Result<void>> Gateway::Bill::open(std::uint32_t prompt, std::uint32_t completion,
                                       bool at_callers_server) {
    prompt_ = prompt;
    completion_ = completion;
    if (gateway_.reserve_) {
        Planned planned;
        planned.id = settled_.id;
        planned.payer = settled_.payer;
        planned.provider = settled_.provider;
        planned.model = settled_.model;
        planned.local = local_ || at_callers_server;
        planned.prompt = prompt;
        planned.completion = completion;
        planned.began_ms = settled_.started_ms;
        LARES_CO_TRY(const Granted granted, co_await gateway_.reserve_(std::move(planned)));
        (void)granted;  // there is no answer whose length could be bounded
    }
    open_ = true;
    co_return Result<void>();
}

void Gateway::Bill::signed_with(const Signature& signature) {
    priced_ = !signature.at_callers_server();
}

void Gateway::Bill::saw(std::uint32_t completion) {
    seen_ = std::min(completion, completion_);
}

// What nobody counted is not free.
void Gateway::Bill::estimate() {
    settled_.usage_known = false;
    if (settled_.usage.prompt == 0) settled_.usage.prompt = likely_prompt_.value_or(likely_tokens(prompt_));
    if (settled_.usage.completion == 0) settled_.usage.completion = seen_;
}

void Gateway::Bill::done(Usage usage, bool known) {
    known = known && (usage.prompt > 0 || usage.completion > 0);
    settled_.outcome = Outcome::done;
    settled_.usage = usage;
    settled_.usage_known = known;
    if (!known) estimate();
    settle();
}

void Gateway::Bill::failed(const Error& error) {
    settled_.outcome = Outcome::failed;
    settled_.error = error.type;
    settled_.usage_known = false;
    settle();
}

void Gateway::Bill::cut(const Error& error) {
    settled_.outcome = Outcome::cut;
    settled_.error = error.type;
    estimate();
    settle();
}

void Gateway::Bill::settle() {
    open_ = false;
    if (!gateway_.settle_) return;
    if (gateway_.clock_)
        settled_.duration_ms =
            std::chrono::duration_cast<async::Milliseconds>(gateway_.clock_->steady() - began_).count();
    if (local_) {
        settled_.cost_micros = 0;
    } else if (priced_) {
        const auto cost = gateway_.prices_.cost(settled_.provider, settled_.model, settled_.usage);
        settled_.cost_micros = cost.micros;
        settled_.price_version = cost.version;
    }
    gateway_.settle_(settled_);
    settled_.payer.hold.reset();
}

}  // namespace lares::gateway
