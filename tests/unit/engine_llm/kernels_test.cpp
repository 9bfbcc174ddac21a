// What deps/llama adds to ggml, against the code of ggml that it stands in for: equal to the last bit.
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include <ggml-backend.h>
#include <ggml-cpu.h>
#include <ggml.h>
#include <gtest/gtest.h>

#include "engine/llm/backend.h"

namespace lares::engine::llm {
namespace {

constexpr float untouched = 12345;

// One graph in memory of its own, where nothing is laid over anything else unless a test says so.
class Graph {
public:
    Graph() : context_(ggml_init({std::size_t{400} << 20, nullptr, false})) { backend::prepare(); }
    ~Graph() { ggml_free(context_); }
    Graph(const Graph&) = delete;
    Graph& operator=(const Graph&) = delete;
    ggml_context* operator*() const { return context_; }

    ggml_tensor* numbers(ggml_type type, std::int64_t a, std::int64_t b, std::int64_t c = 1) {
        auto* tensor = ggml_new_tensor_3d(context_, type, a, b, c);
        std::vector<float> values(static_cast<std::size_t>(ggml_nelements(tensor)));
        for (auto& value : values) value = normal_(random_);
        ggml_quantize_chunk(type, values.data(), tensor->data, 0, b * c, a, nullptr);
        return tensor;
    }

    void compute(ggml_tensor* result, int threads, bool as_ggml_does) {
        auto* graph = ggml_new_graph(context_);
        ggml_build_forward_expand(graph, result);
        auto* device = ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU);
        auto* registry = ggml_backend_dev_backend_reg(device);
        auto* backend = ggml_backend_dev_init(device, nullptr);
        const auto call = [&](const char* name) { return ggml_backend_reg_get_proc_address(registry, name); };
        reinterpret_cast<ggml_backend_set_n_threads_t>(call("ggml_backend_set_n_threads"))(backend, threads);
        reinterpret_cast<void (*)(ggml_backend_t, bool)>(call("ggml_backend_cpu_set_use_ref"))(backend,
                                                                                               as_ggml_does);
        EXPECT_EQ(ggml_backend_graph_compute(backend, graph), GGML_STATUS_SUCCESS);
        ggml_backend_free(backend);
    }

private:
    ggml_context* context_;
    std::mt19937 random_{7};
    std::normal_distribution<float> normal_;
};

bool has_the_instructions() {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vnni");
}

std::vector<std::uint32_t> bits_of(const ggml_tensor* tensor) {
    std::vector<std::uint32_t> bits(static_cast<std::size_t>(ggml_nelements(tensor)));
    std::memcpy(bits.data(), tensor->data, ggml_nbytes(tensor));
    return bits;
}

struct Size {
    std::int64_t tokens, cells, head, heads, heads_kv;
};

// As llama.cpp writes it without fused attention. `fused`: the scores were never stored.
std::vector<std::uint32_t> attention(const Size& size, int threads, bool as_ggml_does,
                                     bool* fused = nullptr) {
    Graph graph;
    const std::int64_t room = size.cells + 64;  // the cache has more cells than are looked at
    auto* k =
        ggml_permute(*graph, graph.numbers(GGML_TYPE_F16, size.head, size.heads_kv, size.cells), 0, 2, 1, 3);
    auto* all_v = graph.numbers(GGML_TYPE_F16, room, size.head, size.heads_kv);
    auto* v =
        ggml_view_3d(*graph, all_v, size.cells, size.head, size.heads_kv, all_v->nb[1], all_v->nb[2], 0);
    auto* q = ggml_scale(*graph, graph.numbers(GGML_TYPE_F32, size.head, size.heads, size.tokens), 0.7F);
    auto* mask = ggml_new_tensor_2d(*graph, GGML_TYPE_F32, size.cells, size.tokens);
    for (std::int64_t t = 0; t < size.tokens; ++t)
        for (std::int64_t c = 0; c < size.cells; ++c) {
            const bool seen = c + size.tokens <= size.cells + t && (c / 7 + t) % 11 != 3;
            static_cast<float*>(mask->data)[t * size.cells + c] = seen ? 0 : -INFINITY;
        }
    auto* scores = ggml_mul_mat(*graph, k, ggml_permute(*graph, q, 0, 2, 1, 3));
    for (std::int64_t i = 0; i < ggml_nelements(scores); ++i)
        static_cast<float*>(scores->data)[i] = untouched;
    auto* shares = ggml_soft_max_ext(*graph, scores, mask, 0.125F, 0);
    auto* values = ggml_mul_mat(*graph, v, shares);
    values->data = q->data;  // llama.cpp's allocator puts it there: nobody reads the queries afterwards
    graph.compute(values, threads, as_ggml_does);
    if (fused) *fused = static_cast<float*>(scores->data)[0] == untouched;
    return bits_of(values);
}

TEST(Kernels, AttentionEqualsThatOfGgmlToTheLastBit) {
    for (const Size size : {Size{49, 1024, 64, 9, 3}, Size{4, 1536, 64, 9, 3}, Size{7, 4352, 64, 9, 3},
                            Size{130, 512, 64, 9, 3}, Size{33, 4096, 256, 4, 1}, Size{12, 2000, 128, 8, 8},
                            Size{16, 1024, 80, 6, 2}}) {
        const auto wanted = attention(size, 2, true);
        for (const int threads : {1, 2, 3}) {
            bool fused = false;
            EXPECT_TRUE(attention(size, threads, false, &fused) == wanted)
                << size.tokens << " tokens, " << size.cells << " cells, " << threads << " threads";
            EXPECT_EQ(fused, has_the_instructions()) << size.tokens << " " << threads;
        }
    }
}

TEST(Kernels, FewTokensAreLeftToGgml) {
    bool fused = true;
    const auto wanted = attention({2, 512, 64, 9, 3}, 1, true);
    EXPECT_TRUE(attention({2, 512, 64, 9, 3}, 1, false, &fused) == wanted);
    EXPECT_FALSE(fused);
}

std::vector<std::uint32_t> product(std::int64_t inputs, std::int64_t outputs, std::int64_t tokens,
                                   int threads, bool as_ggml_does) {
    Graph graph;
    auto* weights = graph.numbers(GGML_TYPE_Q4_1, inputs, outputs);
    auto* result = ggml_mul_mat(*graph, weights, graph.numbers(GGML_TYPE_F32, inputs, tokens));
    graph.compute(result, threads, as_ggml_does);
    return bits_of(result);
}

TEST(Kernels, WeightsInFourBitsEqualThoseOfGgmlToTheLastBit) {
    for (const std::int64_t tokens : {1, 4, 5, 6, 7, 49, 128})
        for (const auto& [inputs, outputs] :
             {std::pair{576, 1536}, std::pair{1536, 576}, std::pair{576, 192}, std::pair{64, 20}}) {
            const auto wanted = product(inputs, outputs, tokens, 2, true);
            for (const int threads : {1, 2, 3}) {
                if (threads == 3 && tokens != 7 && tokens != 49)
                    continue;  // each waits for all, on two processors
                EXPECT_TRUE(product(inputs, outputs, tokens, threads, false) == wanted)
                    << inputs << " to " << outputs << ", " << tokens << " tokens, " << threads << " threads";
            }
        }
}

}  // namespace
}  // namespace lares::engine::llm
