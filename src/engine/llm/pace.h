#pragma once
// How many prompt tokens fit into a step while somebody speaks, so that the gap between two of their tokens
// stays near twice of what it is alone. Learned from the steps themselves: machines and models differ too
// much for a constant.
#include <algorithm>
#include <cstddef>

namespace lares::engine::llm {

class Pace {
public:
    static constexpr double stretch = 2.0;          // wanted step over a step without prompts
    static constexpr std::size_t least_tokens = 2;  // prompts always go on

    // Prompt tokens to add to a step with this many speakers; `chunk` when nobody speaks.
    std::size_t allowance(std::size_t speakers, std::size_t chunk) const {
        if (speakers == 0) return chunk;
        if (speaking_ms_ <= 0 || token_ms_ <= 0) return std::min(first_tokens, chunk);
        const auto tokens = static_cast<std::size_t>(speaking_ms_ * (stretch - 1) / token_ms_);
        return std::clamp(tokens, least_tokens, chunk);
    }

    void observe(std::size_t speakers, std::size_t prompt_tokens, double step_ms) {
        if (speakers > 0 && prompt_tokens == 0) {
            blend(speaking_ms_, step_ms);
        } else if (speakers > 0 && speaking_ms_ > 0) {
            blend(token_ms_, std::max(step_ms - speaking_ms_, 0.05) / static_cast<double>(prompt_tokens));
        }
    }

private:
    static constexpr std::size_t first_tokens = 8;
    static void blend(double& mean, double value) { mean = mean <= 0 ? value : mean * 0.8 + value * 0.2; }
    double speaking_ms_ = 0;  // a step without prompts
    double token_ms_ = 0;     // what a prompt token adds to a step
};

}  // namespace lares::engine::llm
