#include "gateway/passing.h"

#include "gateway/bill.h"
#include "gateway/foreign.h"
#include "gateway/providers/whole_events.h"
#include "gateway/raw_json.h"
#include "gateway/routed.h"
#include "gateway/usage/estimate.h"
#include "json/write.h"

namespace lares::gateway {

namespace bj = boost::json;

namespace {

constexpr std::size_t read_for_usage_max = 1024 * 1024;  // of a JSON answer; pictures are longer
constexpr std::size_t tail_max = 4096;  // of a longer one, or of events: what it took stands at its end
// The most that is written: ten pictures of the dearest kind; a transcript of the longest sound.
constexpr std::uint32_t drawn_tokens = 65'536, words_tokens = 16'384;

std::optional<Usage> read_usage(const boost::json::object* usage) {
    if (!usage) return std::nullopt;
    Usage out;
    out.prompt = count_at(*usage, has_count(*usage, "input_tokens") ? "input_tokens" : "prompt_tokens");
    out.completion =
        count_at(*usage, has_count(*usage, "output_tokens") ? "output_tokens" : "completion_tokens");
    if (out.prompt == 0 && out.completion == 0) return std::nullopt;
    return out;
}

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
    return read_usage(value && value->is_object() ? object_at(value->get_object(), "usage") : nullptr);
}

std::optional<Usage> usage_of_tail(std::string_view tail) {
    constexpr std::string_view name = "\"usage\"";
    const auto found = tail.rfind(name);
    if (found == tail.npos || (found > 0 && tail[found - 1] == '\\')) return std::nullopt;
    auto at = after_blanks(tail, found + name.size());
    if (at >= tail.size() || tail[at] != ':') return std::nullopt;
    at = after_blanks(tail, at + 1);
    const auto end = value_end(tail, at);
    if (end == tail.npos) return std::nullopt;
    const auto value = parse_foreign(tail.substr(at, end - at));
    return read_usage(value ? value->if_object() : nullptr);
}

// {"usage": {"type": "duration", "seconds": 12}}, and the "duration" of a verbose transcript.
double seconds_of_answer(std::string_view json) {
    const auto value = parse_foreign(json);
    if (!value || !value->is_object()) return 0;
    const auto told = [](const bj::object* object, std::string_view name) {
        const auto* found = object ? object->if_contains(name) : nullptr;
        return found && found->is_number() ? found->to_number<double>() : 0;
    };
    const auto& answer = value->get_object();
    return std::max({told(object_at(answer, "usage"), "seconds"), told(&answer, "duration"), 0.0});
}

// An answer that is being passed on.
class Gateway::Passing final : public Passed {
public:
    // `least`: tokens of what it makes, as what was asked for tells.
    Passing(std::unique_ptr<Bill> bill, Upstream::Passage passage, std::uint32_t least)
        : bill_(std::move(bill)),
          passage_(std::move(passage)),
          least_(least),
          type_(passage_.answer.header("content-type")),
          tells_(type_.starts_with("application/json") || type_.starts_with("text/event-stream")),
          whole_(type_.starts_with("application/json")) {
        if (type_.starts_with("text/event-stream")) events_.emplace(WholeEvents::Form::events);
    }

    const std::string& content_type() const override { return type_; }
    Task<Result<std::optional<std::string>>> next() override {
        while (!over_) {
            auto piece = co_await passage_.answer.body->next();
            if (!piece) {
                bill_->cut(piece.error());
                co_return fail(std::move(piece).error());
            }
            look_at(*piece);
            if (!events_) co_return piece;
            auto events = *piece ? events_->feed(std::move(**piece)) : events_->finish();
            if (!events.empty()) co_return without_secrets(std::move(events), passage_.where);
        }
        co_return std::nullopt;
    }

private:
    void look_at(const std::optional<std::string>& piece) {
        if (piece) {
            came_ += piece->size();
            bill_->saw(std::max(
                least_, type_.starts_with("audio/") ? sound_tokens(came_, type_) : likely_tokens(came_)));
            if (tells_) keep(*piece);
            return;
        }
        over_ = true;
        if (whole_ && tells_)
            if (const auto seconds = seconds_of_answer(seen_); seconds > 0)
                bill_->likely_prompt(heard_tokens(seconds));
        const auto usage = !tells_ ? std::nullopt : whole_ ? usage_of_answer(seen_) : usage_of_tail(seen_);
        bill_->done(usage.value_or(Usage()), usage.has_value());
    }
    void keep(const std::string& piece) {
        seen_ += piece;
        whole_ = whole_ && seen_.size() <= read_for_usage_max;
        if (!whole_ && seen_.size() > tail_max) seen_.erase(0, seen_.size() - tail_max);
    }

    std::unique_ptr<Bill> bill_;
    Upstream::Passage passage_;
    std::uint32_t least_;
    std::size_t came_ = 0;  // bytes
    std::string type_, seen_;
    std::optional<WholeEvents> events_;  // an error among them may quote what signs requests
    bool over_ = false;
    bool tells_, whole_;  // its words say what it took; seen_ is all of them
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
    if (list.empty() && !request.model.empty()) co_return no_model(request.model);
    if (list.empty())
        co_return fail(Code::not_found, "model-not-found", "Name the model: no provider here has a default.",
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
    const auto price = prices_.find(upstream->name(), candidate.model);
    const std::uint32_t completion = !price || !price->output               ? 0
                                     : request.path.starts_with("/images/") ? drawn_tokens
                                                                            : words_tokens;
    // Nothing in a picture's bytes tells what it took.
    const std::uint32_t least = request.path == "/audio/speech"        ? spoken_tokens(body.size())
                                : request.path.starts_with("/images/") ? completion
                                                                       : 0;
    const std::size_t words = body.size() - std::min(body.size(), request.sound_bytes);
    const auto most = std::min<std::size_t>(words + request.sound_most, 1u << 30);
    LARES_CO_CHECK(
        co_await bill->open(static_cast<std::uint32_t>(most), completion, all_at_callers_server(signatures)));
    if (request.sound_bytes > 0) bill->likely_prompt(request.sound_likely);
    std::optional<Error> error;
    for (auto& signature : signatures) {
        Breaker::Probe probe(candidate.entry->breaker);
        if (signature.own() && !probe.begin(clock_->unix_ms())) {
            error = resting(*candidate.entry);
            continue;
        }
        bill->signed_with(signature);
        auto passage =
            co_await upstream->pass(request.path, candidate.model, request.content_type, body, signature);
        probe.tell(passage || !counts_against(passage.error()), clock_->unix_ms());
        if (signing_)
            signing_->report(signature, passage ? secrets::CallReport() : report_of(passage.error()));
        if (passage) co_return std::make_unique<Passing>(std::move(bill), std::move(*passage), least);
        error = std::move(passage).error();
        if (!another_key_may_do(*error)) break;
    }
    bill->failed(*error);
    co_return fail(std::move(*error));
}

}  // namespace lares::gateway
