#pragma once
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "async/scope.h"
#include "async/signal.h"

namespace lares::async {

// One event loop, one scope.
class LoopTest : public testing::Test {
protected:
    // Until nothing is left to do.
    void run() {
        io.restart();
        io.run();
    }
    // What is ready now.
    void poll() {
        io.restart();
        io.poll();
    }

    boost::asio::io_context io{1};
    TaskScope scope{io.get_executor()};
};

}  // namespace lares::async
