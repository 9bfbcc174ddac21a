#include "app/sweeper.h"

#include <future>

#include <gtest/gtest.h>

namespace lares::app {
namespace {

TEST(Sweeper, SweepsAgainAndAgainAlsoAfterOneFailed) {
    std::promise<void> thrice;
    int runs = 0, others = 0;
    Sweeper sweeper;
    sweeper.start({{"first",
                    [&]() -> Result<void> {
                        if (++runs == 3) thrice.set_value();
                        return fail(Code::storage_full, "storage-full", "The disk is full.");
                    }},
                   {"second",
                    [&]() -> Result<void> {
                        ++others;
                        return {};
                    }}},
                  async::Milliseconds(1));
    thrice.get_future().wait();
    sweeper.stop();
    EXPECT_GE(runs, 3);
    EXPECT_GE(others, 2);
}

TEST(Sweeper, StopsWithoutWaitingForItsPause) {
    std::promise<void> once;
    Sweeper sweeper;
    sweeper.start({{"only",
                    [&]() -> Result<void> {
                        once.set_value();
                        return {};
                    }}},
                  async::Milliseconds(3'600'000));
    once.get_future().wait();
    sweeper.stop();
}

}  // namespace
}  // namespace lares::app
