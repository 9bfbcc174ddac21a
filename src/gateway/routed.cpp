#include "gateway/routed.h"

#include <boost/asio/this_coro.hpp>

#include "gateway/usage/estimate.h"

namespace lares::gateway {

namespace {

std::size_t bytes_of(const ChatDelta& delta) {
    std::size_t bytes = delta.text.size() + delta.raw.size() / 8;  // raw: mostly envelope
    for (const auto& event : delta.events)
        if (event.kind != Event::Kind::start && event.kind != Event::Kind::logprobs)
            bytes += event.text.size();
    return bytes;
}

}  // namespace

bool counts_against(const Error& error) {
    return error.type != "upstream-busy" &&
           (error.code == Code::upstream || error.code == Code::timeout || error.code == Code::unavailable ||
            error.code == Code::rate_limited);
}

Error Gateway::resting(const Entry& entry) const {
    Error error{Code::unavailable,
                "upstream-resting",
                entry.upstream->name() + " failed several times and is left alone for a moment.",
                {},
                {},
                {}};
    error.retry_after_ms = entry.breaker.retry_after_ms(clock_->unix_ms());
    return error;
}

Gateway::Routed::Routed(Gateway& gateway, Candidate candidate, Settled settled, const ChatRequest& request,
                        std::size_t prompt_bytes)
    : gateway_(gateway),
      candidate_(std::move(candidate)),
      settled_(std::move(settled)),
      prompt_bytes_(prompt_bytes),
      trace_(request.trace),
      target_(gateway.name_of(candidate_)),
      whole_(request.whole),
      cache_key_(request.cache.write ? request.cache.what : std::string()) {
    if (gateway_.clock_) began_ = attempt_began_ = gateway_.clock_->steady();
    settled_.outcome = Outcome::aborted;
    gateway_.targets_.begin(target_);
}

Gateway::Routed::~Routed() {
    if (inner_) seen_ = inner_->end().usage;
    inner_.reset();  // the connection to the other server closes now
    for (; given_ < early_.size(); ++given_) answer_bytes_ += bytes_of(early_[given_]);
    if (open_) answered(0, 0);
    settle();
    gateway_.targets_.end(target_);
}

Task<Result<void>> Gateway::Routed::ask_here(ChatRequest request) {
    open_ = true;
    auto inner = co_await candidate_.entry->provider->chat(std::move(request));
    if (!inner) {
        judge(inner.error());
        co_return fail(std::move(inner).error());
    }
    inner_ = std::move(*inner);
    note("answered");
    co_return Result<void>();
}

Task<Result<void>> Gateway::Routed::ask(const ChatRequest* request, std::vector<Signature>* signatures,
                                        std::size_t* next) {
    for (;;) {
        auto done = co_await ask(request, std::move((*signatures)[(*next)++]));
        const bool last = *next == signatures->size();
        if (done || last || answer_bytes_ > 0 || !another_key_may_do(done.error())) co_return done;
    }
}

// An answer that is not streamed has begun when it is whole: until then nobody was told anything, and another
// may be asked.
Task<Result<void>> Gateway::Routed::ask(const ChatRequest* request, Signature signature) {
    auto& entry = *candidate_.entry;
    signature_ = std::move(signature);
    settled_.outcome = Outcome::aborted;
    settled_.error.clear();
    first_ms_.reset();
    attempt_began_ = gateway_.clock_->steady();
    pass_ = signature_.own() ? entry.breaker.allow(gateway_.clock_->unix_ms()) : std::nullopt;
    if (signature_.own() && !pass_) {
        auto resting = gateway_.resting(entry);
        settled_.outcome = Outcome::failed;
        settled_.error = resting.type;
        note(resting.type);
        co_return fail(std::move(resting));
    }
    open_ = true;
    auto inner = co_await entry.upstream->chat(request, &signature_);
    if (!inner) {
        judge(inner.error());
        co_return fail(std::move(inner).error());
    }
    inner_ = std::move(*inner);
    for (;;) {
        auto delta = inner_->next_now();
        if (!delta) delta.emplace(co_await inner_->next());  // bounded by the time for a first token
        if (!*delta) {
            for (const auto& one : early_) answer_bytes_ += bytes_of(one);  // asked for, and not free
            inner_.reset();
            judge(delta->error());
            early_.clear();
            co_return fail(std::move(*delta).error());
        }
        if (!first_ms_) first_ms_ = elapsed();
        if (!**delta) {
            ended_early_ = true;
            break;
        }
        early_.push_back(std::move(***delta));
        if (!whole_) break;
    }
    gateway_.targets_.answered(target_, static_cast<double>(*first_ms_), gateway_.clock_->unix_ms());
    note("answered");
    co_return Result<void>();
}

std::optional<Result<std::optional<ChatDelta>>> Gateway::Routed::next_now() {
    using Next = Result<std::optional<ChatDelta>>;
    if (over_) return Next(std::nullopt);
    if (given_ < early_.size()) return Next(took(std::move(early_[given_++])));
    if (ended_early_) return Next(took(std::nullopt));
    auto delta = inner_->next_now();
    if (!delta) return std::nullopt;
    if (!*delta)
        judge(delta->error());
    else
        *delta = took(std::move(**delta));
    return delta;
}

Task<Result<std::optional<ChatDelta>>> Gateway::Routed::next() {
    if (auto now = next_now()) co_return std::move(*now);
    auto delta = co_await inner_->next();
    if (delta) co_return took(std::move(*delta));
    // What breaks because the caller went away speaks against nobody: it ends as aborted.
    const auto state = co_await boost::asio::this_coro::cancellation_state;
    if (state.cancelled() == boost::asio::cancellation_type::none) judge(delta.error());
    co_return delta;
}

// A piece on its way to the caller; nullopt: the answer is complete.
std::optional<ChatDelta> Gateway::Routed::took(std::optional<ChatDelta> delta) {
    if (delta) {
        const auto bytes = bytes_of(*delta);
        if (bytes > 0 && !settled_.first_token_ms)
            settled_.first_token_ms = given_ == 1 && first_ms_ ? *first_ms_ : elapsed();
        answer_bytes_ += bytes;
        record(*delta);
        return delta;
    }
    over_ = true;
    end_ = inner_->end();
    settled_.outcome = Outcome::done;
    if (!cache_key_.empty()) {
        recorded_.provider = settled_.provider;
        recorded_.model = settled_.model;
    }
    settle();
    answered(std::int64_t{end_.usage.prompt} + end_.usage.completion, end_.cost_micros.value_or(0));
    if (!cache_key_.empty()) {
        recorded_.end = end_;
        recorded_.made_ms = gateway_.clock_ ? gateway_.clock_->unix_ms() : 0;
        gateway_.cache_.put(cache_key_, std::move(recorded_));
    }
    return std::nullopt;
}

// What is given again later: without the place in the queue and the ids of tokens.
void Gateway::Routed::record(const ChatDelta& delta) {
    if (cache_key_.empty() || delta.place > 0) return;
    recorded_bytes_ += size_of(delta);
    if (recorded_bytes_ > gateway_.cache_.answer_max()) {
        cache_key_.clear();
        recorded_ = {};
        return;
    }
    recorded_.deltas.push_back(delta);
    recorded_.deltas.back().tokens.clear();
}

// An attempt failed, or the answer broke off.
void Gateway::Routed::judge(const Error& error) {
    settled_.outcome = answer_bytes_ > 0 ? Outcome::cut : Outcome::failed;
    settled_.error = error.type;
    if (!inner_ || answer_bytes_ == 0) note(error.type);
    if (!std::exchange(open_, false) || !candidate_.entry->upstream) return;
    if (!signature_.own()) {
        if (gateway_.signing_) gateway_.signing_->report(signature_, report_of(error));
    } else if (const auto pass = std::exchange(pass_, std::nullopt)) {
        if (counts_against(error))
            candidate_.entry->breaker.failed(*pass, gateway_.clock_->unix_ms());
        else
            candidate_.entry->breaker.succeeded(*pass);
    }
}

// An attempt that ended well, or was left by who asked for it.
void Gateway::Routed::answered(std::int64_t tokens, std::int64_t cost_micros) {
    if (!std::exchange(open_, false) || !candidate_.entry->upstream) return;
    if (!signature_.own()) {
        // Who went away before anything came: that says nothing of the key.
        if (gateway_.signing_ && (over_ || answer_bytes_ > 0 || !early_.empty()))
            gateway_.signing_->report(signature_, {200, {}, tokens, cost_micros});
    } else if (const auto pass = std::exchange(pass_, std::nullopt)) {
        if (over_)
            candidate_.entry->breaker.succeeded(*pass);
        else
            candidate_.entry->breaker.neither(*pass);
    }
}

void Gateway::Routed::note(const std::string& outcome) {
    if (!trace_) return;
    if (outcome == "answered") {
        trace_->provider = settled_.provider;
        trace_->model = settled_.model;
    }
    Try one;
    one.model = target_;
    one.outcome = outcome;
    one.tier = "none";
    if (candidate_.entry->upstream) {
        one.why = signature_.why;
        one.tier =
            signature_.own()
                ? "environment"
                : std::string(boost::describe::enum_to_string(signature_.credential->tier, "environment"));
        if (!signature_.own() && signature_.credential->id) one.key = signature_.credential->id->text();
    }
    if (gateway_.clock_)
        one.ms = std::chrono::duration_cast<async::Milliseconds>(gateway_.clock_->steady() - attempt_began_)
                     .count();
    trace_->tries.push_back(std::move(one));
}

void Gateway::Routed::price() {
    const auto cost = gateway_.prices_.cost(settled_.provider, candidate_.model, settled_.usage);
    settled_.cost_micros = cost.micros;
    settled_.price_version = cost.version;
}

std::int64_t Gateway::Routed::elapsed() const {
    if (!gateway_.clock_) return 0;
    return std::chrono::duration_cast<async::Milliseconds>(gateway_.clock_->steady() - began_).count();
}

void Gateway::Routed::settle() {
    if (std::exchange(told_, true) || !gateway_.settle_) return;
    settled_.duration_ms = elapsed();
    const bool done = settled_.outcome == Outcome::done;
    auto& usage = settled_.usage;
    // A prompt of no tokens is none: who says so says nothing.
    settled_.usage_known = done && end_.usage_known && (end_.usage.prompt > 0 || !candidate_.entry->upstream);
    if (done) usage = end_.usage;
    if (!settled_.usage_known && (answer_bytes_ > 0 || settled_.outcome != Outcome::failed)) {
        // Broken off, or never told: what was seen is counted, so that it is not free.
        if (!done) usage = seen_;
        if (usage.prompt == 0) usage.prompt = likely_tokens(prompt_bytes_);
        usage.completion = std::max(usage.completion, likely_tokens(answer_bytes_));
    }
    if (!candidate_.entry->upstream)
        settled_.cost_micros = 0;
    else if (!signature_.at_callers_server())
        price();
    end_.cost_micros = settled_.cost_micros;
    if (trace_) trace_->took(settled_.usage.prompt, settled_.usage.completion, settled_.cost_micros);
    gateway_.settle_(settled_);
    settled_.payer.hold.reset();
}

}  // namespace lares::gateway
