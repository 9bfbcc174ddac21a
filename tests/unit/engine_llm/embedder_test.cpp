#include "engine/llm/embedder.h"

#include <cmath>
#include <filesystem>
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/llm/gguf.h"
#include "engine/llm/models.h"
#include "tests/unit/engine_llm/support.h"

namespace lares::engine::llm {
namespace {

using testing::HasSubstr;

std::string encoder() {
    for (const auto& folder : bundled_embedding_folders())
        for (std::error_code none; const auto& entry : std::filesystem::directory_iterator(folder, none))
            return entry.path().string();
    return {};
}

// Its own, so that a test that fails does not hold what others wait for.
struct Asked {
    std::shared_ptr<std::promise<Result<Embedded>>> promise =
        std::make_shared<std::promise<Result<Embedded>>>();
    std::unique_ptr<Embedder::Ticket> ticket;
    Result<Embedded> result() { return promise->get_future().get(); }
};

Asked submit(Embedder& embedder, EmbedJob job) {
    Asked asked;
    auto ticket = embedder.submit(std::move(job), [promise = asked.promise](Result<Embedded> result) {
        promise->set_value(std::move(result));
    });
    if (ticket)
        asked.ticket = std::move(*ticket);
    else
        asked.promise->set_value(fail(ticket.error()));
    return asked;
}

Result<Embedded> embed(Embedder& embedder, std::vector<EmbedJob::Input> inputs, bool truncate = false) {
    return submit(embedder, {std::move(inputs), truncate}).result();
}

double cosine(const Embedded& e, std::size_t a, std::size_t b) {
    double sum = 0;
    for (std::size_t i = 0; i < e.dimensions; ++i)
        sum += static_cast<double>(e.values[a * e.dimensions + i]) * e.values[b * e.dimensions + i];
    return sum;
}

TEST(Embedder, MeansWhatTheModelsOwnWeightsMean) {
    Embedder embedder(encoder());
    EXPECT_EQ(embedder.status().state, State::empty);
    const auto made = embed(embedder, {"The cat is sleeping on the sofa.", "A kitten naps on the couch.",
                                       "The stock market fell sharply today."})
                          .value();
    EXPECT_EQ(embedder.status().state, State::ready);
    ASSERT_EQ(made.dimensions, 384u);
    ASSERT_EQ(made.values.size(), 3u * 384u);
    // The first numbers of the same weights, computed by numpy in 32 bits.
    EXPECT_NEAR(made.values[0], 0.15147, 2e-4);
    EXPECT_NEAR(made.values[1], -0.08359, 2e-4);
    EXPECT_NEAR(made.values[2], -0.03303, 2e-4);
    EXPECT_NEAR(cosine(made, 0, 1), 0.698, 2e-3);
    EXPECT_NEAR(cosine(made, 0, 2), -0.024, 2e-3);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(cosine(made, i, i), 1, 1e-5);
    EXPECT_EQ(made.tokens, 10u + 10u + 9u);
}

TEST(Embedder, AVectorDoesNotDependOnItsNeighbours) {
    Embedder embedder(encoder());
    const auto alone = embed(embedder, {"What is my favourite colour?"}).value();
    std::vector<EmbedJob::Input> many;
    for (unsigned i = 0; i < 70; ++i) many.emplace_back(test::words(3 + i * 5 % 90, i));
    many[41] = "What is my favourite colour?";
    const auto crowd = embed(embedder, many).value();
    double sum = 0;
    for (std::size_t i = 0; i < 384; ++i)
        sum += static_cast<double>(alone.values[i]) * crowd.values[41 * 384 + i];
    EXPECT_NEAR(sum, 1, 1e-4);
}

TEST(Embedder, TokensOrTextAreTheSame) {
    Embedder embedder(encoder());
    const auto made = embed(embedder, {"hello world", std::vector<Token>{7592, 2088}}).value();
    EXPECT_NEAR(cosine(made, 0, 1), 1, 1e-5);
    EXPECT_EQ(made.tokens, 8u);
    const auto wrong = embed(embedder, {"hello", std::vector<Token>{7592, 99999}});
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().field, "input[1]");
}

TEST(Embedder, WhatIsTooLongIsRefusedOrCut) {
    Embedder embedder(encoder());
    const auto refused = embed(embedder, {"short", test::words(700)});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().type, "context-overflow");
    EXPECT_THAT(refused.error().message, HasSubstr("512 tokens, but input[1] has"));
    const auto cut = embed(embedder, {test::words(700)}, true).value();
    EXPECT_EQ(cut.tokens, 512u);
    EXPECT_NEAR(cosine(cut, 0, 0), 1, 1e-5);
}

TEST(Embedder, BoundsOfARequest) {
    Embedder embedder(encoder(), {.queue_max = 1, .inputs_max = 4, .tokens_max = 20});
    EXPECT_EQ(embed(embedder, {}).error().field, "input");
    EXPECT_EQ(embed(embedder, {"a", "b", "c", "d", "e"}).error().field, "input");
    EXPECT_EQ(embed(embedder, {test::words(30)}).error().field, "input");
    EXPECT_TRUE(embed(embedder, {"a", "b", "c", "d"}));
}

TEST(Embedder, AShortQuestionDoesNotWaitForALibrary) {
    Embedder embedder(encoder());
    std::vector<EmbedJob::Input> library;
    for (unsigned i = 0; i < 200; ++i) library.emplace_back(test::words(60, i));
    auto slow = submit(embedder, {library, false});
    const auto before = embedder.status().steps;
    ASSERT_TRUE(submit(embedder, {{"a question"}, false}).result());
    // Its turn comes in the batch after the one under way, though some twenty are left of the library.
    EXPECT_LE(embedder.status().steps, before + 3);
    ASSERT_TRUE(slow.result());
    EXPECT_GT(embedder.status().steps, before + 15);
}

TEST(Embedder, WhoLeavesIsNotWorkedFor) {
    Embedder embedder(encoder());
    std::vector<EmbedJob::Input> library;
    for (unsigned i = 0; i < 400; ++i) library.emplace_back(test::words(60, i));
    submit(embedder, {library, false}).ticket.reset();
    ASSERT_TRUE(embed(embedder, {"after that"}));
    EXPECT_LE(embedder.status().steps, 3u);
}

TEST(Embedder, IsDroppedWhenNobodyAsks) {
    Embedder embedder(encoder(), {.keep = std::chrono::milliseconds(20)});
    ASSERT_TRUE(embed(embedder, {"once"}));
    while (embedder.status().state != State::empty) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_TRUE(embed(embedder, {"and again"}));
}

TEST(Embedder, AnotherKindOfModelIsRefused) {
    Embedder chat(test::weights());
    const auto refused = embed(chat, {"hello"});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().type, "model-broken");
    Embedder none("/nowhere.gguf");
    EXPECT_FALSE(embed(none, {"hello"}));
}

TEST(Embedder, ItsFileIsKnownByItsHead) {
    const auto info = read_gguf(encoder()).value();
    EXPECT_TRUE(info.embeds);
    EXPECT_EQ(info.architecture, "bert");
    EXPECT_EQ(info.licence, "apache-2.0");
    EXPECT_EQ(info.context, 512u);
    EXPECT_FALSE(read_gguf(test::weights()).value().embeds);
    // Never chosen to speak.
    EXPECT_EQ(Models("/nowhere", bundled_embedding_folders()).choose("").error().type, "model-missing");
}

}  // namespace
}  // namespace lares::engine::llm
