#include "async/virtual_clock.h"

namespace lares::async {

std::int64_t VirtualClock::unix_ms() const {
    return start_unix_ms_ + std::chrono::duration_cast<Milliseconds>(now_.time_since_epoch()).count();
}

Task<void> VirtualClock::sleep_until(SteadyTime when) {
    if (when <= now_) co_return;
    struct Entry {  // leaves the map also when the sleeper is cancelled
        std::multimap<SteadyTime, Signal>& map;
        std::multimap<SteadyTime, Signal>::iterator at;
        ~Entry() { map.erase(at); }
    };
    Signal signal(co_await boost::asio::this_coro::executor);
    Entry entry{sleepers_, sleepers_.emplace(when, signal)};
    while (now_ < when) co_await signal.wait();
}

void VirtualClock::wake_due() {
    for (auto& [when, signal] : sleepers_) {
        if (when > now_) break;
        signal.notify();
    }
}

void VirtualClock::advance(Milliseconds by) {
    now_ += by;
    wake_due();
}

bool VirtualClock::advance_to_next() {
    if (sleepers_.empty()) return false;
    if (sleepers_.begin()->first > now_) now_ = sleepers_.begin()->first;
    wake_due();
    return true;
}

}  // namespace lares::async
