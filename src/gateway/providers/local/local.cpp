#include "gateway/providers/local/local.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/text.h"
#include "engine/llm/model.h"
#include "gateway/providers/local/schema.h"
#include "gateway/providers/local/tools.h"

namespace lares::gateway {
namespace {

namespace llm = engine::llm;

constexpr std::size_t stops_max = 16, stop_bytes_max = 256, messages_max = 10'000, schema_bytes_max = 65536;
constexpr std::size_t prepare_queue_max = 64;
constexpr std::size_t known_max = 16;  // chats whose last prompt is known as it was tokenised
constexpr std::uint32_t default_max_tokens = 512;

ModelState state_of(llm::State state) {
    switch (state) {
        case llm::State::empty:
        case llm::State::loading:
            return ModelState::loading;
        case llm::State::ready:
            return ModelState::ready;
        case llm::State::failed:
            break;
    }
    return ModelState::failed;
}

std::vector<llm::Message> to_engine(const std::vector<ChatMessage>& messages) {
    std::vector<llm::Message> out;
    out.reserve(messages.size());
    for (const auto& message : messages) {
        const auto role = message.role == Role::system      ? llm::Role::system
                          : message.role == Role::assistant ? llm::Role::assistant
                                                            : llm::Role::user;
        out.push_back({role, message.content, message.tokens});
    }
    return out;
}

bool between(std::optional<double> value, double least, double most) {
    return !value || (std::isfinite(*value) && *value >= least && *value <= most);
}

Result<void> check(const ChatRequest& request) {
    if (request.messages.empty() || request.messages.size() > messages_max)
        return invalid_field("messages", "must hold 1 to 10000 messages");
    for (std::size_t i = 0; i < request.messages.size(); ++i)
        if (!is_utf8(request.messages[i].content))
            return invalid_field("messages[" + std::to_string(i) + "].content", "must be valid UTF-8");
    if (request.shared_prefix > request.messages.size())
        return invalid_field("shared_prefix", "must not exceed the number of messages");
    if (request.max_tokens == 0u) return invalid_field("max_tokens", "must be at least 1");
    if (request.stop.size() > stops_max) return invalid_field("stop", "must hold at most 16 strings");
    for (const auto& stop : request.stop)
        if (stop.empty() || stop.size() > stop_bytes_max || !is_utf8(stop))
            return invalid_field("stop", "each must be valid UTF-8 of 1 to 256 bytes");
    const auto& sampling = request.sampling;
    if (!between(sampling.temperature, 0, 2)) return invalid_field("temperature", "must be from 0 to 2");
    if (!between(sampling.top_k, 0, 1000)) return invalid_field("top_k", "must be from 0 to 1000");
    if (!between(sampling.top_p, 0, 1) || sampling.top_p == 0)
        return invalid_field("top_p", "must be above 0, at most 1");
    if (!between(sampling.min_p, 0, 1)) return invalid_field("min_p", "must be from 0 to 1");
    if (!between(sampling.repeat_penalty, 0.5, 2))
        return invalid_field("repeat_penalty", "must be from 0.5 to 2");
    if (request.json_schema.size() > schema_bytes_max)
        return invalid_field("json_schema", "must be at most 65536 bytes");
    for (std::size_t i = 0; i < request.messages.size(); ++i)
        for (const auto& part : request.messages[i].parts)
            if (part.kind == PartKind::image || part.kind == PartKind::audio || part.kind == PartKind::file ||
                part.kind == PartKind::other)
                return fail(Code::unprocessable, "not-supported",
                            "The model inside this server reads text only; choose one that takes pictures, "
                            "sound or files.",
                            "messages[" + std::to_string(i) + "].content");
    return {};
}

tl::unexpected<Error> too_long(std::size_t length, std::uint32_t context) {
    const auto over = static_cast<std::int64_t>(length) + 1 - context;
    Error error{Code::unprocessable,
                "context-overflow",
                "The conversation takes " + std::to_string(length) + " tokens and the model has room for " +
                    std::to_string(context) + " with the answer: it is " + std::to_string(over) +
                    " too long. Shorten it, or choose a model that takes more.",
                {},
                {},
                {}};
    error.overflow = Overflow{"conversation", over, "larger-model"};
    return fail(std::move(error));
}

Result<llm::Request> prepared(const std::shared_ptr<const llm::Model>& model, std::uint32_t context,
                              ChatRequest request, llm::Runs* known) {
    LARES_TRY(auto prompt, model->prompt(to_engine(request.messages), request.shared_prefix, known));
    llm::Request out;
    if (!request.json_schema.empty()) {
        LARES_CHECK(check_schema(request.json_schema));
        LARES_TRY(out.grammar, model->grammar(request.json_schema));
    }
    const std::size_t length = prompt.tokens.size();
    if (length >= context) return too_long(length, context);
    out.model = model;
    out.max_tokens = std::min(request.max_tokens.value_or(default_max_tokens),
                              context - static_cast<std::uint32_t>(length));
    out.prompt = std::move(prompt);
    out.prefix_scope = std::move(request.prefix_scope);
    out.cache_key = std::move(request.cache_key);
    out.cache_from = std::move(request.cache_from);
    out.stop = std::move(request.stop);
    out.background = request.background;
    const auto& sampling = request.sampling;
    out.sampling = {sampling.temperature.value_or(0.8),    sampling.top_k.value_or(40),
                    sampling.top_p.value_or(0.95),         sampling.min_p.value_or(0.05),
                    sampling.repeat_penalty.value_or(1.1), sampling.seed};
    return out;
}

class LocalStream final : public ChatStream {
public:
    LocalStream(std::unique_ptr<llm::Generation> generation, async::Signal news)
        : generation_(std::move(generation)), news_(std::move(news)) {}

    Task<Result<std::optional<ChatDelta>>> next() override {
        for (;;) {
            if (ended_) co_return std::nullopt;
            if (error_) co_return fail(*std::exchange(error_, std::nullopt));
            llm::Output out = generation_->take();
            error_ = std::move(out.error);
            if (out.end) finish(*out.end);
            if (!out.text.empty() || !out.tokens.empty() || out.place > 0) {
                ChatDelta delta{std::move(out.text), std::move(out.tokens), out.place};
                if (const auto& read = out.read)
                    delta.prompt = PromptRead{read->prompt, read->reused, read->prompt - read->reused,
                                              read->queued_ms, read->prefill_ms};
                co_return delta;
            }
            if (!ended_ && !error_) co_await news_.wait();
        }
    }
    void rest(bool on) override { generation_->rest(on); }
    const ChatEnd& end() const override { return end_; }

private:
    void finish(const llm::End& end) {
        ended_ = true;
        end_.finish = end.finish == llm::Finish::length ? FinishReason::length : FinishReason::stop;
        end_.usage = {end.prompt, end.reused, end.completion};
        end_.timings = {end.queued_ms, end.prefill_ms, end.generation_ms, end.computed};
    }

    std::unique_ptr<llm::Generation> generation_;
    async::Signal news_;
    ChatEnd end_;
    bool ended_ = false;
    std::optional<Error> error_;  // came together with the last words
};

}  // namespace

Local::Local(Options options)
    : options_(std::move(options)),
      files_(options_.models_folder, options_.bundled_folders),
      bundled_encoders_("", options_.embedding_folders),
      engine_(options_.engine),
      pool_({.name = "prompts", .threads = 1, .queue_max = prepare_queue_max, .nice = 0}) {}

void Local::start() {
    if (auto used = use(options_.model); !used) engine_.fail_with(used.error().message, "");
}

Result<void> Local::use(const std::string& model) {
    LARES_TRY(auto file, files_.choose(model));
    if (file.info.embeds)
        return fail(Code::unprocessable, "not-supported",
                    "The model '" + model + "' makes embeddings and no answers.", "model");
    {
        std::lock_guard lock(mutex_);
        current_ = file.id;
    }
    engine_.load(file.path);
    return {};
}

std::string Local::current() const {
    std::lock_guard lock(mutex_);
    return current_;
}

Result<std::shared_ptr<const llm::Model>> Local::loaded(const std::string& model) {
    if (!model.empty() && model != current()) {
        if (choose_encoder(model))
            return fail(Code::unprocessable, "not-supported",
                        "The model '" + model + "' makes embeddings and no answers.", "model");
        if (!files_.find(model))
            return fail(Code::not_found, "model-not-found", "There is no model named '" + model + "'.",
                        "model");
        return fail(Code::conflict, "model-not-loaded",
                    "The model '" + model + "' is not the one that is loaded.", "model");
    }
    if (auto ready = engine_.model()) return ready;
    const auto status = engine_.status();
    if (status.state == llm::State::failed)
        return fail(Code::unavailable, "model-failed",
                    status.remedy.empty() ? status.reason : status.reason + " " + status.remedy);
    Error loading{Code::unavailable, "model-loading", "The model is still being loaded.", {}, {}, {}};
    loading.retry_after_ms = 1000;
    return fail(std::move(loading));
}

// A chat's own, and nobody else's: the time it takes would tell what others have said.
Result<llm::Request> Local::prepare(const std::shared_ptr<const llm::Model>& model, std::uint32_t context,
                                    ChatRequest request) {
    const auto key = request.cache_key;
    if (key.empty()) return prepared(model, context, std::move(request), nullptr);
    auto runs = take_runs(key, model);
    auto made = prepared(model, context, std::move(request), &runs);
    keep_runs(key, std::move(runs));
    return made;
}

llm::Runs Local::take_runs(const std::string& cache_key, const std::shared_ptr<const llm::Model>& model) {
    std::lock_guard lock(mutex_);
    const auto found = std::ranges::find(known_, cache_key, &Known::cache_key);
    if (found == known_.end()) {
        known_.push_front({cache_key, model, {}});
        if (known_.size() > known_max) known_.pop_back();
        return {};
    }
    known_.splice(known_.begin(), known_, found);
    auto runs = std::exchange(found->runs, {});
    if (found->model.lock() == model) return runs;
    found->model = model;
    return {};
}

// Unless it was forgotten meanwhile.
void Local::keep_runs(const std::string& cache_key, llm::Runs runs) {
    std::lock_guard lock(mutex_);
    const auto found = std::ranges::find(known_, cache_key, &Known::cache_key);
    if (found != known_.end()) found->runs = std::move(runs);
}

Task<Result<std::unique_ptr<ChatStream>>> Local::chat(ChatRequest request) {
    if (request.json_object && request.json_schema.empty()) request.json_schema = R"({"type":"object"})";
    auto offered = std::make_unique<OfferedTools>(request);  // writes the request anew
    LARES_CO_CHECK(check(request));
    const Executor executor = co_await boost::asio::this_coro::executor;
    if (engine_.status().state == llm::State::loading) {
        const async::OneShot<bool> settled(executor);
        engine_.when_settled([settled] { settled.set(true); });
        co_await settled.take();
    }
    LARES_CO_TRY(auto model, loaded(request.model));
    const std::uint32_t context = engine_.status().context;
    auto work = std::make_shared<ChatRequest>(std::move(request));
    LARES_CO_TRY(auto ready, co_await pool_.run([this, model, context, work] {
        return prepare(model, context, std::move(*work));
    }));
    const async::Signal news(executor);
    LARES_CO_TRY(auto generation, engine_.submit(std::move(ready), [news] { news.notify(); }));
    std::unique_ptr<ChatStream> stream = std::make_unique<LocalStream>(std::move(generation), news);
    if (offered->any()) stream = offered->read(std::move(stream));
    co_return stream;
}

ModelInfo Local::info_of(const llm::ModelFile& file) const {
    ModelInfo info;
    info.id = file.id;
    info.name = file.info.name.empty() ? file.id : file.info.name;
    info.provider = "local";
    info.size_bytes = file.bytes;
    info.context_tokens = static_cast<std::uint32_t>(std::min<std::uint64_t>(file.info.context, 1u << 30));
    info.architecture = file.info.architecture;
    info.quantization = file.info.quantization;
    info.licence = file.info.licence;
    info.problem = file.problem;
    info.embeds = file.info.embeds;
    if (!file.problem.empty()) info.state = ModelState::failed;
    return info;
}

std::vector<ModelInfo> Local::models() {
    const std::string default_id = current();
    const auto engine = engine_.status();
    std::vector<ModelInfo> out;
    for (const auto& file : files_.list()) {
        if (file.info.embeds) continue;
        auto info = info_of(file);
        info.is_default = file.id == default_id;
        if (file.problem.empty() && info.is_default) info.state = state_of(engine.state);
        if (info.is_default && engine.state == llm::State::failed && info.problem.empty())
            info.problem = engine.reason;
        out.push_back(std::move(info));
    }
    for (const auto& file : encoders()) {
        auto info = info_of(file);
        const auto state = state_of_encoder(file.path);
        if (file.problem.empty() && state != llm::State::empty) info.state = state_of(state);
        out.push_back(std::move(info));
    }
    return out;
}

Result<std::size_t> Local::count_tokens(const std::string& model, const std::vector<ChatMessage>& messages) {
    LARES_TRY(auto ready, loaded(model));
    LARES_TRY(auto prompt, ready->prompt(to_engine(messages), 0));
    return prompt.tokens.size();
}

ProviderStatus Local::status() {
    const auto engine = engine_.status();
    ProviderStatus out;
    out.name = "local";
    out.state = state_of(engine.state);
    out.progress = engine.progress;
    out.model = current();
    out.reason = engine.reason;
    out.remedy = engine.remedy;
    out.threads = engine.threads;
    out.batch_threads = engine.batch_threads;
    out.batch_tokens = engine.chunk;
    out.context_tokens = engine.context;
    out.live = engine.live;
    out.waiting = engine.waiting;
    out.cells = engine.cells;
    out.cells_used = engine.cells_used;
    out.saved_bytes = engine.saved_bytes;
    out.spilled_bytes = engine.spilled_bytes;
    return out;
}

void Local::forget(const std::string& cache_key) {
    if (cache_key.empty()) return;
    {
        std::lock_guard lock(mutex_);
        std::erase_if(known_, [&](const Known& known) { return known.cache_key == cache_key; });
    }
    engine_.forget(cache_key);
}

}  // namespace lares::gateway
