#include "async/together.h"

#include "async/one_shot.h"
#include "async/virtual_clock.h"
#include "loop.h"

namespace lares::async {
namespace {

struct Seen {
    int begun = 0, left = 0;
    std::optional<std::tuple<int, std::string>> answers;
    bool failed = false;
};
struct Leaves {
    explicit Leaves(Seen* all) : seen(all) { ++seen->begun; }
    ~Leaves() { ++seen->left; }
    Leaves(const Leaves&) = delete;
    Leaves& operator=(const Leaves&) = delete;
    Seen* seen;
};

template <class T>
Task<T> answer_of(OneShot<T> source, Seen* seen) {
    Leaves leaves(seen);
    co_return co_await source.take();
}

template <class T>
Task<T> broken(Seen* seen) {
    Leaves leaves(seen);
    throw std::runtime_error("broken");
    co_return T();
}

Task<void> both(OneShot<int> number, OneShot<std::string> word, Seen* seen) {
    seen->answers = co_await together(answer_of(number, seen), answer_of(word, seen));
}

Task<void> with_a_broken_one(OneShot<int> number, Seen* seen) {
    try {
        co_await together(answer_of(number, seen), broken<std::string>(seen));
    } catch (const std::runtime_error&) {
        seen->failed = true;
    }
}

class TogetherTest : public LoopTest {
protected:
    OneShot<int> number{io.get_executor()};
    OneShot<std::string> word{io.get_executor()};
    Seen seen;
};

TEST_F(TogetherTest, AllBeginAndTheAnswersKeepTheirPlaces) {
    scope.spawn(both(number, word, &seen));
    poll();
    EXPECT_EQ(seen.begun, 2);
    word.set("two");
    poll();
    EXPECT_FALSE(seen.answers);
    number.set(1);
    poll();
    EXPECT_EQ(seen.answers, (std::tuple<int, std::string>(1, "two")));
}

TEST_F(TogetherTest, AnExceptionCancelsTheOthers) {
    scope.spawn(with_a_broken_one(number, &seen));
    poll();
    EXPECT_TRUE(seen.failed);
    EXPECT_EQ(seen.left, 2);
}

TEST_F(TogetherTest, ACancelledCallerLeavesNothing) {
    scope.spawn(both(number, word, &seen));
    poll();
    scope.cancel();
    poll();
    EXPECT_EQ(seen.left, 2);
    EXPECT_EQ(scope.size(), 0U);
    EXPECT_FALSE(seen.answers);
}

Task<void> stored(OneShot<int> source, Seen* seen, std::vector<int>* out) {
    out->push_back(co_await answer_of(source, seen));
}

Task<void> each_of(std::vector<OneShot<int>> sources, Seen* seen, std::vector<int>* out, bool* done) {
    std::vector<Task<void>> tasks;
    for (const auto& source : sources) tasks.push_back(stored(source, seen, out));
    co_await together(std::move(tasks));
    *done = true;
}

TEST_F(TogetherTest, AsManyAsThereAreBeginAtOnceAndEndInAnyOrder) {
    const OneShot<int> other(io.get_executor());
    std::vector<int> out;
    bool done = false, nothing_done = false;
    scope.spawn(each_of({number, other}, &seen, &out, &done));
    scope.spawn(each_of({}, &seen, &out, &nothing_done));
    poll();
    EXPECT_TRUE(nothing_done);
    EXPECT_EQ(seen.begun, 2);
    other.set(2);
    poll();
    EXPECT_FALSE(done);
    number.set(1);
    poll();
    EXPECT_TRUE(done);
    EXPECT_EQ(out, (std::vector<int>{2, 1}));
}

TEST_F(TogetherTest, CancellingTheCallerCancelsAsManyAsThereAre) {
    std::vector<int> out;
    bool done = false;
    scope.spawn(each_of({number, OneShot<int>(io.get_executor())}, &seen, &out, &done));
    poll();
    scope.cancel();
    poll();
    EXPECT_EQ(seen.left, 2);
    EXPECT_FALSE(done);
    EXPECT_EQ(scope.size(), 0u);
}

Task<void> bounded(VirtualClock* clock, OneShot<int> source, Seen* seen,
                   std::optional<std::optional<int>>* out) {
    *out = co_await within(*clock, clock->steady() + Milliseconds(100), answer_of(source, seen));
}

TEST_F(TogetherTest, WithinATimeThereIsAnAnswerOrTheTaskIsCancelled) {
    VirtualClock clock;
    const OneShot<int> late(io.get_executor());
    std::optional<std::optional<int>> answer, none;
    scope.spawn(bounded(&clock, number, &seen, &answer));
    scope.spawn(bounded(&clock, late, &seen, &none));
    poll();
    number.set(7);
    poll();
    ASSERT_TRUE(answer);
    EXPECT_EQ(*answer, 7);
    EXPECT_EQ(clock.sleepers(), 1u) << "nobody waits for the time of what is answered";
    EXPECT_FALSE(none);
    clock.advance(Milliseconds(100));
    poll();
    ASSERT_TRUE(none);
    EXPECT_FALSE(*none);
    EXPECT_EQ(seen.left, 2);
}

TEST_F(TogetherTest, ACallerThatIsCancelledWithinItsTimeLeavesNothing) {
    VirtualClock clock;
    std::optional<std::optional<int>> answer;
    scope.spawn(bounded(&clock, number, &seen, &answer));
    poll();
    scope.cancel();
    poll();
    EXPECT_EQ(seen.left, 1);
    EXPECT_EQ(clock.sleepers(), 0u);
    EXPECT_EQ(scope.size(), 0u);
    EXPECT_FALSE(answer);
}

}  // namespace
}  // namespace lares::async
