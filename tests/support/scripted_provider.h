#pragma once
// A model that says what a script tells it, in virtual time.
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "async/clock.h"
#include "gateway/provider.h"

namespace lares::test {

struct Script {
    struct Step {
        std::int64_t delay_ms = 0;
        std::string text;
        std::vector<std::int32_t> tokens;
        std::size_t place = 0;  // > 0: still waits in the queue
    };
    std::int64_t open_delay_ms = 0;
    std::optional<Error> open_error;
    std::vector<Step> steps;
    std::optional<gateway::PromptRead> prompt;  // told with the first step that is no place
    std::optional<Error> error;                 // after the last step
    gateway::ChatEnd end;

    // One step per chunk, each after `delay_ms`, with token ids counted from `first_token`.
    static Script say(const std::vector<std::string>& chunks, std::int64_t delay_ms = 10,
                      std::int32_t first_token = 1);
};

class ScriptedProvider final : public gateway::Provider {
public:
    using Writer = std::function<Script(const gateway::ChatRequest&)>;
    ScriptedProvider(async::Clock& clock, Writer writer) : clock_(clock), writer_(std::move(writer)) {}

    Task<Result<std::unique_ptr<gateway::ChatStream>>> chat(gateway::ChatRequest request) override;
    std::vector<gateway::ModelInfo> models() override;
    Result<std::size_t> count_tokens(const std::string& model,
                                     const std::vector<gateway::ChatMessage>& messages) override;
    gateway::ProviderStatus status() override;
    void forget(const std::string& cache_key) override { forgotten.push_back(cache_key); }

    void set_writer(Writer writer) { writer_ = std::move(writer); }

    std::vector<gateway::ChatRequest> requests;  // the last ones, at most requests_max
    std::size_t requests_max = 1000;
    std::vector<std::string> forgotten;
    std::optional<Error> failed;  // set: the model cannot be used at all
    std::uint32_t waiting = 0;    // in its queue
    int streams = 0;              // alive
    std::vector<bool> rests;      // as the streams were told

private:
    async::Clock& clock_;
    Writer writer_;
};

}  // namespace lares::test
