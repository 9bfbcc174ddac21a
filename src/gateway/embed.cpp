// Gateway::embed: one candidate, its keys in order.
#include "gateway/bill.h"
#include "gateway/routed.h"

namespace lares::gateway {

Task<Result<Embedding>> Gateway::embed(EmbedRequest request) {
    auto list = candidates(request.model);
    if (list.empty()) co_return no_model(request.model);
    LARES_CO_CHECK(keep_allowed(request.payer, request.model, list));
    const Candidate candidate = list.front();
    LARES_CO_CHECK(within_limits(request.payer, candidate));
    request.model = candidate.model;
    std::vector<Signature> signatures;
    if (candidate.entry->upstream) {
        ChatRequest asker;
        asker.payer = request.payer;
        LARES_CO_TRY(signatures, co_await signatures_for(candidate, asker));
    }
    Bill bill(*this, candidate, request.payer);
    const auto most = static_cast<std::uint32_t>(std::min<std::size_t>(bytes_of(request), 1u << 30));
    LARES_CO_CHECK(co_await bill.open(most, 0, all_at_callers_server(signatures)));
    Result<Embedding> made = fail(Code::internal, "internal", "No key was tried.");
    if (!candidate.entry->upstream) made = co_await candidate.entry->provider->embed(std::move(request));
    for (std::size_t i = 0; i < signatures.size(); ++i) {
        auto& signature = signatures[i];
        Breaker::Probe probe(candidate.entry->breaker);
        if (signature.own() && !probe.begin(clock_->unix_ms())) {
            made = fail(resting(*candidate.entry));
            continue;
        }
        bill.signed_with(signature);
        made = co_await candidate.entry->upstream->embed(request, signature);
        probe.tell(made || !counts_against(made.error()), clock_->unix_ms());
        if (signing_)
            signing_->report(signature,
                             made ? secrets::CallReport{200, {}, static_cast<std::int64_t>(made->tokens), 0}
                                  : report_of(made.error()));
        if (made || !another_key_may_do(made.error())) break;
    }
    if (!made) {
        bill.failed(made.error());
        co_return made;
    }
    Usage usage;
    usage.prompt = static_cast<std::uint32_t>(std::min<std::uint64_t>(made->tokens, UINT32_MAX));
    bill.done(usage, made->tokens_known);
    co_return made;
}

}  // namespace lares::gateway
