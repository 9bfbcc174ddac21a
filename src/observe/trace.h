#pragma once
// The stages that one piece of work went through: shown in the page, in metrics and in bench/.
#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "async/clock.h"

namespace lares::observe {

class Trace {
public:
    static constexpr std::size_t stages_max = 64;

    explicit Trace(async::SteadyTime start) : start_(start) {}

    // The first mark of a name counts; past stages_max marks are ignored.
    void mark(std::string_view stage, async::SteadyTime at) {
        if (stages_.size() >= stages_max) return;
        for (const auto& known : stages_)
            if (known.name == stage) return;
        stages_.push_back(
            {std::string(stage), std::chrono::duration<double, std::milli>(at - start_).count()});
    }

    struct Stage {
        std::string name;
        double at_ms;  // since the start
    };
    const std::vector<Stage>& stages() const { return stages_; }

    std::map<std::string, double> milliseconds() const {
        std::map<std::string, double> out;
        for (const auto& stage : stages_) out.emplace(stage.name, stage.at_ms);
        return out;
    }

private:
    async::SteadyTime start_;
    std::vector<Stage> stages_;
};

}  // namespace lares::observe
