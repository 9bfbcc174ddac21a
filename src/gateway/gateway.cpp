#include "gateway/gateway.h"

#include <algorithm>
#include <cstring>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "crypto/random.h"
#include "gateway/providers/upstream.h"
#include "gateway/usage/estimate.h"

namespace lares::gateway {

namespace {

constexpr std::size_t candidates_max = 8;

// Whether another target may have more luck. What is wrong with the request itself is wrong everywhere.
bool may_fall_back(const Error& error) {
    if (error.type == "context-overflow" || error.type == "model-not-found") return true;
    switch (error.code) {
        case Code::upstream:
        case Code::timeout:
        case Code::unavailable:
        case Code::rate_limited:
        case Code::not_found:
            return true;
        default:
            return false;
    }
}

// Whether it speaks against the provider and not against the request.
bool counts_against(const Error& error) {
    return error.type != "upstream-busy" &&
           (error.code == Code::upstream || error.code == Code::timeout || error.code == Code::unavailable ||
            error.code == Code::rate_limited);
}

Task<Result<std::optional<ChatDelta>>> first_delta(ChatStream* stream, async::Clock* clock,
                                                   async::Milliseconds within, std::string provider) {
    using namespace boost::asio::experimental::awaitable_operators;
    auto first = co_await (stream->next() || clock->sleep_for(within));
    if (first.index() == 0) co_return std::get<0>(std::move(first));
    co_return fail(Code::timeout, "upstream-timeout",
                   provider + " did not begin to answer in " + std::to_string(within.count()) + " ms.");
}

std::uint64_t draw() {
    std::uint64_t bits = 0;
    const std::string bytes = crypto::random_bytes(sizeof bits);
    std::memcpy(&bits, bytes.data(), sizeof bits);
    return bits;
}

std::size_t bytes_of(const ChatDelta& delta) {
    std::size_t bytes = delta.text.size() + delta.raw.size() / 8;  // raw: mostly envelope
    for (const auto& event : delta.events)
        if (event.kind != Event::Kind::start && event.kind != Event::Kind::logprobs)
            bytes += event.text.size();
    return bytes;
}

}  // namespace

struct Gateway::Entry {
    std::shared_ptr<Provider> provider;
    std::shared_ptr<Upstream> upstream;  // the same, when it is one
    Breaker breaker;
};

// The answer of a target that was chosen: counts what it takes, tells the breaker how it went, settles.
class Gateway::Routed final : public ChatStream {
public:
    Routed(Gateway& gateway, Candidate candidate, Settled settled, async::SteadyTime began,
           std::size_t prompt_bytes)
        : gateway_(gateway),
          candidate_(std::move(candidate)),
          settled_(std::move(settled)),
          began_(began),
          prompt_bytes_(prompt_bytes) {
        settled_.outcome = Outcome::aborted;
    }
    ~Routed() override {
        inner_.reset();  // the connection to the other server closes now
        if (candidate_.entry->upstream && !judged_) candidate_.entry->breaker.neither();
        settle();
    }
    Routed(const Routed&) = delete;
    Routed& operator=(const Routed&) = delete;

    Task<Result<void>> begin(std::unique_ptr<ChatStream> inner) {
        inner_ = std::move(inner);
        const auto& upstream = candidate_.entry->upstream;
        if (!upstream) co_return Result<void>();
        auto first = co_await first_delta(inner_.get(), gateway_.clock_, upstream->options().first_token,
                                          upstream->name());
        if (!first) {
            judge(first.error());
            co_return fail(std::move(first).error());
        }
        first_ = std::move(*first);
        has_first_ = true;
        co_return Result<void>();
    }

    Task<Result<std::optional<ChatDelta>>> next() override {
        if (over_) co_return std::nullopt;
        Result<std::optional<ChatDelta>> delta = std::optional<ChatDelta>();
        if (has_first_) {
            has_first_ = false;
            delta = std::move(first_);
        } else {
            delta = co_await inner_->next();
        }
        if (!delta) {
            judge(delta.error());
            co_return delta;
        }
        if (*delta) {
            const auto bytes = bytes_of(**delta);
            if (bytes > 0 && !settled_.first_token_ms) settled_.first_token_ms = elapsed();
            answer_bytes_ += bytes;
            co_return delta;
        }
        over_ = true;
        end_ = inner_->end();
        settled_.outcome = Outcome::done;
        if (candidate_.entry->upstream) candidate_.entry->breaker.succeeded();
        judged_ = true;
        settle();
        co_return std::nullopt;
    }
    const ChatEnd& end() const override { return end_; }

    void judge(const Error& error) {
        judged_ = true;
        settled_.outcome = answer_bytes_ > 0 ? Outcome::cut : Outcome::failed;
        settled_.error = error.type;
        if (!candidate_.entry->upstream) return;
        if (counts_against(error))
            candidate_.entry->breaker.failed(gateway_.clock_->unix_ms());
        else
            candidate_.entry->breaker.succeeded();
    }

private:
    std::int64_t elapsed() const {
        if (!gateway_.clock_) return 0;
        return std::chrono::duration_cast<async::Milliseconds>(gateway_.clock_->steady() - began_).count();
    }

    void settle() {
        if (std::exchange(told_, true) || !gateway_.settle_) return;
        settled_.duration_ms = elapsed();
        const bool knows = settled_.outcome == Outcome::done && end_.usage_known;
        settled_.usage_known = knows;
        if (knows) {
            settled_.usage = end_.usage;
        } else if (answer_bytes_ > 0 || settled_.outcome != Outcome::failed) {
            // Broken off, or never told: what was seen is counted, so that it is not free.
            settled_.usage.prompt = likely_tokens(prompt_bytes_);
            settled_.usage.completion = likely_tokens(answer_bytes_);
        }
        if (!candidate_.entry->upstream) {
            settled_.cost_micros = 0;
        } else {
            const auto cost = gateway_.prices_.cost(settled_.provider, candidate_.model, settled_.usage);
            settled_.cost_micros = cost.micros;
            settled_.price_version = cost.version;
        }
        end_.cost_micros = settled_.cost_micros;
        gateway_.settle_(settled_);
    }

    Gateway& gateway_;
    Candidate candidate_;
    Settled settled_;
    async::SteadyTime began_;
    std::size_t prompt_bytes_, answer_bytes_ = 0;
    std::unique_ptr<ChatStream> inner_;
    std::optional<ChatDelta> first_;
    bool has_first_ = false, over_ = false, judged_ = false, told_ = false;
    ChatEnd end_;
};

Gateway::Gateway() = default;
Gateway::~Gateway() = default;

void Gateway::set_catalog(Catalog catalog) {
    catalog_ = std::move(catalog);
    prices_.set_base(catalog_.models);
}

void Gateway::add(std::shared_ptr<Provider> provider) {
    entries_.push_back(std::make_unique<Entry>());
    entries_.back()->provider = std::move(provider);
}

void Gateway::add(std::shared_ptr<Upstream> upstream) {
    entries_.push_back(std::make_unique<Entry>());
    entries_.back()->provider = upstream;
    entries_.back()->upstream = std::move(upstream);
}

// Exact names first, then "upstream/model", then names that an upstream calls its own.
bool Gateway::find(const std::string& name, Candidate& out) {
    if (entries_.empty()) return false;
    if (name.empty()) {
        out = {entries_.front().get(), name};
        return true;
    }
    for (const auto& entry : entries_) {
        if (entry->upstream) continue;
        for (const auto& info : entry->provider->models())
            if (info.id == name) {
                out = {entry.get(), name};
                return true;
            }
    }
    for (const auto& entry : entries_) {
        if (!entry->upstream) continue;
        const std::string prefix = entry->upstream->name() + "/";
        if (name.size() > prefix.size() && name.starts_with(prefix)) {
            out = {entry.get(), name.substr(prefix.size())};
            return true;
        }
    }
    for (const auto& entry : entries_)
        if (entry->upstream && entry->upstream->knows(name)) {
            out = {entry.get(), name};
            return true;
        }
    return false;
}

std::vector<Gateway::Candidate> Gateway::candidates(const std::string& model) {
    std::vector<Candidate> out;
    Candidate one;
    const auto alias = catalog_.aliases.find(model);
    if (alias == catalog_.aliases.end()) {
        if (find(model, one)) out.push_back(one);
        return out;
    }
    // One of the targets by weight, then the others, heavier ones first, then the fallbacks.
    auto targets = alias->second.targets;
    std::sort(targets.begin(), targets.end(),
              [](const AliasTarget& a, const AliasTarget& b) { return a.weight > b.weight; });
    std::int64_t sum = 0;
    for (const auto& target : targets) sum += std::max<std::int64_t>(target.weight, 0);
    if (sum > 0) {
        auto left = static_cast<std::int64_t>(draw() % static_cast<std::uint64_t>(sum));
        auto drawn = targets.begin();
        while (left >= std::max<std::int64_t>(drawn->weight, 0))
            left -= std::max<std::int64_t>((drawn++)->weight, 0);
        std::rotate(targets.begin(), drawn, drawn + 1);
    }
    for (const auto& target : targets)
        if (find(target.model, one)) out.push_back(one);
    for (const auto& name : alias->second.fallback)
        if (find(name, one)) out.push_back(one);
    if (out.size() > candidates_max) out.resize(candidates_max);
    return out;
}

// What it may take is set aside before it is asked.
Task<Result<void>> Gateway::reserve(const Candidate& candidate, ChatRequest& request, Settled& settled) {
    Planned planned;
    planned.payer = request.payer;
    planned.provider = settled.provider;
    planned.model = candidate.model;
    planned.local = !candidate.entry->upstream;
    planned.began_ms = settled.started_ms;
    planned.prompt = most_prompt_tokens(request);
    const auto* facts = planned.local ? nullptr : catalog_.facts(candidate.model);
    const auto own_most = facts ? facts->output_tokens : std::nullopt;
    planned.completion = most_answer_tokens(request, own_most);
    settled.id = planned.id = ids_.next(settled.started_ms);
    const std::uint32_t most = planned.completion;
    LARES_CO_TRY(const Granted granted, co_await reserve_(std::move(planned)));
    // Nobody said how long the answer may be, and what was set aside must hold.
    if (granted.binding && !request.max_tokens && !own_most) {
        request.max_tokens = most;
        request.raw = nullptr;
    }
    co_return Result<void>();
}

Task<Result<std::unique_ptr<ChatStream>>> Gateway::ask(Candidate candidate, ChatRequest request) {
    request.model = candidate.model;
    std::size_t prompt_bytes = 0;
    for (const auto& message : request.messages) prompt_bytes += message.content.size();
    Settled settled;
    settled.payer = request.payer;
    settled.provider = candidate.entry->upstream ? candidate.entry->upstream->name() : "local";
    settled.model = candidate.model;
    if (clock_) settled.started_ms = clock_->unix_ms();
    if (reserve_) {
        auto reserved = co_await reserve(candidate, request, settled);
        if (!reserved) {
            if (candidate.entry->upstream) candidate.entry->breaker.neither();
            co_return fail(std::move(reserved).error());
        }
    }
    const auto began = clock_ ? clock_->steady() : async::SteadyTime();
    auto provider = candidate.entry->provider;
    auto routed =
        std::make_unique<Routed>(*this, std::move(candidate), std::move(settled), began, prompt_bytes);
    auto stream = co_await provider->chat(std::move(request));
    if (!stream) {
        routed->judge(stream.error());
        co_return fail(std::move(stream).error());
    }
    LARES_CO_CHECK(co_await routed->begin(std::move(*stream)));
    co_return routed;
}

Task<Result<std::unique_ptr<ChatStream>>> Gateway::chat(ChatRequest request) {
    auto list = candidates(request.model);
    if (list.empty())
        co_return fail(Code::not_found, "model-not-found", "There is no model named '" + request.model + "'.",
                       "model");
    std::optional<Error> first_error;
    for (std::size_t i = 0; i < list.size(); ++i) {
        auto& entry = *list[i].entry;
        if (entry.upstream && !entry.breaker.allow(clock_->unix_ms())) {
            if (!first_error) {
                first_error =
                    Error{Code::unavailable,
                          "upstream-resting",
                          entry.upstream->name() + " failed several times and is left alone for a moment.",
                          {},
                          {},
                          {}};
                first_error->retry_after_ms = entry.breaker.retry_after_ms(clock_->unix_ms());
            }
            continue;
        }
        const bool last = i + 1 == list.size();
        auto stream = co_await ask(list[i], last ? std::move(request) : request);
        if (stream) co_return stream;
        if (last || !may_fall_back(stream.error()))
            co_return fail(first_error && may_fall_back(stream.error()) ? std::move(*first_error)
                                                                        : std::move(stream).error());
        if (!first_error) first_error = std::move(stream).error();
    }
    co_return fail(std::move(*first_error));
}

std::vector<std::string> Gateway::plan(const std::string& model) {
    std::vector<std::string> out;
    for (const auto& one : candidates(model))
        out.push_back((one.entry->upstream ? one.entry->upstream->name() : std::string("local")) + "/" +
                      one.model);
    return out;
}

std::vector<ModelInfo> Gateway::models() {
    std::vector<ModelInfo> all;
    for (const auto& entry : entries_) {
        auto own = entry->provider->models();
        for (auto& info : own) {
            info.is_default = info.is_default && entry == entries_.front();
            if (entry->upstream)
                if (const auto* facts = catalog_.facts(info.name); facts && facts->context_tokens)
                    info.context_tokens = static_cast<std::uint32_t>(*facts->context_tokens);
            all.push_back(std::move(info));
        }
    }
    for (const auto& [name, alias] : catalog_.aliases) {
        ModelInfo info;
        info.id = info.name = name;
        info.provider = "alias";
        all.push_back(std::move(info));
    }
    return all;
}

Result<std::size_t> Gateway::count_tokens(const std::string& model,
                                          const std::vector<ChatMessage>& messages) {
    const auto list = candidates(model);
    if (list.empty())
        return fail(Code::not_found, "model-not-found", "There is no model named '" + model + "'.", "model");
    return list.front().entry->provider->count_tokens(list.front().model, messages);
}

ProviderStatus Gateway::status() {
    if (!entries_.empty()) return entries_.front()->provider->status();
    ProviderStatus none;
    none.state = ModelState::failed;
    none.reason = "No model provider is set up.";
    return none;
}

std::vector<ProviderStatus> Gateway::statuses() {
    std::vector<ProviderStatus> all;
    for (const auto& entry : entries_) all.push_back(entry->provider->status());
    return all;
}

std::vector<Gateway::UpstreamInfo> Gateway::upstreams() {
    std::vector<UpstreamInfo> all;
    for (const auto& entry : entries_) {
        if (!entry->upstream) continue;
        UpstreamInfo info{
            entry->upstream->name(), entry->upstream->kind(), "ready", entry->upstream->status().reason, {}};
        if (clock_ && entry->breaker.open(clock_->unix_ms())) info.state = "resting";
        for (auto& model : entry->upstream->models()) info.models.push_back(std::move(model.id));
        all.push_back(std::move(info));
    }
    return all;
}

Result<void> Gateway::use(const std::string& model) {
    Candidate found;
    if (!switch_ || !find(model, found) || found.entry->upstream)
        return fail(Code::not_found, "model-not-found",
                    "This server has no model of its own named '" + model + "'.", "model");
    return switch_(model);
}

void Gateway::forget(const std::string& cache_key) {
    for (const auto& entry : entries_) entry->provider->forget(cache_key);
}

Task<void> Gateway::refresh() {
    for (const auto& entry : entries_)
        if (entry->upstream) co_await entry->upstream->refresh();
}

}  // namespace lares::gateway
