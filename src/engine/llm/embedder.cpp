#include "engine/llm/embedder.h"

#include <algorithm>
#include <cmath>

#include <llama.h>
#include <omp.h>
#include <pthread.h>
#include <sys/resource.h>

#include "engine/llm/backend.h"

namespace lares::engine::llm {
namespace {

constexpr std::uint32_t batch_tokens = 512;  // 0.1 s on one core: so long waits who comes next
constexpr std::uint32_t batch_inputs = 32;
constexpr std::uint32_t context_max = 2048;  // tokens of one input, whatever the model could read
constexpr int less_urgent = 10;              // nice
constexpr std::int64_t retry_ms = 1000;

std::string place_of(std::size_t index) {
    return "input[" + std::to_string(index) + "]";
}

std::uint32_t threads_for(std::uint32_t wanted) {
    return wanted > 0 ? wanted : std::clamp(std::thread::hardware_concurrency() / 4, 1u, 4u);
}

}  // namespace

struct Embedder::Work {
    EmbedJob job;
    Done done;
    std::shared_ptr<std::atomic<bool>> wanted = std::make_shared<std::atomic<bool>>(true);
    std::vector<std::vector<Token>> inputs;  // since it is being worked on
    std::size_t next = 0;                    // the first that is not in a batch yet
    std::size_t made = 0;
    Embedded out;
};

struct Embedder::Parts {
    llama_model* model = nullptr;
    llama_context* context = nullptr;
    const llama_vocab* vocab = nullptr;
    llama_batch batch{};
    std::uint32_t input_max = 0;  // tokens
    std::uint32_t dimensions = 0;

    ~Parts() {
        if (batch.token) llama_batch_free(batch);
        if (context) llama_free(context);
        if (model) llama_model_free(model);
    }
};

Embedder::Embedder(std::string file, Options options) : file_(std::move(file)), options_(options) {
    status_.file = file_;
    status_.threads = threads_for(options_.threads);
}

Embedder::~Embedder() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
}

Result<std::unique_ptr<Embedder::Ticket>> Embedder::submit(EmbedJob job, Done done) {
    if (job.inputs.empty() || job.inputs.size() > options_.inputs_max)
        return invalid_field("input", "must hold 1 to " + std::to_string(options_.inputs_max) + " texts");
    auto work = std::make_shared<Work>();
    work->job = std::move(job);
    work->done = std::move(done);
    std::unique_ptr<Ticket> ticket(new Ticket(work->wanted));
    {
        std::lock_guard lock(mutex_);
        if (stopping_ || queue_.size() >= options_.queue_max) {
            Error busy{
                Code::unavailable, "engine-busy", "Too many texts wait for their embeddings.", {}, {}, {}};
            busy.retry_after_ms = retry_ms;
            return fail(std::move(busy));
        }
        queue_.push_back(std::move(work));
        status_.waiting = static_cast<std::uint32_t>(queue_.size());
        if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    }
    changed_.notify_one();
    return ticket;
}

Status Embedder::status() const {
    std::lock_guard lock(mutex_);
    return status_;
}

void Embedder::set_state(State state, std::string reason) {
    std::lock_guard lock(mutex_);
    status_.state = state;
    status_.reason = std::move(reason);
    status_.context = parts_ ? parts_->input_max : 0;
}

void Embedder::run() {
    pthread_setname_np(pthread_self(), "lares-embed");
    ::setpriority(PRIO_PROCESS, 0, less_urgent);  // Linux: of this thread
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            const auto something = [this] { return stopping_ || !queue_.empty(); };
            if (working_.empty() && !parts_) {
                changed_.wait(lock, something);
            } else if (working_.empty() && !changed_.wait_for(lock, options_.keep, something)) {
                lock.unlock();
                parts_.reset();
                set_state(State::empty, {});
                continue;
            }
            if (stopping_) break;
            for (; !queue_.empty(); queue_.pop_front()) working_.push_back(std::move(queue_.front()));
            status_.waiting = 0;
        }
        std::erase_if(working_, [](const auto& work) { return !*work->wanted; });
        if (working_.empty()) continue;
        if (!parts_ && !load()) {
            const Error error{Code::unprocessable, "model-broken", status().reason, {}, {}, {}};
            for (const auto& work : std::exchange(working_, {})) finish(work, fail(error));
            continue;
        }
        step();
    }
    const Error leaving{Code::unavailable, "model-missing", "The server is shutting down.", {}, {}, {}};
    for (const auto& work : std::exchange(working_, {})) finish(work, fail(leaving));
    std::deque<std::shared_ptr<Work>> left;
    {
        std::lock_guard lock(mutex_);
        left.swap(queue_);
    }
    for (const auto& work : left) finish(work, fail(leaving));
    parts_.reset();
}

bool Embedder::load() {
    set_state(State::loading, {});
    backend::prepare();
    backend::take_complaints();
    auto parts = std::make_unique<Parts>();
    const auto broken = [this](const std::string& why) {
        set_state(State::failed, "The model file " + file_ + " cannot make embeddings: " + why + ".");
        return false;
    };
    parts->model = llama_model_load_from_file(file_.c_str(), llama_model_default_params());
    if (!parts->model) return broken("it cannot be read");
    const auto trained = static_cast<std::uint32_t>(std::max(llama_model_n_ctx_train(parts->model), 1));
    parts->input_max = std::min(trained, context_max);
    auto parameters = llama_context_default_params();
    // A batch is computed whole: the longest input must fit.
    const std::uint32_t batch = std::max(batch_tokens, parts->input_max);
    parameters.n_ctx = parameters.n_batch = parameters.n_ubatch = batch;
    parameters.n_seq_max = batch_inputs;
    parameters.n_threads = parameters.n_threads_batch =
        static_cast<std::int32_t>(threads_for(options_.threads));
    parameters.embeddings = true;
    parameters.kv_unified = true;
    parameters.no_perf = true;
    parts->context = llama_init_from_model(parts->model, parameters);
    if (!parts->context) return broken("there is not enough memory for it");
    if (const auto pooling = llama_pooling_type(parts->context);
        pooling == LLAMA_POOLING_TYPE_NONE || pooling == LLAMA_POOLING_TYPE_RANK)
        return broken("it is a model for other work");
    parts->vocab = llama_model_get_vocab(parts->model);
    parts->dimensions = static_cast<std::uint32_t>(llama_model_n_embd(parts->model));
    parts->batch = llama_batch_init(static_cast<std::int32_t>(batch), 0, 1);
    parts_ = std::move(parts);
    set_state(State::ready, {});
    return true;
}

Result<void> Embedder::tokenize(Work& work) const {
    const auto& vocab = *parts_->vocab;
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < work.job.inputs.size(); ++i) {
        std::vector<Token> tokens;
        if (const auto* text = std::get_if<std::string>(&work.job.inputs[i])) {
            tokens.resize(text->size() + 8);
            const auto count =
                llama_tokenize(&vocab, text->data(), static_cast<std::int32_t>(text->size()), tokens.data(),
                               static_cast<std::int32_t>(tokens.size()), true, false);
            tokens.resize(static_cast<std::size_t>(std::max(count, 0)));
        } else {
            const auto& given = std::get<std::vector<Token>>(work.job.inputs[i]);
            const auto known = [&](Token token) {
                return token >= 0 && token < llama_vocab_n_tokens(&vocab);
            };
            if (!std::ranges::all_of(given, known))
                return invalid_field(place_of(i), "holds a token that the model does not have");
            if (llama_vocab_get_add_bos(&vocab)) tokens.push_back(llama_vocab_bos(&vocab));
            tokens.insert(tokens.end(), given.begin(), given.end());
            if (llama_vocab_get_add_sep(&vocab)) tokens.push_back(llama_vocab_sep(&vocab));
            if (llama_vocab_get_add_eos(&vocab)) tokens.push_back(llama_vocab_eos(&vocab));
        }
        if (tokens.empty()) return invalid_field(place_of(i), "must not be empty");
        if (tokens.size() > parts_->input_max) {
            if (!work.job.truncate) {
                Error error{Code::unprocessable,
                            "context-overflow",
                            "This model's maximum context length is " + std::to_string(parts_->input_max) +
                                " tokens, but " + place_of(i) + " has " + std::to_string(tokens.size()) + ".",
                            "input",
                            {},
                            {}};
                return fail(std::move(error));
            }
            const Token last = tokens.back();
            tokens.resize(parts_->input_max);
            if (llama_vocab_get_add_sep(&vocab) || llama_vocab_get_add_eos(&vocab)) tokens.back() = last;
        }
        sum += tokens.size();
        if (sum > options_.tokens_max)
            return invalid_field("input", "must not hold more than " + std::to_string(options_.tokens_max) +
                                              " tokens in one request");
        work.inputs.push_back(std::move(tokens));
    }
    work.out.tokens = sum;
    work.out.dimensions = parts_->dimensions;
    work.out.values.resize(work.inputs.size() * parts_->dimensions);
    work.job.inputs.clear();
    return {};
}

// One batch: an input of each request in turn, so that a short question does not wait for a whole library.
void Embedder::step() {
    struct Row {
        std::shared_ptr<Work> work;
        std::size_t input;
    };
    std::vector<Row> rows;
    auto& batch = parts_->batch;
    batch.n_tokens = 0;
    const auto room = [&] {
        return std::max(batch_tokens, parts_->input_max) - static_cast<std::uint32_t>(batch.n_tokens);
    };
    while (!working_.empty() && rows.size() < batch_inputs) {
        auto work = working_.front();
        if (work->inputs.empty()) {
            if (auto read = tokenize(*work); !read) {
                working_.pop_front();
                finish(work, fail(std::move(read).error()));
                continue;
            }
        }
        const auto& tokens = work->inputs[work->next];
        if (tokens.size() > room() ||
            (!rows.empty() && static_cast<std::uint32_t>(batch.n_tokens) + tokens.size() > batch_tokens))
            break;
        for (std::size_t i = 0; i < tokens.size(); ++i) {
            const auto at = batch.n_tokens++;
            batch.token[at] = tokens[i];
            batch.pos[at] = static_cast<llama_pos>(i);
            batch.n_seq_id[at] = 1;
            batch.seq_id[at][0] = static_cast<llama_seq_id>(rows.size());
            batch.logits[at] = 1;
        }
        rows.push_back({work, work->next++});
        working_.pop_front();
        if (work->next < work->inputs.size()) working_.push_back(std::move(work));
    }
    if (rows.empty()) return;
    kmp_set_blocktime(0);
    if (auto* memory = llama_get_memory(parts_->context)) llama_memory_clear(memory, true);
    const int outcome = llama_model_has_encoder(parts_->model) ? llama_encode(parts_->context, batch)
                                                               : llama_decode(parts_->context, batch);
    {
        std::lock_guard lock(mutex_);
        ++status_.steps;
    }
    for (std::size_t row = 0; row < rows.size(); ++row) {
        auto& work = *rows[row].work;
        const float* from = outcome == 0
                                ? llama_get_embeddings_seq(parts_->context, static_cast<llama_seq_id>(row))
                                : nullptr;
        if (!from) {
            finish(rows[row].work,
                   fail(Code::internal, "model-failed", "The embeddings could not be computed."));
            std::erase(working_, rows[row].work);
            continue;
        }
        double sum = 0;
        for (std::uint32_t i = 0; i < work.out.dimensions; ++i) sum += static_cast<double>(from[i]) * from[i];
        const auto scale = sum > 0 ? static_cast<float>(1 / std::sqrt(sum)) : 0.0f;
        float* to = work.out.values.data() + rows[row].input * work.out.dimensions;
        for (std::uint32_t i = 0; i < work.out.dimensions; ++i) to[i] = from[i] * scale;
        if (++work.made == work.inputs.size()) finish(rows[row].work, std::move(work.out));
    }
}

void Embedder::finish(const std::shared_ptr<Work>& work, Result<Embedded> result) {
    if (const auto done = std::exchange(work->done, nullptr); done && *work->wanted) done(std::move(result));
}

}  // namespace lares::engine::llm
