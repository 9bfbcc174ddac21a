#include "engine/llm/sampler.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <random>

#include <llama.h>

#include "engine/llm/model.h"

namespace lares::engine::llm {
namespace {

constexpr std::int32_t penalty_window = 64;  // generated tokens that the repeat penalty looks back at

// The first of the greatest. Lanes of their own, so that the compiler may use vector instructions.
Token greatest(const float* logits, std::size_t count) {
    constexpr std::size_t lanes = 32;
    std::array<float, lanes> most;
    most.fill(-std::numeric_limits<float>::infinity());
    std::size_t i = 0;
    for (; i + lanes <= count; i += lanes)
        for (std::size_t k = 0; k < lanes; ++k) most[k] = logits[i + k] > most[k] ? logits[i + k] : most[k];
    float top = *std::ranges::max_element(most);
    for (; i < count; ++i) top = std::max(top, logits[i]);
    const auto found = static_cast<std::size_t>(std::find(logits, logits + count, top) - logits);
    return static_cast<Token>(found < count ? found : 0);  // not found: no logit is a number
}

}  // namespace

struct Sampler::Candidates {
    std::vector<llama_token_data> data;

    // The k best by a heap of its own: the vocabulary is scanned once and never copied.
    void best(const float* logits, std::size_t vocabulary, std::size_t k) {
        const auto worse = [](const llama_token_data& a, const llama_token_data& b) {
            return a.logit > b.logit;
        };
        data.clear();
        std::size_t i = 0;
        for (; i < k; ++i) data.push_back({static_cast<llama_token>(i), logits[i], 0});
        std::make_heap(data.begin(), data.end(), worse);
        float least = data.front().logit;
        for (; i < vocabulary; ++i) {
            if (logits[i] <= least) continue;
            std::pop_heap(data.begin(), data.end(), worse);
            data.back() = {static_cast<llama_token>(i), logits[i], 0};
            std::push_heap(data.begin(), data.end(), worse);
            least = data.front().logit;
        }
        std::sort_heap(data.begin(), data.end(), worse);
    }

    void all(const float* logits, std::size_t vocabulary) {
        data.clear();
        for (std::size_t i = 0; i < vocabulary; ++i)
            data.push_back({static_cast<llama_token>(i), logits[i], 0});
    }

    void keep_best(std::size_t k) {
        const auto better = [](const llama_token_data& a, const llama_token_data& b) {
            return a.logit > b.logit;
        };
        std::erase_if(data, [](const llama_token_data& entry) { return std::isinf(entry.logit); });
        k = std::min(k, data.size());
        std::partial_sort(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(k), data.end(), better);
        data.resize(k);
    }
};

Sampler::Sampler(std::shared_ptr<const Model> model, Sampling sampling, const std::string& grammar)
    : model_(std::move(model)), sampling_(sampling), candidates_(std::make_unique<Candidates>()) {
    if (!grammar.empty())
        grammar_ = llama_sampler_init_grammar(model_->vocabulary_handle(), grammar.c_str(), "root");
    if (sampling_.temperature <= 0) return;
    auto parameters = llama_sampler_chain_default_params();
    parameters.no_perf = true;
    chain_ = llama_sampler_chain_init(parameters);
    const auto vocabulary = static_cast<std::int32_t>(model_->vocabulary());
    if (sampling_.repeat_penalty != 1)
        llama_sampler_chain_add(
            chain_, llama_sampler_init_penalties(vocabulary, penalty_window,
                                                 static_cast<float>(sampling_.repeat_penalty), 0, 0));
    if (sampling_.top_p < 1)
        llama_sampler_chain_add(chain_, llama_sampler_init_top_p(static_cast<float>(sampling_.top_p), 1));
    if (sampling_.min_p > 0)
        llama_sampler_chain_add(chain_, llama_sampler_init_min_p(static_cast<float>(sampling_.min_p), 1));
    llama_sampler_chain_add(chain_, llama_sampler_init_temp(static_cast<float>(sampling_.temperature)));
    llama_sampler_chain_add(chain_, llama_sampler_init_dist(sampling_.seed.value_or(std::random_device{}())));
}

Sampler::~Sampler() {
    if (chain_) llama_sampler_free(chain_);
    if (grammar_) llama_sampler_free(grammar_);
}

bool Sampler::allowed(Token token) const {
    llama_token_data one{token, 1, 0};
    llama_token_data_array array{&one, 1, -1, false};
    llama_sampler_apply(grammar_, &array);
    return !std::isinf(one.logit);
}

// constrained: the grammar looks at the whole vocabulary first.
Token Sampler::choose(const float* logits, bool constrained) {
    const std::size_t vocabulary = model_->vocabulary();
    if (!chain_ && !constrained) return greatest(logits, vocabulary);
    const std::size_t wanted =
        !chain_               ? 1
        : sampling_.top_k > 0 ? std::min<std::size_t>(static_cast<std::size_t>(sampling_.top_k), vocabulary)
                              : vocabulary;
    if (constrained) {
        candidates_->all(logits, vocabulary);
        llama_token_data_array array{candidates_->data.data(), candidates_->data.size(), -1, false};
        llama_sampler_apply(grammar_, &array);
        candidates_->keep_best(wanted);
    } else if (wanted < vocabulary) {
        candidates_->best(logits, vocabulary, wanted);
    } else {
        candidates_->all(logits, vocabulary);
    }
    auto& data = candidates_->data;
    if (data.empty()) return LLAMA_TOKEN_NULL;
    if (!chain_) return data.front().id;
    llama_token_data_array array{data.data(), data.size(), -1, wanted < vocabulary};
    llama_sampler_apply(chain_, &array);
    return array.selected >= 0 ? array.data[array.selected].id : LLAMA_TOKEN_NULL;
}

Result<Token> Sampler::sample(const float* logits) {
    try {
        Token token = choose(logits, false);
        // The grammar is asked about the whole vocabulary only when it refuses the first choice.
        if (grammar_ && !allowed(token)) token = choose(logits, true);
        if (token == LLAMA_TOKEN_NULL)
            return fail(Code::internal, "grammar-failed",
                        "The model found no token that the JSON schema allows.");
        if (chain_) llama_sampler_accept(chain_, token);
        if (grammar_ && !model_->ends_turn(token)) llama_sampler_accept(grammar_, token);
        return token;
    } catch (const std::exception& problem) {
        auto error = fail(Code::internal, "grammar-failed", "The JSON schema could not be followed.");
        error.value().detail = problem.what();
        return error;
    }
}

}  // namespace lares::engine::llm
