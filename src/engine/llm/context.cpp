#include "engine/llm/context.h"

#include <algorithm>
#include <thread>

#include <llama.h>

#include "engine/llm/model.h"

namespace lares::engine::llm {
namespace {

constexpr std::uint32_t cells_max = 1u << 17;
constexpr std::uint32_t smallest_context = 4096;  // has cells even when the budget says less
// Attention that keeps its scores is up to three times faster here for the few new tokens of a later turn
// (docs/decisions/0046); its scores must fit into memory, though.
constexpr std::uint64_t scores_bytes_max = 256ull << 20;

}  // namespace

Plan make_plan(const Options& options, const Model& model) {
    Plan plan{};
    const std::uint32_t cores = std::max(std::thread::hardware_concurrency(), 1u);
    plan.threads = options.threads > 0 ? options.threads : cores <= 2 ? 1 : std::min(cores / 2, 4u);
    plan.batch_threads = options.batch_threads > 0 ? options.batch_threads : std::min(cores, 16u);
    plan.chunk = std::clamp(options.chunk, 8u, 2048u);
    plan.cell_bytes = std::max<std::uint64_t>(model.bytes_per_cell(), 1);
    const std::uint32_t trained = model.trained_context();
    const std::uint32_t wanted = options.context > 0 ? std::min(options.context, trained) : trained;
    const std::uint64_t affordable = options.kv_ram_bytes / 2 / plan.cell_bytes;
    const std::uint64_t cells =
        std::clamp<std::uint64_t>(affordable, std::min(wanted, smallest_context), cells_max);
    plan.cells = static_cast<std::uint32_t>((cells + 255) / 256 * 256);
    plan.context = std::min(wanted, plan.cells);
    plan.batch = plan.chunk + options.live_max;
    plan.scores_bytes = std::uint64_t{plan.cells} * plan.batch * model.attention_heads() * sizeof(float);
    plan.flash_attention = plan.scores_bytes > scores_bytes_max;
    if (plan.flash_attention) plan.scores_bytes = 0;
    // Live chats, as many that have just ended and are being saved, and one for moving slices.
    plan.sequences = std::min<std::uint32_t>(2 * options.live_max + 1, 256);
    return plan;
}

struct Context::Batch {
    explicit Batch(std::int32_t capacity) : raw(llama_batch_init(capacity, 0, 1)) {}
    ~Batch() { llama_batch_free(raw); }
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;
    llama_batch raw;
};

Context::Context(const Plan& plan)
    : scratch_(static_cast<int>(plan.sequences) - 1),
      // Fused attention of one token adds up a part for each thread: another number would round differently.
      one_token_(plan.threads, plan.flash_attention ? plan.threads : 1),
      batches_(plan.batch_threads),
      team_(std::max(plan.threads, plan.batch_threads)),
      batch_(std::make_unique<Batch>(static_cast<std::int32_t>(plan.batch))) {}

Result<std::unique_ptr<Context>> Context::make(std::shared_ptr<const Model> model, const Plan& plan) {
    auto parameters = llama_context_default_params();
    parameters.n_ctx = plan.cells;
    parameters.n_batch = plan.batch;
    parameters.n_ubatch = plan.batch;
    parameters.n_seq_max = plan.sequences;
    // n_outputs_max stays as many as the batch: fewer save memory that is never touched, and lay the compute
    // buffer out so that steps of several chats take 12 % longer (docs/decisions/0046).
    parameters.n_threads = static_cast<std::int32_t>(plan.threads);
    parameters.n_threads_batch = static_cast<std::int32_t>(plan.batch_threads);
    parameters.kv_unified = true;
    parameters.flash_attn_type =
        plan.flash_attention ? LLAMA_FLASH_ATTN_TYPE_ENABLED : LLAMA_FLASH_ATTN_TYPE_DISABLED;
    parameters.swa_full = true;  // a smaller window cache could not be cut back to where a chat was edited
    parameters.no_perf = true;
    std::unique_ptr<Context> made(new Context(plan));
    made->context_ = llama_init_from_model(model->handle(), parameters);
    if (!made->context_)
        return fail(Code::unavailable, "model-failed",
                    "There is not enough memory for the model's context. Lower KV_BUDGET_MB or choose a "
                    "smaller model.");
    made->window_ = static_cast<std::size_t>(std::max(llama_model_n_swa(model->handle()), 0));
    made->model_ = std::move(model);
    return made;
}

Context::~Context() {
    if (context_) llama_free(context_);
}

void Context::add(Token token, std::size_t position, int sequence, bool wants_logits) {
    auto& batch = batch_->raw;
    const auto i = batch.n_tokens++;
    batch.token[i] = token;
    batch.pos[i] = static_cast<llama_pos>(position);
    batch.n_seq_id[i] = 1;
    batch.seq_id[i][0] = sequence;
    batch.logits[i] = wants_logits;
}

std::size_t Context::batch_size() const {
    return static_cast<std::size_t>(batch_->raw.n_tokens);
}

bool Context::decode(const std::function<bool()>& given_up) {
    const auto tokens = batch_size();
    auto& count = tokens == 1 ? one_token_ : batches_;
    const auto threads = count.choose(tokens);
    llama_set_n_threads(context_, static_cast<std::int32_t>(threads), static_cast<std::int32_t>(threads));
    const auto ask = [](void* asked) { return (*static_cast<const std::function<bool()>*>(asked))(); };
    if (given_up) llama_set_abort_callback(context_, ask, const_cast<std::function<bool()>*>(&given_up));
    team_.begin(threads, !count.crowded());
    const int outcome = llama_decode(context_, batch_->raw);
    if (given_up) llama_set_abort_callback(context_, nullptr, nullptr);
    const auto step = team_.end();
    if (outcome == 0) count.observe(tokens, threads, step.ms, step.share, step.processors);
    batch_->raw.n_tokens = 0;
    return outcome == 0;
}

const float* Context::logits(std::size_t index) const {
    return llama_get_logits_ith(context_, static_cast<std::int32_t>(index));
}

void Context::remove(int sequence) {
    llama_memory_seq_rm(llama_get_memory(context_), sequence, -1, -1);
}

void Context::clear() {
    llama_memory_clear(llama_get_memory(context_), false);
}

bool Context::complete(int sequence, std::size_t length) const {
    auto* memory = llama_get_memory(context_);
    if (llama_memory_seq_pos_max(memory, sequence) != static_cast<llama_pos>(length) - 1) return false;
    const auto first = static_cast<std::size_t>(std::max(llama_memory_seq_pos_min(memory, sequence), 0));
    return first == 0 || (window_ > 0 && first + window_ <= length);
}

bool Context::truncate(int sequence, std::size_t length) {
    if (length > 0 &&
        llama_memory_seq_rm(llama_get_memory(context_), sequence, static_cast<llama_pos>(length), -1) &&
        complete(sequence, length))
        return true;
    remove(sequence);
    return false;
}

bool Context::share(int from, int to, std::size_t length) {
    remove(to);
    llama_memory_seq_cp(llama_get_memory(context_), from, to, 0, static_cast<llama_pos>(length));
    return truncate(to, length);
}

std::shared_ptr<const Slice> Context::save(int sequence, std::size_t begin, std::size_t end) {
    auto* memory = llama_get_memory(context_);
    remove(scratch_);
    llama_memory_seq_cp(memory, sequence, scratch_, static_cast<llama_pos>(begin),
                        static_cast<llama_pos>(end));
    std::shared_ptr<Slice> slice;
    const bool whole =
        llama_memory_seq_pos_max(memory, scratch_) == static_cast<llama_pos>(end) - 1 &&
        (begin == 0 ? complete(scratch_, end)
                    : llama_memory_seq_pos_min(memory, scratch_) == static_cast<llama_pos>(begin));
    if (whole) {
        slice = std::make_shared<Slice>();
        slice->begin = static_cast<std::uint32_t>(begin), slice->end = static_cast<std::uint32_t>(end);
        const std::size_t bytes = llama_state_seq_get_size(context_, scratch_);
        slice->data = Pages::make(bytes);
        if (slice->data.size() != bytes ||
            llama_state_seq_get_data(context_, slice->data.data(), bytes, scratch_) != bytes)
            slice.reset();
    }
    remove(scratch_);
    return slice;
}

bool Context::restore(int sequence, const Slice& slice) {
    auto* memory = llama_get_memory(context_);
    const std::size_t bytes = slice.data.size();
    const bool good = bytes > 0 &&
                      llama_state_seq_set_data(context_, slice.data.data(), bytes, scratch_) == bytes &&
                      llama_memory_seq_pos_max(memory, scratch_) == static_cast<llama_pos>(slice.end) - 1;
    if (good) llama_memory_seq_cp(memory, scratch_, sequence, -1, -1);
    remove(scratch_);
    return good;
}

}  // namespace lares::engine::llm
