#pragma once
// How many threads compute a step. With all processors to themselves all of them are the fastest; beside
// other work they wait at each operation for the one that had to share its processor, and fewer are faster
// (docs/decisions/0049). It is tried out: one fewer when they were crowded, one more every now and then.
// Results do not depend on it.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace lares::engine::llm {

class ThreadCount {
public:
    explicit ThreadCount(std::size_t most, std::size_t least = 1)
        : least_(least), most_(most), now_(most), processors_(static_cast<double>(most)) {}

    std::size_t choose(std::size_t tokens) const {
        if (sizes_[class_of(tokens)].seen == 0) return now_;
        if (now_ > least_ && crowded() && spent_ms_ >= fewer_.at_ms) return uncrowded();
        if (now_ < most_ && spent_ms_ >= more_.at_ms) return now_ + 1;
        return now_;
    }

    // The threads had to share their processors lately.
    bool crowded() const { return share_ < alone; }

    // A step as Team::end tells it: the part in which every thread had a processor, and how many they had.
    void observe(std::size_t tokens, std::size_t threads, double step_ms, double share, double processors) {
        spent_ms_ += step_ms;
        auto& size = sizes_[class_of(tokens)];
        const double each = step_ms / static_cast<double>(tokens);
        if (threads != now_) return judge(threads, each / size.ms);
        size.ms = size.seen++ == 0 ? each : size.ms * 0.7 + each * 0.3;
        const double weight = 1 - std::exp(-step_ms / remembered_ms);
        share_ += (share - share_) * weight;
        processors_ += (processors - processors_) * weight;
    }

private:
    static constexpr double alone = 0.85;
    static constexpr double remembered_ms =
        400;  // one disturbed step of 40 is no crowd, a slow one of 300 is
    static constexpr double first_wait_ms = 250, longest_wait_ms = 16'000;
    static constexpr int tries = 3;
    // Steps of about one size, with as many threads as now.
    struct Size {
        double ms = 0;  // per token, a running mean
        std::uint64_t seen = 0;
    };
    // A few steps with another number of threads.
    struct Look {
        double at_ms = 0, wait_ms = first_wait_ms;
        int tried = 0;
        double took = 0;  // of what it takes with as many as now, summed
    };

    // The number that is faster in all of a look together is taken from now on.
    void judge(std::size_t threads, double took) {
        auto& look = threads < now_ ? fewer_ : more_;
        look.took += took;
        if (++look.tried < tries && look.took < tries) return;
        if (look.took >= tries) {
            const double wait_ms = std::min(look.wait_ms * 2, longest_wait_ms);
            look = {.at_ms = spent_ms_ + wait_ms, .wait_ms = wait_ms};
            return;
        }
        const bool went_down = threads < now_;
        now_ = threads;
        sizes_ = {};
        share_ = 1;
        processors_ = static_cast<double>(now_);
        fewer_ = {};
        more_ =
            went_down ? Look{.at_ms = spent_ms_ + 2 * first_wait_ms, .wait_ms = 2 * first_wait_ms} : Look();
    }

    // So many processors others leave, if every thread that wants one gets its fair share.
    std::size_t uncrowded() const {
        const auto most = static_cast<double>(most_), now = static_cast<double>(now_);
        const double free = most + now - most * now / std::max(processors_, 1.0);
        return std::clamp(static_cast<std::size_t>(std::max(free + 0.5, 0.0)), least_, now_ - 1);
    }

    std::size_t class_of(std::size_t tokens) const {
        return std::min<std::size_t>(static_cast<std::size_t>(std::bit_width(tokens)), sizes_.size() - 1);
    }

    std::size_t least_, most_, now_;
    double spent_ms_ = 0;
    double share_ = 1, processors_;  // running means
    Look fewer_, more_;
    std::array<Size, 10> sizes_{};  // by powers of two
};

}  // namespace lares::engine::llm
