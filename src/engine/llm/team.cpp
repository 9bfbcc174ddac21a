#include "engine/llm/team.h"

#include <algorithm>

#include <omp.h>
#include <pthread.h>
#include <unistd.h>

namespace lares::engine::llm {
namespace {

// How long a thread spins before it sleeps: longer than a wait inside a step. After a prompt, when one thread
// goes on alone, the others keep their processors for so long from whoever wants to tell the first word.
constexpr int spin_ms = 1;

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
    ::kmp_set_blocktime(spin_ms);
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

void Team::begin(std::size_t threads, bool apart) {
    computing_ = std::min(threads, members_.size());
    bound_ = apart && enough_ && computing_ == members_.size();
    if (bound_) put(members_.front(), true);
    if (computing_ > 1 && bound_ != others_bound_) {
        for (std::size_t i = 1; i < members_.size(); ++i) put(members_[i], bound_);
        others_bound_ = bound_;
    }
    begun_ms_ = now_ms(CLOCK_MONOTONIC);
    for (std::size_t i = 0; i < computing_; ++i) members_[i].begun_ms = now_ms(members_[i].clock);
}

Team::Step Team::end() {
    const double passed_ms = now_ms(CLOCK_MONOTONIC) - begun_ms_;
    if (bound_) put(members_.front(), false);
    if (passed_ms <= 0) return {0, 1, static_cast<double>(computing_)};
    Step step{passed_ms, 1, 0};
    for (std::size_t i = 0; i < computing_; ++i) {
        const double share = std::max(now_ms(members_[i].clock) - members_[i].begun_ms, 0.0) / passed_ms;
        step.share = std::min(step.share, share);
        step.processors += share;
    }
    return step;
}

}  // namespace lares::engine::llm
