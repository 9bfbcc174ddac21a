// Whom one call keeps waiting: in a line, by a provider that says nothing, by an answer that is long.
#include "wired.h"

namespace lares::gateway {
namespace {

// A line has an end in time: the caller is told, and what it waited is taken from what it may wait for.
TEST_F(Wired, WhoStandsInLineStandsNoLongerThanItMayWait) {
    const auto upstream = add("openai", "compatible", true, 1);
    async::OneShot<bool> first(loop.io.get_executor());
    own.say = [&](const net::Request&) {
        return Said{.type = json, .pieces = {whole(R"({"prompt_tokens":1})")}, .after = first};
    };
    const Upstream::Options set;
    std::array<std::optional<Result<std::string>>, 3> answers;
    const auto ask = [&](std::size_t i, bool streams) {
        boost::asio::co_spawn(loop.io, store(read(request(streams)), &answers[i]), boost::asio::detached);
        loop.settle();
    };
    const auto pass_time = [&](async::Milliseconds time) {
        loop.clock.advance(time);
        loop.settle();
    };
    ask(0, false);
    ask(1, true);
    ask(2, false);
    EXPECT_EQ(upstream->status().waiting, 2u);
    pass_time(set.first_token / 2 - async::Milliseconds(1));
    EXPECT_FALSE(answers[1]);
    pass_time(async::Milliseconds(1));
    ASSERT_TRUE(answers[1]) << "a stream that nobody lets begin";
    EXPECT_EQ(answers[1]->error().type, "upstream-busy");
    EXPECT_EQ(answers[1]->error().code, Code::unavailable);
    EXPECT_EQ(answers[1]->error().retry_after_ms, 1000);
    EXPECT_EQ(upstream->status().waiting, 1u);
    first.set(true);
    loop.settle();
    ASSERT_TRUE(answers[0] && answers[2]);
    EXPECT_TRUE(*answers[2]) << "its time was longer, and it had its turn";
    ASSERT_EQ(own.requests.size(), 2u);
    EXPECT_EQ(own.requests[1].timeout, set.total - set.first_token / 2)
        << "what the line left, half at least";
    EXPECT_EQ(upstream->status().live, 0u);
    EXPECT_TRUE(gateway.upstreams()[0].state == "ready") << "a full line says nothing of the provider";
}

TEST_F(Wired, ModelsAreAskedForBesideEachOtherAndNoServerIsWaitedForForever) {
    for (const char* name : {"a", "b", "c"}) {
        Upstream::Options options;
        options.name = name;
        options.kind = "compatible";
        options.base_url = "https://" + options.name + ".example/v1";
        gateway.add(*Upstream::make(std::move(options), own, loop.clock));
    }
    async::OneShot<bool> last(loop.io.get_executor());
    own.say = [&](const net::Request& request) {
        const bool is_last = request.url == "https://c.example/v1/models";
        if (is_last) last.set(true);
        const std::string_view model =
            is_last ? R"({"data":[{"id":"of-c"}]})" : R"({"data":[{"id":"of-a"}]})";
        Said said{.type = json, .pieces = {std::string(model)}};
        if (request.url == "https://a.example/v1/models") said.after = last;
        said.answers = request.url != "https://b.example/v1/models";
        return said;
    };
    Payer payer;
    payer.person = ann.text();
    payer.role = "user";
    std::optional<std::vector<ModelInfo>> models;
    boost::asio::co_spawn(loop.io, store(gateway.offered(payer), &models), boost::asio::detached);
    loop.settle();
    EXPECT_EQ(own.requests.size(), 3u) << "all were asked";
    EXPECT_FALSE(models);
    loop.clock.advance(async::Milliseconds(5'000));
    loop.settle();
    ASSERT_TRUE(models) << "what came is told without the one that says nothing";
    std::vector<std::string> names;
    for (const auto& model : *models) names.push_back(model.id);
    EXPECT_EQ(names, (std::vector<std::string>{"a/of-a", "c/of-c"}));
}

// While a long answer is taken apart, its event loop serves the others.
class LongAnswer : public Wired {
protected:
    LongAnswer() {
        reading.submit([wait = released.get_future().share()] { wait.wait(); });
        own.say = [this](const net::Request& request) {
            const bool is_long = request.body.find("long") != request.body.npos;
            return Said{.type = json,
                        .pieces = {whole(R"({"prompt_tokens":7,"completion_tokens":9})",
                                         is_long ? words : std::string("short"))}};
        };
        add("openai", "compatible");
    }
    ~LongAnswer() override { release(); }
    void release() {
        if (!std::exchange(is_released, true)) released.set_value();
    }
    const std::string words = std::string(300'000, 'x');
    std::promise<void> released;
    bool is_released = false;
};

TEST_F(LongAnswer, IsTakenApartWhereItHoldsUpNobody) {
    for (const bool passes : {false, true}) {
        std::optional<Result<std::string>> answer;
        auto asked = request(false, "long");
        if (passes) {
            asked.wire = Wire::openai;
            asked.raw = std::make_shared<const std::string>(R"({"model":"openai/m","say":"long"})");
            asked.raw_model = asked.model;
        }
        boost::asio::co_spawn(loop.io, store(read(std::move(asked)), &answer), boost::asio::detached);
        loop.settle();
        if (!passes) {
            EXPECT_FALSE(answer) << "the pool is busy, and the event loop did not read it";
            EXPECT_EQ(loop.wait(read(request(false, "brief"))).value(), "short");
            EXPECT_FALSE(answer);
            release();
        }
        ASSERT_TRUE(comes([&] { return answer.has_value(); }));
        ASSERT_TRUE(*answer) << answer->error().message;
        EXPECT_GE((*answer)->size(), words.size());
        EXPECT_EQ(settled.back().usage.completion, 9u);
        EXPECT_EQ(settled.back().outcome, Outcome::done);
    }
}

TEST_F(LongAnswer, IsPaidByWhoLeavesWhileItIsTakenApart) {
    boost::asio::cancellation_signal client;
    boost::asio::co_spawn(loop.io, leave_after(request(false, "long"), 1),
                          boost::asio::bind_cancellation_slot(client.slot(), boost::asio::detached));
    loop.settle();
    EXPECT_TRUE(settled.empty());
    client.emit(boost::asio::cancellation_type::terminal);
    loop.settle();
    EXPECT_EQ(only().outcome, Outcome::aborted);
    EXPECT_GE(only().usage.completion, words.size() / 4);
}

}  // namespace
}  // namespace lares::gateway
