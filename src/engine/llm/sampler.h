#pragma once
// Chooses the next token from the logits: greedy, or top-k → repeat penalty → top-p → min-p → temperature →
// draw.
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "engine/llm/types.h"

struct llama_sampler;

namespace lares::engine::llm {

class Sampler {
public:
    Sampler(std::shared_ptr<const Model> model, Sampling sampling, const std::string& grammar);
    ~Sampler();

    // logits: one per token of the vocabulary. Errors: internal "grammar-failed".
    Result<Token> sample(const float* logits);

private:
    struct Candidates;
    Token choose(const float* logits, bool constrained);
    bool allowed(Token token) const;

    std::shared_ptr<const Model> model_;
    Sampling sampling_;
    ::llama_sampler* chain_ = nullptr;    // null: greedy
    ::llama_sampler* grammar_ = nullptr;  // null: free
    std::unique_ptr<Candidates> candidates_;
};

}  // namespace lares::engine::llm
