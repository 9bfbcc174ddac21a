#include "engine/llm/team.h"

#include <algorithm>

#include <omp.h>
#include <pthread.h>
#include <unistd.h>

namespace lares::engine::llm {
namespace {

// Zero for a thread that is no more.
double now_ms(clockid_t clock) {
    timespec now{};
    if (::clock_gettime(clock, &now) != 0) return 0;
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

std::vector<cpu_set_t> each(const cpu_set_t& processors) {
    std::vector<cpu_set_t> found;
    for (int i = 0; i < CPU_SETSIZE; ++i)
        if (CPU_ISSET(i, &processors)) CPU_SET(i, &found.emplace_back());
    return found;
}

}  // namespace

Team::Team(std::size_t threads) : members_(threads) {
    if (::sched_getaffinity(0, sizeof usable_, &usable_) == 0) {
        const auto processors = each(usable_);
        enough_ = threads > 1 && processors.size() == threads;
        for (std::size_t i = 0; enough_ && i < threads; ++i) members_[i].processor = processors[i];
    }
    auto* const members = members_.data();
#pragma omp parallel num_threads(static_cast<int>(threads))
    {
        auto& member = members[omp_get_thread_num()];
        ::pthread_getcpuclockid(::pthread_self(), &member.clock);
        member.id = ::gettid();
    }
    for (const auto& member : members_) put(member, false);  // a team before this one may have had them apart
}

// Refused, it stays wherever the kernel puts it.
void Team::put(const Member& member, bool apart) const {
    ::sched_setaffinity(member.id, sizeof usable_, apart ? &member.processor : &usable_);
}

void Team::begin(bool apart) {
    apart = apart && enough_;
    if (apart) put(members_.front(), true);
    for (std::size_t i = 1; apart != apart_ && i < members_.size(); ++i) put(members_[i], apart);
    apart_ = apart;
    begun_ms_ = now_ms(CLOCK_MONOTONIC);
    for (auto& member : members_) member.begun_ms = now_ms(member.clock);
}

double Team::end() {
    const double passed_ms = now_ms(CLOCK_MONOTONIC) - begun_ms_;
    if (apart_) put(members_.front(), false);
    if (passed_ms <= 0) return 1;
    double least = 1;
    for (const auto& member : members_)
        least = std::min(least, (now_ms(member.clock) - member.begun_ms) / passed_ms);
    return std::max(least, 0.0);
}

}  // namespace lares::engine::llm
