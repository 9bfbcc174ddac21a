#include "engine/llm/team.h"

#include <algorithm>

#include <omp.h>
#include <pthread.h>

namespace lares::engine::llm {
namespace {

// Zero for a thread that is no more.
double now_ms(clockid_t clock) {
    timespec now{};
    if (::clock_gettime(clock, &now) != 0) return 0;
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

}  // namespace

Team::Team(std::size_t threads) : members_(threads, {CLOCK_THREAD_CPUTIME_ID, 0}) {
    auto* const members = members_.data();
#pragma omp parallel num_threads(static_cast<int>(threads))
    ::pthread_getcpuclockid(::pthread_self(), &members[omp_get_thread_num()].clock);
}

void Team::begin() {
    begun_ms_ = now_ms(CLOCK_MONOTONIC);
    for (auto& member : members_) member.begun_ms = now_ms(member.clock);
}

double Team::share() const {
    const double passed_ms = now_ms(CLOCK_MONOTONIC) - begun_ms_;
    if (passed_ms <= 0) return 1;
    double least = 1;
    for (const auto& member : members_)
        least = std::min(least, (now_ms(member.clock) - member.begun_ms) / passed_ms);
    return std::max(least, 0.0);
}

}  // namespace lares::engine::llm
