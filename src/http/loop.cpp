#include "http/loop.h"

#include <chrono>
#include <ctime>

#include <boost/asio/post.hpp>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "http/connection.h"
#include "observe/log.h"

namespace lares::http {

namespace asio = boost::asio;

namespace {

// As in sched_setattr(2), for which this C library has no wrapper.
struct SchedAttr {
    std::uint32_t size = sizeof(SchedAttr), policy = 0;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime = 0, deadline = 0, period = 0;
};

constexpr std::uint64_t slice_ns = 100'000;  // the shortest there is

// A loop wakes for moments, and what it then does a person waits for. With short slices the kernel lets it go
// before threads that compute, not when their slice of some milliseconds is over; its share of a processor is
// the same. Kernels before 6.12 know one slice for all: there nothing changes.
void ask_for_short_slices() {
    SchedAttr wanted;
    if (::syscall(SYS_sched_getattr, 0, &wanted, sizeof wanted, 0) != 0) return;
    wanted.runtime = slice_ns;
    ::syscall(SYS_sched_setattr, 0, &wanted, 0);
}

}  // namespace

Loop::Loop(Shared& shared)
    : shared_(shared), work_(asio::make_work_guard(io_)), timer_(io_), watch_timer_(io_) {
    refresh();
}

Loop::~Loop() = default;

void Loop::start() {
    asio::post(io_, [this] { sweep(); });
    thread_ = std::thread([this] {
        ::prctl(PR_SET_NAME, "lares-loop");
        ask_for_short_slices();
        for (;;) {
            try {
                io_.run();
                return;
            } catch (const std::exception& error) {
                log::error("an event loop caught an exception", {{"what", error.what()}});
            }
        }
    });
}

void Loop::join() {
    if (thread_.joinable()) thread_.join();
}

void Loop::add(Connection& connection) {
    connections_.push_back(connection);
}

void Loop::refresh() {
    now_ms_ = std::chrono::duration_cast<std::chrono::milliseconds>(
                  std::chrono::steady_clock::now().time_since_epoch())
                  .count();
    const std::time_t now = std::time(nullptr);
    if (now == date_s_) return;
    date_s_ = now;
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    char text[64];
    const auto size = std::strftime(text, sizeof text, "date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
    date_line_.assign(text, size);
}

void Loop::sweep() {
    refresh();
    // Nothing here ends a connection at once: sockets are closed and coroutines asked, both take effect
    // later.
    for (auto it = connections_.begin(); it != connections_.end();) {
        Connection& connection = *it++;
        connection.tick(now_ms_);
        if (shared_.stopping) connection.drain();
    }
    if (finishing_) return;
    timer_.expires_after(sweep_interval);
    timer_.async_wait([this](const boost::system::error_code& ec) {
        if (!ec) sweep();
    });
}

void Loop::watch_soon(std::weak_ptr<Connection> connection, std::uint64_t exchange) {
    const bool waits = !young_.empty() || !older_.empty();
    young_.push_back({std::move(connection), exchange});
    if (!waits) wait_to_watch();
}

void Loop::wait_to_watch() {
    if (finishing_) return;
    watch_timer_.expires_after(watch_interval);
    watch_timer_.async_wait([this](const boost::system::error_code& ec) {
        if (ec) return;
        for (const auto& [connection, exchange] : older_)
            if (const auto known = connection.lock()) known->watch_if_still(exchange);
        older_.clear();
        older_.swap(young_);
        if (!older_.empty()) wait_to_watch();
    });
}

void Loop::drain() {
    for (auto it = connections_.begin(); it != connections_.end();) (it++)->drain();
}

void Loop::cut() {
    for (auto it = connections_.begin(); it != connections_.end();) (it++)->cut();
}

void Loop::drop() {
    for (auto it = connections_.begin(); it != connections_.end();) (it++)->drop();
}

void Loop::finish() {
    finishing_ = true;
    timer_.cancel();
    watch_timer_.cancel();
    work_.reset();
}

}  // namespace lares::http
