#pragma once
// llama.cpp's context and its KV cache, as the executor sees them: a batch, sequences, and their state in
// slices.
#include <cstdint>
#include <functional>
#include <memory>

#include "engine/llm/kv_store.h"
#include "engine/llm/team.h"
#include "engine/llm/thread_count.h"
#include "engine/llm/types.h"

struct llama_context;

namespace lares::engine::llm {

// Sizes that follow from the options, the model and the machine.
struct Plan {
    std::uint32_t threads, batch_threads, chunk, context, cells, batch, sequences;
    std::uint64_t cell_bytes;
    std::uint64_t scores_bytes;  // what attention computes in; 0: it keeps no scores
    bool flash_attention;
};
Plan make_plan(const Options& options, const Model& model);

class Context {
public:
    static Result<std::unique_ptr<Context>> make(std::shared_ptr<const Model> model, const Plan& plan);
    ~Context();

    // The batch of the next step.
    void add(Token token, std::size_t position, int sequence, bool wants_logits);
    std::size_t batch_size() const;
    // False: nothing of the batch is to be relied on in the cache. `given_up`, where there is one, is asked
    // all the time whether to leave off.
    bool decode(const std::function<bool()>& given_up = {});
    const float* logits(std::size_t index) const;  // index in the batch; after decode()

    void remove(int sequence);  // whole
    // Keeps the positions below `length`. False: that cannot be done, the sequence is empty now.
    bool truncate(int sequence, std::size_t length);
    // Shares the first positions with another sequence; they cost no cells. False: the target is empty.
    bool share(int from, int to, std::size_t length);

    // The positions begin..end of a sequence, all of them present. Null: they cannot be had.
    std::shared_ptr<const Slice> save(int sequence, std::size_t begin, std::size_t end);
    bool restore(int sequence, const Slice& slice);  // adds it to what the sequence holds
    void clear();                                    // everything

private:
    explicit Context(const Plan& plan);
    bool complete(int sequence,
                  std::size_t length) const;  // what attention at `length` will look at is there
    std::shared_ptr<const Model> model_;
    ::llama_context* context_ = nullptr;
    int scratch_ = 0;  // a sequence for moving slices
    ThreadCount one_token_, batches_;
    Team team_;
    std::size_t window_ = 0;  // of sliding attention; 0: none
    struct Batch;
    std::unique_ptr<Batch> batch_;
};

}  // namespace lares::engine::llm
