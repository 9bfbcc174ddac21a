#pragma once
// One event loop: a thread, its connections, and a sweep that looks at all their time limits four times a
// second (a timer for each operation would cost more than the operations). Private to http.
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include "http/shared.h"

namespace lares::http {

class Connection;

using ListHook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

class Loop {
public:
    explicit Loop(Shared& shared);
    ~Loop();

    void start();
    void join();  // after shut(); ends the thread when no connection is left
    boost::asio::io_context& io() { return io_; }
    Executor executor() { return io_.get_executor(); }
    Shared& shared() { return shared_; }

    std::int64_t now_ms() const { return now_ms_; }  // steady, at the last sweep
    std::string_view date_line() const { return date_line_; }

    void add(Connection& connection);
    // Has it watched for its peer's leaving when this exchange still runs in a moment: most are over by then.
    void watch_soon(std::weak_ptr<Connection> connection, std::uint64_t exchange);
    void drain();   // stopping: closes what is idle; runs again at each sweep
    void cut();     // the grace is over: ends everything, with a word
    void drop();    // and without
    void finish();  // no more work comes: lets the thread end once all is done

    std::atomic<std::size_t> load = 0;  // connections given to it

private:
    struct Young {
        std::weak_ptr<Connection> connection;
        std::uint64_t exchange = 0;
    };
    void sweep();
    void refresh();
    void wait_to_watch();

    Shared& shared_;
    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    boost::asio::steady_timer timer_, watch_timer_;
    std::thread thread_;
    boost::intrusive::list<Connection, boost::intrusive::base_hook<ListHook>,
                           boost::intrusive::constant_time_size<false>>
        connections_;
    std::vector<Young> young_, older_;  // exchanges that may have to be watched
    std::int64_t now_ms_ = 0;
    std::int64_t date_s_ = 0;
    std::string date_line_;
    bool finishing_ = false;
};

inline constexpr std::chrono::milliseconds sweep_interval{250};
inline constexpr std::chrono::milliseconds watch_interval{25};

}  // namespace lares::http
