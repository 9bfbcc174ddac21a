#pragma once
// Should OpenMP's threads spin or sleep while they wait for each other? On a quiet machine spinning is up to
// seven times as fast; where other work takes the cores it is several times slower (docs/decisions/0042).
// They spin while they have their cores to themselves. Where they do not, both ways are tried and the faster
// one is used; it depends on the machine and not on the batch. Results do not depend on it.
#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace lares::engine::llm {

class Spin {
public:
    enum Mode : std::size_t { sleeps = 0, spins = 1 };

    Mode choose(std::size_t tokens) {
        ++steps_;
        const bool comparable = of(tokens).seen > 0;
        const bool wanted = steps_ >= look_at_ && (mode_ == sleeps || crowded());
        return comparable && wanted ? other() : mode_;
    }

    // Spinning threads had to share their cores lately.
    bool crowded() const { return share_ < alone; }

    // `share`: the part of the step in which every thread had its core (Team::end).
    void observe(std::size_t tokens, Mode mode, double step_ms, double share) {
        auto& size = of(tokens);
        const double each = step_ms / static_cast<double>(tokens);
        if (mode != mode_) return judge(size, each);
        size.ms = size.seen++ == 0 ? each : size.ms * 0.7 + each * 0.3;
        if (mode == spins) share_ = share_ * 0.95 + share * 0.05;  // one disturbed step is no crowd
    }

private:
    static constexpr std::uint64_t first_wait = 128, rarest_look = 512;  // steps
    static constexpr double alone = 0.85;
    // Steps of about one size, in the present mode.
    struct Size {
        double ms = 0;  // per token, a running mean
        std::uint64_t seen = 0;
    };

    Mode other() const { return mode_ == spins ? sleeps : spins; }

    // A step in the other mode: twice the faster one, it is taken from now on.
    void judge(const Size& size, double each) {
        if (each >= size.ms) {
            won_ = 0;
            wait_ = std::min(wait_ * 2, rarest_look);
            look_at_ = steps_ + wait_;
            return;
        }
        if (++won_ < 2) return;
        mode_ = other();
        sizes_ = {};
        won_ = 0;
        share_ = 1;
        wait_ = first_wait;
        look_at_ = mode_ == sleeps ? steps_ + wait_ : 0;
    }

    Size& of(std::size_t tokens) {
        return sizes_[std::min<std::size_t>(static_cast<std::size_t>(std::bit_width(tokens)),
                                            sizes_.size() - 1)];
    }

    Mode mode_ = spins;
    std::uint64_t steps_ = 0, look_at_ = 0, wait_ = first_wait;
    double share_ = 1;  // a running mean while they spin
    int won_ = 0;
    std::array<Size, 10> sizes_{};  // by powers of two
};

}  // namespace lares::engine::llm
