#include "support/scripted_provider.h"

#include <utility>

#include "async/signal.h"

namespace lares::test {

namespace {

class Stream final : public gateway::ChatStream {
public:
    Stream(async::Clock& clock, Script script, int& alive, std::vector<bool>& rests, Executor executor)
        : clock_(clock),
          script_(std::move(script)),
          alive_(alive),
          rests_(rests),
          news_(std::move(executor)) {
        ++alive_;
    }
    ~Stream() override { --alive_; }

    Task<Result<std::optional<gateway::ChatDelta>>> next() override {
        if (at_ == script_.steps.size()) {
            if (script_.error) co_return fail(*script_.error);
            co_return std::nullopt;
        }
        auto& step = script_.steps[at_];
        if (step.delay_ms > 0) co_await clock_.sleep_for(async::Milliseconds(step.delay_ms));
        while (rest_) co_await news_.wait();
        ++at_;
        gateway::ChatDelta delta{std::move(step.text), std::move(step.tokens), step.place};
        if (step.place == 0) delta.prompt = std::exchange(script_.prompt, std::nullopt);
        co_return delta;
    }
    void rest(bool on) override {
        rests_.push_back(on);
        rest_ = on;
        news_.notify();
    }
    const gateway::ChatEnd& end() const override { return script_.end; }

private:
    async::Clock& clock_;
    Script script_;
    int& alive_;
    std::vector<bool>& rests_;
    async::Signal news_;
    bool rest_ = false;
    std::size_t at_ = 0;
};

}  // namespace

Script Script::say(const std::vector<std::string>& chunks, std::int64_t delay_ms, std::int32_t first_token) {
    Script script;
    for (const auto& chunk : chunks) script.steps.push_back({delay_ms, chunk, {first_token++}, 0});
    script.end.usage = {10, 4, static_cast<std::uint32_t>(chunks.size())};
    script.end.timings = {0, 3, 5, 6};
    return script;
}

Task<Result<std::unique_ptr<gateway::ChatStream>>> ScriptedProvider::chat(gateway::ChatRequest request) {
    auto script = writer_(request);
    if (requests.size() < requests_max) requests.push_back(std::move(request));
    if (script.open_delay_ms > 0) co_await clock_.sleep_for(async::Milliseconds(script.open_delay_ms));
    if (script.open_error) co_return fail(*script.open_error);
    co_return std::make_unique<Stream>(clock_, std::move(script), streams, rests,
                                       co_await boost::asio::this_coro::executor);
}

std::vector<gateway::ModelInfo> ScriptedProvider::models() {
    gateway::ModelInfo model;
    model.id = model.name = "scripted";
    model.provider = "test";
    model.state = failed ? gateway::ModelState::failed : gateway::ModelState::ready;
    model.is_default = true;
    model.context_tokens = 8192;
    return {model};
}

Result<std::size_t> ScriptedProvider::count_tokens(const std::string&,
                                                   const std::vector<gateway::ChatMessage>& messages) {
    if (failed) return fail(*failed);
    std::size_t count = 3;
    for (const auto& message : messages) count += 4 + message.content.size() / 4;
    return count;
}

gateway::ProviderStatus ScriptedProvider::status() {
    gateway::ProviderStatus status;
    status.name = "test";
    status.state = failed ? gateway::ModelState::failed : gateway::ModelState::ready;
    status.context_tokens = 8192;
    status.waiting = waiting;
    if (failed) status.reason = failed->message;
    return status;
}

}  // namespace lares::test
