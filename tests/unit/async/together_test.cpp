#include "async/together.h"

#include "async/one_shot.h"
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

}  // namespace
}  // namespace lares::async
