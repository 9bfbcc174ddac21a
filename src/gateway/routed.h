#pragma once
// The call of one candidate, from its first attempt to its end: internal to the gateway.
#include <optional>
#include <utility>
#include <vector>

#include "gateway/gateway.h"
#include "gateway/providers/upstream.h"

namespace lares::gateway {

struct Gateway::Entry {
    std::shared_ptr<Provider> provider;
    std::shared_ptr<Upstream> upstream;  // the same, when it is one
    Breaker breaker;
};

tl::unexpected<Error> no_model(const std::string& name);

// Whether it speaks against the provider and not against the request.
bool counts_against(const Error& error);

// Tries the candidate's keys until one of them begins to answer; counts what the answer takes, tells keys and
// breaker how it went, settles once.
class Gateway::Routed final : public ChatStream {
public:
    Routed(Gateway& gateway, Candidate candidate, Settled settled, const ChatRequest& request,
           std::size_t prompt_bytes);
    ~Routed() override;
    Routed(const Routed&) = delete;
    Routed& operator=(const Routed&) = delete;

    // An answer of this process.
    Task<Result<void>> ask_here(ChatRequest request);
    // An answer of another server, with one of these keys. The request outlives the call.
    // From `*next` on, until one answers or one has cost something: that is settled before another is asked.
    Task<Result<void>> ask(const ChatRequest* request, std::vector<Signature>* signatures, std::size_t* next);
    Task<Result<void>> ask(const ChatRequest* request, Signature signature);

    Task<Result<std::optional<ChatDelta>>> next() override;
    std::optional<Result<std::optional<ChatDelta>>> next_now() override;
    std::optional<Task<void>> wait() override { return inner_->wait(); }
    void rest(bool on) override {
        if (inner_) inner_->rest(on);
    }
    const ChatEnd& end() const override { return end_; }

private:
    std::optional<ChatDelta> took(std::optional<ChatDelta> delta);
    void judge(const Error& error);
    void answered(std::int64_t tokens, std::int64_t cost_micros);
    void note(const std::string& outcome);
    void record(const ChatDelta& delta);
    void settle();
    void price();
    std::int64_t elapsed() const;

    Gateway& gateway_;
    Candidate candidate_;
    Settled settled_;
    async::SteadyTime began_, attempt_began_;
    std::size_t prompt_bytes_ = 0, answer_bytes_ = 0;
    Usage seen_;  // told before the answer broke off
    std::shared_ptr<Trace> trace_;
    std::string target_;  // "upstream/model"
    Signature signature_;
    std::unique_ptr<ChatStream> inner_;
    bool whole_;                    // nobody waits for parts of it
    std::vector<ChatDelta> early_;  // what came before the caller was told that it is answered
    std::size_t given_ = 0;         // of them
    std::optional<std::int64_t> first_ms_;
    bool ended_early_ = false, over_ = false, told_ = false;
    bool open_ = false;                  // an attempt that nobody was told about
    std::optional<Breaker::Pass> pass_;  // the breaker let it through and wants to know
    std::string cache_key_;              // not empty: the answer is kept
    CachedAnswer recorded_;
    std::size_t recorded_bytes_ = 0;
    ChatEnd end_;
};

}  // namespace lares::gateway
