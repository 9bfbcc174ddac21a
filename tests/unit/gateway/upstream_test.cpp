// Calls of other servers, from the gateway down to a client that says what a script tells it: who is asked
// with what, whom a slow one keeps waiting, and what each ending costs.
#include "wired.h"

namespace lares::gateway {
namespace {

// --- time, lines, notes ------------------------------------------------------------------------------------

TEST_F(Wired, AWholeAnswerHasAllItsTimeAndAStreamMustBegin) {
    add("openai", "compatible");
    own.say = [](const net::Request&) {
        return Said{.type = json, .pieces = {whole(R"({"prompt_tokens":1})")}};
    };
    ASSERT_TRUE(loop.wait(read(request(true))));
    ASSERT_TRUE(loop.wait(read(request(false))));
    ASSERT_EQ(own.requests.size(), 2u);
    const Upstream::Options set;
    EXPECT_EQ(own.requests[0].head_timeout, set.first_token);
    EXPECT_EQ(own.requests[0].idle_timeout, set.idle);
    EXPECT_FALSE(own.requests[1].head_timeout) << "its head comes when all of it is made";
    EXPECT_EQ(own.requests[1].idle_timeout, set.total);
    EXPECT_EQ(own.requests[1].timeout, set.total);
}

TEST_F(Wired, AServerOfACallersOwnKeepsNobodyElseWaiting) {
    add("openai", "compatible", true, 1);
    const UserId bob = ids.make<UserId>(1);
    keep_key(ann, "anns", "https://tarpit.example/v1");
    guarded.say = [](const net::Request&) { return Said{.answers = false}; };
    own.say = [](const net::Request&) {
        return Said{.type = json, .pieces = {whole(R"({"prompt_tokens":1})")}};
    };
    std::array<boost::asio::cancellation_signal, 3> clients;
    for (auto& client : clients)
        boost::asio::co_spawn(loop.io, leave_after(request(true), 1),
                              boost::asio::bind_cancellation_slot(client.slot(), boost::asio::detached));
    loop.settle();
    EXPECT_EQ(guarded.requests.size(), 1u) << "one at once there, too";
    auto bobs = request(false);
    bobs.payer.person = bob.text();
    EXPECT_TRUE(loop.wait(read(std::move(bobs))));
    for (auto& client : clients) client.emit(boost::asio::cancellation_type::terminal);
    loop.settle();
    EXPECT_EQ(settled.size(), 4u);
}

TEST_F(Wired, WhatAProviderSaysOfOneCallersRequestIsNotTheOthersToRead) {
    const auto upstream = add("openai", "compatible");
    own.say = [](const net::Request&) {
        return Said{
            .status = 400, .type = json, .pieces = {R"({"error":{"message":"'my secret' is no role"}})"}};
    };
    const auto refused = loop.wait(read(request(true)));
    EXPECT_NE(refused.error().message.find("my secret"), std::string::npos) << "who asked is told";
    EXPECT_EQ(upstream->status().reason, "");
    own.say = [](const net::Request&) {
        return Said{
            .status = 500, .type = json, .pieces = {R"({"error":{"message":"cannot do 'my secret'"}})"}};
    };
    EXPECT_FALSE(loop.wait(read(request(true))));
    EXPECT_EQ(upstream->status().reason, "openai answered 500.");
}

TEST_F(Wired, AStreamThatIsWholeIsDoneAlsoWhereItsConnectionStaysOpen) {
    add("openai", "compatible");
    own.say = [](const net::Request&) {
        return Said{
            .pieces = {chunk(R"("content":"hi")"), chunk("", R"("stop")"),
                       "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1}}\n\n",
                       "data: [DONE]\n\n"},
            .then = Said::Then::silence};
    };
    const auto text = loop.wait(read(passing(true)));
    ASSERT_TRUE(text) << text.error().message;
    EXPECT_TRUE(text->ends_with("data: [DONE]\n\n"));
    EXPECT_EQ(only().outcome, Outcome::done);
    EXPECT_TRUE(only().usage_known);
}

TEST_F(Wired, AnAnswerOfManyBlocksTakesTimeInProportion) {
    add("anthropic", "anthropic");
    std::string blocks;
    for (int i = 0; i < 60'000; ++i)
        blocks += R"({"type":"thinking","thinking":"a"},{"type":"text","text":"b"},)";
    blocks.pop_back();
    own.say = [&](const net::Request&) {
        return Said{
            .type = json,
            .pieces = {R"({"content":[)" + blocks +
                       R"(],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":2}})"}};
    };
    auto asked = request(false);
    asked.model = "anthropic/m";
    const auto began = std::chrono::steady_clock::now();
    std::optional<Result<std::string>> answer;
    boost::asio::co_spawn(loop.io, store(read(std::move(asked)), &answer), boost::asio::detached);
    ASSERT_TRUE(comes([&] { return answer.has_value(); }));
    EXPECT_EQ((*answer)->size(), 60'000u);
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
}

TEST_F(Wired, WhatAClientsFieldsNeedGoesWithThemToAnthropicAlone) {
    add("anthropic", "anthropic");
    add("openai", "compatible");
    own.say = [](const net::Request&) { return Said{.status = 500}; };
    const auto beta_of = [&](ChatRequest asked) {
        asked.betas = "files-api-2025-04-14";
        (void)loop.wait(read(std::move(asked)));
        for (const auto& field : own.requests.back().headers)
            if (field.name == "anthropic-beta") return field.value;
        return std::string();
    };
    auto asked = request(true);
    asked.model = "anthropic/m";
    asked.wire = Wire::anthropic;
    EXPECT_EQ(beta_of(asked), "files-api-2025-04-14");
    asked.wire = Wire::openai;
    EXPECT_EQ(beta_of(asked), "");
    asked.wire = Wire::anthropic;
    asked.model = "openai/m";
    EXPECT_EQ(beta_of(asked), "");
}

// --- what it costs -----------------------------------------------------------------------------------------

TEST_F(Wired, WhoLeavesPaysForAllThatWasRead) {
    add("openai", "compatible");
    own.say = [](const net::Request&) {
        return Said{.pieces = {chunk(R"("content":"hi")")}, .then = Said::Then::silence};
    };
    auto asked = request(true, "");
    asked.messages.back().role = Role::tool;
    asked.messages.back().parts.push_back({.kind = PartKind::tool_result, .text = std::string(40'000, 'x')});
    loop.wait(leave_after(std::move(asked), 1));
    EXPECT_EQ(only().outcome, Outcome::aborted);
    EXPECT_GE(only().usage.prompt, 10'000u) << "a tool's result is read like words";
    EXPECT_GE(only().cost_micros.value_or(0), 10'000 * 1000);
}

TEST_F(Wired, WhatAProviderToldOfTheTokensBeforeItBrokeOffCounts) {
    add("anthropic", "anthropic");
    own.say = [](const net::Request&) {
        return Said{
            .pieces = {"event: message_start\ndata: "
                       "{\"type\":\"message_start\",\"message\":{\"id\":\"i\",\"usage\":"
                       "{\"input_tokens\":900,\"cache_read_input_tokens\":100,\"output_tokens\":1}}}\n\n",
                       "data: "
                       "{\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"hi\"}"
                       "}\n\n"},
            .then = Said::Then::breaks};
    };
    auto asked = request(true);
    asked.model = "anthropic/m";
    EXPECT_FALSE(loop.wait(read(std::move(asked))));
    EXPECT_EQ(only().outcome, Outcome::cut);
    EXPECT_EQ(only().usage.prompt, 1000u);
    EXPECT_EQ(only().usage.reused, 100u);
    EXPECT_FALSE(only().usage_known);
}

TEST_F(Wired, ACountThatCannotBeIsNoCount) {
    add("openai", "compatible");
    for (const std::string_view usage :
         {R"({"prompt_tokens":0,"completion_tokens":0})", R"({"prompt_tokens":-5,"completion_tokens":-1})",
          R"({"prompt_tokens":5000000000,"completion_tokens":5000000000})"}) {
        settled.clear();
        own.say = [&](const net::Request&) {
            return Said{.type = json, .pieces = {whole(usage, std::string(400, 'x'))}};
        };
        ASSERT_TRUE(loop.wait(read(request(false))));
        EXPECT_FALSE(only().usage_known) << usage;
        EXPECT_GE(only().usage.completion, 100u) << usage;
        EXPECT_GT(only().cost_micros.value_or(0), 0) << usage;
    }
}

TEST_F(Wired, WhatAnEarlierKeyMadeHalfOfIsPaidAndSetAsideAnew) {
    add("openai", "compatible", false);
    for (const char* key : {"one", "two", "three"})
        keep_key(secrets::pool_owner, key, "https://pool.example/v1");
    guarded.say = [n = 0](const net::Request&) mutable {
        if (n++ > 1)
            return Said{.type = json, .pieces = {whole(R"({"prompt_tokens":5,"completion_tokens":2})")}};
        return Said{.type = json,
                    .pieces = {whole("", std::string(8'000, 'x')).substr(0, 8'000)},
                    .then = Said::Then::breaks};
    };
    ASSERT_TRUE(loop.wait(read(passing(false))));
    EXPECT_EQ(guarded.requests.size(), 3u);
    ASSERT_EQ(planned.size(), 3u) << "each of them can cost all of it";
    ASSERT_EQ(settled.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) {
        const auto& one = settled[i];
        EXPECT_EQ(one.id, planned[i].id);
        EXPECT_EQ(one.outcome, i < 2 ? Outcome::cut : Outcome::done);
        if (i < 2) EXPECT_GE(one.usage.completion, 8'000u / 8 / 4);
        EXPECT_EQ(one.cost_micros, (std::int64_t{one.usage.prompt} + one.usage.completion) * 1000);
        EXPECT_EQ(one.usage_known, i == 2);
    }
    EXPECT_EQ(settled[2].usage.completion, 2u);
}

// A key that costs nothing before it fails leaves what was set aside to the next.
TEST_F(Wired, AKeyThatIsRefusedCostsNothing) {
    add("openai", "compatible", false);
    for (const char* key : {"one", "two"}) keep_key(secrets::pool_owner, key, "https://pool.example/v1");
    guarded.say = [n = 0](const net::Request&) mutable {
        if (n++ == 0) return Said{.status = 429, .type = json, .pieces = {"{}"}};
        return Said{.type = json, .pieces = {whole(R"({"prompt_tokens":5,"completion_tokens":2})")}};
    };
    ASSERT_TRUE(loop.wait(read(request(false))));
    EXPECT_EQ(planned.size(), 1u);
    EXPECT_EQ(only().outcome, Outcome::done);
}

// What a person's own server tells of itself would else use up the budgets of all.
TEST_F(Wired, AServerOfACallersOwnHasNoPriceHere) {
    add("openai", "compatible");
    keep_key(ann, "anns", "https://ann.example/v1");
    guarded.say = [](const net::Request&) {
        return Said{.type = json,
                    .pieces = {whole(R"({"prompt_tokens":4000000000,"completion_tokens":4000000000})")}};
    };
    ASSERT_TRUE(loop.wait(read(request(false))));
    EXPECT_FALSE(only().cost_micros);
    ASSERT_EQ(planned.size(), 1u);
    EXPECT_TRUE(planned[0].local) << "nothing is set aside for it";
    EXPECT_TRUE(own.requests.empty());
}

TEST_F(Wired, WhileACallersOwnServerRestsTheQuestionGoesNowhere) {
    add("openai", "compatible");
    keep_key(ann, "anns", "https://ann.example/v1");
    guarded.say = [](const net::Request&) { return Said{.status = 500, .type = json}; };
    own.say = [](const net::Request&) {
        return Said{.type = json, .pieces = {whole(R"({"prompt_tokens":1})")}};
    };
    EXPECT_FALSE(loop.wait(read(request(false))));
    const auto again = loop.wait(read(request(false)));
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Code::unavailable);
    EXPECT_EQ(guarded.requests.size(), 1u);
    EXPECT_TRUE(own.requests.empty()) << "not to the operator's, either";
}

// --- what one person's request does to the others ----------------------------------------------------------

Said forbidden(const net::Request& request) {
    if (request.body.find("\"dear\"") != request.body.npos)
        return Said{
            .status = 403,
            .type = json,
            .pieces = {R"({"error":{"message":"no access to model dear","code":"model_not_found"}})"}};
    return Said{.type = json, .pieces = {whole(R"({"prompt_tokens":1})")}};
}

TEST_F(Wired, AModelThatTheKeysMayNotUseTakesTheProviderFromNobody) {
    add("openai", "compatible", false);
    keep_key(secrets::pool_owner, "one", "https://pool.example/v1");
    keep_key(secrets::pool_owner, "two", "https://pool.example/v1");
    guarded.say = forbidden;
    auto bobs = request(false);
    bobs.payer.person = ids.make<UserId>(1).text();
    bobs.model = "openai/dear";
    const auto refused = loop.wait(read(std::move(bobs)));
    EXPECT_EQ(refused.error().type, "model-not-found");
    EXPECT_EQ(guarded.requests.size(), 2u) << "another key may be allowed it";
    const auto good = loop.wait(read(request(false)));
    EXPECT_TRUE(good) << good.error().message;
}

TEST_F(Wired, NorDoesItOpenTheBreakerOfTheOperatorsKey) {
    const auto upstream = add("openai", "compatible");
    own.say = forbidden;
    for (int i = 0; i < 6; ++i) {
        auto bobs = request(i % 2 == 0);
        bobs.model = "openai/dear";
        EXPECT_EQ(loop.wait(read(std::move(bobs))).error().type, "model-not-found");
    }
    const auto good = loop.wait(read(request(false)));
    EXPECT_TRUE(good) << good.error().message;
    EXPECT_EQ(upstream->status().reason, "");
}

// --- what passes through -----------------------------------------------------------------------------------

class Passes : public Wired {
protected:
    Passes() { add("openai", "openai"); }
    std::string passed_;  // all that came
    Task<Result<std::size_t>> pass(std::string path, std::string words = {}) {
        PassRequest asked;
        asked.path = std::move(path);
        asked.content_type = "application/json";
        asked.model = "openai/m";
        asked.before = R"({"model":)";
        asked.after = R"(,"input":")" + words + R"("})";
        asked.quoted = true;
        asked.payer.person = ann.text();
        asked.payer.role = "user";
        LARES_CO_TRY(auto passed, co_await gateway.pass(std::move(asked)));
        std::size_t bytes = 0;
        for (;;) {
            LARES_CO_TRY(const auto piece, co_await passed->next());
            if (!piece) co_return bytes;
            bytes += piece->size();
            passed_ += *piece;
        }
    }
};

TEST_F(Passes, WhatBreaksOffIsNotFree) {
    own.say = [](const net::Request&) {
        return Said{.type = "audio/mpeg", .pieces = {"half of it"}, .then = Said::Then::breaks};
    };
    EXPECT_FALSE(loop.wait(pass("/audio/speech")));
    EXPECT_EQ(only().outcome, Outcome::cut);
    EXPECT_GT(only().cost_micros.value_or(0), 0);
}

TEST_F(Wired, WhatPassesThroughFindsAzuresPlaces) {
    Upstream::Options options;
    options.name = "azure";
    options.kind = "azure";
    options.base_url = "https://r.openai.azure.com";
    options.key = SecretText("k");
    gateway.add(*Upstream::make(std::move(options), own, loop.clock));
    own.say = [](const net::Request&) { return Said{.type = json, .pieces = {"{}"}}; };
    PassRequest asked;
    asked.path = "/audio/transcriptions";
    asked.content_type = "multipart/form-data; boundary=x";
    asked.model = "azure/my whisper";
    asked.before = "--x";
    asked.payer.person = ann.text();
    ASSERT_TRUE(loop.wait(gateway.pass(std::move(asked))));
    EXPECT_EQ(own.requests.back().url,
              "https://r.openai.azure.com/openai/deployments/my%20whisper/audio/transcriptions"
              "?api-version=2024-10-21");
    loop.wait(gateway.refresh());
    EXPECT_EQ(own.requests.size(), 1u) << "what Azure lists are no deployments";
}

TEST_F(Passes, WhatIsWrittenIsSetAsideToo) {
    own.say = [](const net::Request&) { return Said{.type = json, .pieces = {"{}"}}; };
    ASSERT_TRUE(loop.wait(pass("/images/generations")));
    ASSERT_TRUE(loop.wait(pass("/audio/transcriptions")));
    EXPECT_GE(planned[0].completion, 10u * 6'240) << "ten pictures of the dearest kind";
    EXPECT_GT(planned[1].completion, 0u);
}

TEST_F(Passes, EventsShowNeitherKeyNorAddress) {
    const std::string_view word = "data: {\"type\":\"transcript.text.delta\",\"delta\":\"hi\"}\n\n";
    own.say = [&](const net::Request&) {
        return Said{.pieces = {std::string(word) + "data: {\"error\":{\"message\":\"key oper",
                               "ators at db.internal:5432\"}}\n", "\ndata: {\"x\":\"db.internal:5432\"}"}};
    };
    ASSERT_TRUE(loop.wait(pass("/audio/transcriptions")));
    EXPECT_EQ(passed_, std::string(word) + "data: {\"error\":{\"message\":\"key [key] at […]\"}}\n\n" +
                           "data: {\"x\":\"db.internal:5432\"}\n\n")
        << "what is no error stays as it is";
    EXPECT_EQ(only().outcome, Outcome::done);
}

TEST_F(Passes, SpeechThatNobodyCountedIsNotFree) {
    const std::string words(1'000, 'x');
    for (const std::size_t bytes : {std::size_t{6}, std::size_t{8'000 * 300}}) {
        settled.clear();
        own.say = [&](const net::Request&) {
            return Said{.type = "audio/mpeg", .pieces = {std::string(bytes, 's')}};
        };
        ASSERT_TRUE(loop.wait(pass("/audio/speech", words)));
        EXPECT_FALSE(only().usage_known);
        // A thousand letters take over a minute to say; 300 s of sound are 6,000 tokens.
        EXPECT_GE(only().usage.completion, bytes == 6 ? 2'000u : 6'000u);
        EXPECT_LE(only().usage.completion, planned.back().completion) << "what was set aside holds";
        EXPECT_EQ(only().usage.prompt, (planned.back().prompt + 3) / 4) << "four bytes a token";
        EXPECT_EQ(only().cost_micros, (std::int64_t{only().usage.prompt} + only().usage.completion) * 1000);
    }
}

TEST_F(Passes, WhatIsToldAsTextIsCountedAsText) {
    own.say = [&](const net::Request&) {
        return Said{.type = "text/plain", .pieces = {std::string(400, 'w')}};
    };
    ASSERT_TRUE(loop.wait(pass("/audio/transcriptions", std::string(400'000, 's'))));
    EXPECT_EQ(only().usage.completion, 100u);
    EXPECT_GT(only().usage.prompt, 100'000u);
    EXPECT_LT(only().usage.prompt, 100'100u);
    settled.clear();
    own.say = [&](const net::Request&) {
        return Said{.type = "text/plain", .pieces = {std::string(400, 'w')}, .then = Said::Then::breaks};
    };
    EXPECT_FALSE(loop.wait(pass("/audio/transcriptions")));
    EXPECT_EQ(only().outcome, Outcome::cut);
    EXPECT_EQ(only().usage.completion, 100u);
    settled.clear();
    own.say = [&](const net::Request&) { return Said{.type = json, .pieces = {R"({"data":[]})"}}; };
    ASSERT_TRUE(loop.wait(pass("/images/generations")));
    EXPECT_EQ(only().usage.completion, planned.back().completion) << "a picture's bytes tell nothing";
}

TEST_F(Passes, WhatALongAnswerTookStandsAtItsEnd) {
    own.say = [](const net::Request&) {
        return Said{
            .type = json,
            .pieces = {
                R"({"data":[{"b64_json":")", std::string(700'000, 'A'), std::string(700'000, 'B'),
                R"("}],"us)",
                R"(age": {"input_tokens":50,"output_tokens":4160,"input_tokens_details":{"text_tokens":50}}})"}};
    };
    ASSERT_TRUE(loop.wait(pass("/images/generations")));
    EXPECT_TRUE(only().usage_known);
    EXPECT_EQ(only().usage.prompt, 50u);
    EXPECT_EQ(only().usage.completion, 4160u);
    settled.clear();
    own.say = [](const net::Request&) {
        return Said{.pieces = {"data: {\"type\":\"transcript.text.delta\",\"delta\":\"hi\"}\n\n",
                               "data: "
                               "{\"type\":\"transcript.text.done\",\"text\":\"hi\",\"usage\":{\"input_"
                               "tokens\":14,\"output_tokens\":3}}\n\n"}};
    };
    ASSERT_TRUE(loop.wait(pass("/audio/transcriptions")));
    EXPECT_EQ(only().usage.completion, 3u);
}

TEST(PassedUsage, IsNotTakenFromWords) {
    EXPECT_FALSE(usage_of_tail(R"(a \"usage\": {\"input_tokens\":1}"}])"));
    EXPECT_FALSE(usage_of_tail(R"("usage")"));
    EXPECT_FALSE(usage_of_tail(R"("usage":{"input_tokens":1)"));
    EXPECT_FALSE(usage_of_tail(R"("usage":[1])"));
    EXPECT_EQ(usage_of_tail(R"("usage" : {"prompt_tokens":1,"completion_tokens":2}})")->completion, 2u);
}

}  // namespace
}  // namespace lares::gateway
