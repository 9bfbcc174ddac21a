#include "gateway/passing.h"

#include "gateway/bill.h"
#include "gateway/foreign.h"
#include "gateway/routed.h"
#include "json/write.h"

namespace lares::gateway {

namespace {

constexpr std::size_t read_for_usage_max = 1024 * 1024;  // of a JSON answer; pictures are longer

}  // namespace

std::string PassRequest::body(const std::string& name) const {
    if (model.empty()) return before + after;
    std::string out = before;
    if (quoted)
        json::append_quoted(out, name);
    else
        out += name;
    return out + after;
}

std::optional<Usage> usage_of_answer(std::string_view json) {
    const auto value = parse_foreign(json);
    const auto* usage = value && value->is_object() ? object_at(value->get_object(), "usage") : nullptr;
    if (!usage) return std::nullopt;
    Usage out;
    out.prompt = count_at(*usage, has_count(*usage, "input_tokens") ? "input_tokens" : "prompt_tokens");
    out.completion =
        count_at(*usage, has_count(*usage, "output_tokens") ? "output_tokens" : "completion_tokens");
    if (out.prompt == 0 && out.completion == 0) return std::nullopt;
    return out;
}

// An answer that is being passed on.
class Gateway::Passing final : public Passed {
public:
    Passing(std::unique_ptr<Bill> bill, Upstream::Passage passage)
        : bill_(std::move(bill)),
          passage_(std::move(passage)),
          type_(passage_.answer.header("content-type")),
          reads_(type_.starts_with("application/json")) {}

    const std::string& content_type() const override { return type_; }
    Task<Result<std::optional<std::string>>> next() override {
        auto piece = co_await passage_.answer.body->next();
        if (!piece) {
            bill_->failed(piece.error());
            co_return fail(std::move(piece).error());
        }
        if (*piece) {
            reads_ = reads_ && seen_.size() + (*piece)->size() <= read_for_usage_max;
            if (reads_) seen_ += **piece;
            co_return piece;
        }
        const auto usage = reads_ ? usage_of_answer(seen_) : std::nullopt;
        bill_->done(usage.value_or(Usage()), usage.has_value());
        co_return std::nullopt;
    }

private:
    std::unique_ptr<Bill> bill_;
    Upstream::Passage passage_;
    std::string type_, seen_;
    bool reads_;
};

Task<Result<std::unique_ptr<Passed>>> Gateway::pass(PassRequest request) {
    std::vector<Candidate> list;
    if (!request.model.empty()) {
        list = candidates(request.model);
        LARES_CO_CHECK(keep_allowed(request.payer, request.model, list));
    } else {
        for (const auto& entry : entries_)  // whoever knows these requests, with its own default model
            if (entry->upstream && entry->upstream->name() == "openai") list.push_back({entry.get(), {}});
        if (request.payer.models && !request.payer.models->empty())
            co_return fail(Code::forbidden, "model-not-allowed",
                           "This access key may use certain models only: name one.", "model");
    }
    if (list.empty())
        co_return fail(Code::not_found, "model-not-found",
                       request.model.empty() ? std::string("Name the model: no provider here has a default.")
                                             : "There is no model named '" + request.model + "'.",
                       "model");
    const Candidate candidate = list.front();
    const auto& upstream = candidate.entry->upstream;
    if (!upstream || upstream->wire() != Wire::openai)
        co_return fail(Code::unprocessable, "not-supported",
                       "The provider of '" + request.model + "' does not take requests of this kind.",
                       "model");
    LARES_CO_CHECK(within_limits(request.payer, candidate));
    ChatRequest asker;
    asker.payer = request.payer;
    LARES_CO_TRY(auto signatures, co_await signatures_for(candidate, asker));
    auto bill = std::make_unique<Bill>(*this, candidate, request.payer);
    const std::string body = request.body(candidate.model);
    LARES_CO_CHECK(
        co_await bill->open(static_cast<std::uint32_t>(std::min<std::size_t>(body.size(), 1u << 30))));
    std::optional<Error> error;
    for (auto& signature : signatures) {
        Breaker::Probe probe(candidate.entry->breaker);
        if (signature.own() && !probe.begin(clock_->unix_ms())) {
            error = resting(*candidate.entry);
            continue;
        }
        auto passage = co_await upstream->pass(request.path, request.content_type, body, signature);
        probe.tell(passage || !counts_against(passage.error()), clock_->unix_ms());
        if (signing_)
            signing_->report(signature, passage ? secrets::CallReport() : report_of(passage.error()));
        if (passage) co_return std::make_unique<Passing>(std::move(bill), std::move(*passage));
        error = std::move(passage).error();
        if (!another_key_may_do(*error)) break;
    }
    bill->failed(*error);
    co_return fail(std::move(*error));
}

}  // namespace lares::gateway
