#include "engine/llm/context.h"

#include <cmath>

#include <gtest/gtest.h>

#include "tests/unit/engine_llm/support.h"

namespace lares::engine::llm {
namespace {

using Logits = std::vector<float>;

struct Bench {
    explicit Bench(unsigned threads = 0) {
        model = Model::load(test::weights(), [](float) { return true; }).value();
        Options options;
        options.context = 1024;
        options.batch_threads = threads;
        options.kv_ram_bytes = 2ull * 23040 * 2048;
        context = Context::make(model, make_plan(options, *model)).value();
    }
    std::vector<Token> prompt(const std::string& text) const {
        return model->prompt(test::chat(text), 0).value().tokens;
    }
    void add(const std::vector<Token>& tokens, int sequence, std::size_t from = 0) {
        for (std::size_t i = from; i < tokens.size(); ++i)
            context->add(tokens[i], i, sequence, i + 1 == tokens.size());
    }
    Logits logits(std::size_t index) const {
        const float* raw = context->logits(index);
        return {raw, raw + model->vocabulary()};
    }
    Logits alone(const std::vector<Token>& tokens) {
        context->clear();
        add(tokens, 0);
        EXPECT_TRUE(context->decode());
        return logits(tokens.size() - 1);
    }
    std::shared_ptr<const Model> model;
    std::unique_ptr<Context> context;
};

// 1: the same direction. Batches round differently, other contents would be far off.
double likeness(const Logits& a, const Logits& b) {
    double ab = 0, aa = 0, bb = 0;
    const double mean_a = std::accumulate(a.begin(), a.end(), 0.0) / static_cast<double>(a.size());
    const double mean_b = std::accumulate(b.begin(), b.end(), 0.0) / static_cast<double>(b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        ab += (a[i] - mean_a) * (b[i] - mean_b);
        aa += (a[i] - mean_a) * (a[i] - mean_a);
        bb += (b[i] - mean_b) * (b[i] - mean_b);
    }
    return ab / std::sqrt(aa * bb);
}

constexpr double same = 0.999, other = 0.99;

TEST(Context, SequencesOfOneBatchDoNotSeeEachOther) {
    Bench bench;
    const auto a = bench.prompt("Tell me about bread."), b = bench.prompt("Why is the sea salt?");
    const auto alone_a = bench.alone(a), alone_b = bench.alone(b);
    ASSERT_LT(likeness(alone_a, alone_b), other);
    bench.context->clear();
    bench.add(a, 3);
    bench.add(b, 5);
    ASSERT_TRUE(bench.context->decode());
    EXPECT_GT(likeness(alone_a, bench.logits(a.size() - 1)), same);
    EXPECT_GT(likeness(alone_b, bench.logits(a.size() + b.size() - 1)), same);
}

// While other work goes on fewer threads compute; answers with a seed have to repeat all the same.
TEST(Context, TheNumberOfThreadsChangesNothing) {
    Bench one(1), two(2);
    for (const std::size_t length : {20u, 49u, 130u}) {
        auto tokens = one.prompt(test::words(200));
        tokens.resize(length);
        EXPECT_EQ(one.alone(tokens), two.alone(tokens)) << length;
    }
}

TEST(Context, SlicesRestoreWhatWasSaved) {
    Bench bench;
    auto tokens = bench.prompt("Remember these: " + test::words(60));
    const auto expected = bench.alone(tokens);
    const std::size_t middle = tokens.size() / 2, end = tokens.size() - 1;
    const auto first = bench.context->save(0, 0, middle), second = bench.context->save(0, middle, end);
    ASSERT_TRUE(first && second);
    bench.alone(bench.prompt("Something else entirely, to overwrite what was there. " + test::words(80, 3)));
    ASSERT_TRUE(bench.context->restore(7, *first));
    ASSERT_TRUE(bench.context->restore(7, *second));
    ASSERT_TRUE(bench.context->truncate(7, end));
    bench.add(tokens, 7, end);
    ASSERT_TRUE(bench.context->decode());
    EXPECT_GT(likeness(expected, bench.logits(0)), same);
    // A hole is noticed: the second slice alone is no prefix.
    bench.context->remove(7);
    ASSERT_TRUE(bench.context->restore(7, *second));
    EXPECT_FALSE(bench.context->truncate(7, end));
}

TEST(Context, DamagedSliceIsRefused) {
    Bench bench;
    bench.alone(bench.prompt("Hello"));
    const auto slice = bench.context->save(0, 0, 8);
    ASSERT_TRUE(slice);
    Slice half;
    half.begin = 0, half.end = 8;
    half.data = Pages::make(slice->data.size() / 2);
    std::copy_n(slice->data.data(), half.data.size(), half.data.data());
    EXPECT_FALSE(bench.context->restore(1, half));
    EXPECT_FALSE(bench.context->save(0, 0, 5000));  // positions that are not there
}

TEST(Context, SharedPositionsServeBoth) {
    Bench bench;
    const auto a = bench.prompt("One question."), b = bench.prompt("A different question, isn't it?");
    const auto expected = bench.alone(b);
    std::size_t common = 0;
    while (a[common] == b[common]) ++common;
    bench.alone(a);
    ASSERT_TRUE(bench.context->share(0, 1, common));
    bench.context->remove(0);
    bench.add(b, 1, common);
    ASSERT_TRUE(bench.context->decode());
    EXPECT_GT(likeness(expected, bench.logits(b.size() - common - 1)), same);
}

}  // namespace
}  // namespace lares::engine::llm
