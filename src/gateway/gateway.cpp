// Which models there are, what is set aside before one is asked, and whether another is asked after it.
#include "gateway/gateway.h"

#include <algorithm>

#include "async/together.h"
#include "gateway/key_check.h"
#include "gateway/routed.h"
#include "gateway/usage/estimate.h"
#include "secrets/formats.h"

namespace lares::gateway {

namespace {

// Whether another target may have more luck. What is wrong with the request itself is wrong everywhere.
bool may_fall_back(const Error& error) {
    if (error.type == "context-overflow" || error.type == "model-not-found" ||
        error.type == "no-provider-key" || error.type == "not-supported")
        return true;
    switch (error.code) {
        case Code::upstream:
        case Code::timeout:
        case Code::unavailable:
        case Code::rate_limited:
        case Code::not_found:
        case Code::forbidden:
            return true;
        default:
            return false;
    }
}

Signature own_signature() {
    Signature out;
    out.why = "the operator's own";
    return out;
}

// What the table says that a model cannot; what it does not say is for the provider to judge.
Result<void> check_abilities(const ModelFacts* facts, const ChatRequest& request) {
    if (!facts) return {};
    const auto cannot = [&](const char* what, const char* field) {
        return fail(Code::unprocessable, "not-supported", "The model '" + request.model + "' " + what + ".",
                    field);
    };
    const auto holds = [&](PartKind kind) {
        return std::any_of(request.messages.begin(), request.messages.end(), [&](const ChatMessage& message) {
            return std::any_of(message.parts.begin(), message.parts.end(),
                               [&](const Part& part) { return part.kind == kind; });
        });
    };
    if (facts->tools == false && !request.tools.empty()) return cannot("calls no tools", "tools");
    if (facts->json_schema == false && !request.json_schema.empty())
        return cannot("keeps to no JSON schema", "response_format");
    if (facts->thinking == false && request.thinking && request.thinking->on)
        return cannot("does not think before it answers", "thinking");
    if (facts->vision == false && holds(PartKind::image)) return cannot("reads no pictures", "messages");
    if (facts->documents == false && holds(PartKind::file)) return cannot("reads no files", "messages");
    if (facts->audio == false && holds(PartKind::audio)) return cannot("hears no sound", "messages");
    return {};
}

// An answer that was given before.
class Replay final : public ChatStream {
public:
    explicit Replay(std::shared_ptr<const CachedAnswer> answer) : answer_(std::move(answer)) {}
    Task<Result<std::optional<ChatDelta>>> next() override {
        if (at_ == answer_->deltas.size()) co_return std::nullopt;
        co_return answer_->deltas[at_++];
    }
    const ChatEnd& end() const override { return answer_->end; }

private:
    std::shared_ptr<const CachedAnswer> answer_;
    std::size_t at_ = 0;
};

}  // namespace

Gateway::Gateway() = default;
Gateway::~Gateway() = default;

void Gateway::set_catalog(Catalog catalog) {
    catalog_ = std::move(catalog);
    prices_.set_base(catalog_.models);
    AnswerCache::Options options;
    options.bytes_max = static_cast<std::size_t>(catalog_.cache.megabytes) << 20;
    options.age_max_ms = catalog_.cache.seconds * 1000;
    cache_.configure(options);
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

Result<void> Gateway::within_limits(const Payer& payer, const Candidate& candidate) const {
    if (!payer.hold) return {};
    return payer.hold->asks(listed_name_of(candidate));
}

// What it may take, to be set aside before it is asked. The payer goes along and is given back.
Planned Gateway::plan(const Candidate& candidate, const ModelFacts* facts, const ChatRequest& request,
                      const PromptSize& size, Settled& settled, bool at_callers_server) {
    Planned planned;
    planned.payer = std::move(settled.payer);
    planned.provider = settled.provider;
    planned.model = settled.model;
    planned.local = !candidate.entry->upstream || at_callers_server;
    planned.began_ms = settled.started_ms;
    if (planned.local) facts = nullptr;
    planned.prompt = size.most_tokens(facts);
    planned.searches = planned.local ? 0 : size.searches;
    planned.completion = most_answer_tokens(request, facts ? facts->output_tokens : std::nullopt);
    settled.id = planned.id = ids_.next(settled.started_ms);
    return planned;
}

Task<Result<std::vector<Signature>>> Gateway::signatures_for(const Candidate& candidate,
                                                             const ChatRequest& request) {
    if (has_only_its_own(*candidate.entry)) co_return std::vector{own_signature()};
    co_return co_await signing_->signatures(candidate.entry->upstream.get(), request.payer,
                                            stick_of(request));
}

bool Gateway::has_only_its_own(const Entry& entry) const {
    const auto& options = entry.upstream->options();
    return !signing_ || (options.has_own && !options.from_vault);
}

Task<Result<std::unique_ptr<ChatStream>>> Gateway::ask(Candidate candidate, ChatRequest* asked) {
    auto& request = *asked;
    request.model = candidate.model;
    LARES_CO_CHECK(within_limits(request.payer, candidate));
    const bool here = !candidate.entry->upstream;
    const auto* facts = here ? nullptr : catalog_.facts(candidate.model);
    LARES_CO_CHECK(check_abilities(facts, request));
    const bool own = !here && has_only_its_own(*candidate.entry);
    std::vector<Signature> signatures;
    if (!here && !own) {
        LARES_CO_TRY(signatures, co_await signatures_for(candidate, request));
    }
    const auto size = size_of_prompt(request);
    const bool at_callers_server = all_at_callers_server(signatures);
    // What one key made half of is paid: for the next, as much is set aside anew.
    for (std::size_t next = 0;;) {
        Settled settled;
        settled.payer = request.payer;
        settled.provider = candidate.entry->upstream ? candidate.entry->upstream->name() : "local";
        settled.model = model_of(candidate);
        if (clock_) settled.started_ms = clock_->unix_ms();
        if (reserve_) {
            auto planned = plan(candidate, facts, request, size, settled, at_callers_server);
            std::optional<Result<Granted>> granted;
            if (reserve_now_) granted = reserve_now_(planned);
            if (!granted) granted.emplace(co_await reserve_(planned));
            if (!*granted) co_return fail(std::move(*granted).error());
            // Nobody said how long the answer may be, and what was set aside must hold.
            if ((*granted)->binding && !request.max_tokens && !(facts && facts->output_tokens)) {
                request.max_tokens = planned.completion;
                request.raw = nullptr;
            }
            settled.payer = std::move(planned.payer);
        }
        auto routed =
            std::make_unique<Routed>(*this, candidate, std::move(settled), request, size.likely_bytes());
        Result<void> begun;
        if (here)
            begun = co_await routed->ask_here(std::move(request));
        else if (own)
            begun = co_await routed->ask(&request, own_signature());
        else
            begun = co_await routed->ask(&request, &signatures, &next);
        if (begun) co_return routed;
        if (next == signatures.size() || !another_key_may_do(begun.error()))
            co_return fail(std::move(begun).error());
    }
}

bool Gateway::may_keep(const ChatRequest& request) const {
    const auto when = catalog_.cache.when;
    return cache_.on() && clock_ &&
           (request.cache.asked || when == CacheWhen::always ||
            (when == CacheWhen::deterministic && is_deterministic(request)));
}

// Also decides whether the answer that is made now is kept: then request.cache.what is its key, else empty.
std::unique_ptr<ChatStream> Gateway::given_before(ChatRequest& request, const std::vector<Candidate>& list) {
    const bool may = !request.cache.what.empty() && may_keep(request);
    auto wish = std::exchange(request.cache, {});
    if (!may) return nullptr;
    std::vector<std::string> names;
    for (const auto& candidate : list) {
        names.push_back(name_of(candidate));
        if (names.back().empty()) names.back() = candidate.entry->provider->status().model;
    }
    request.cache = std::move(wish);
    const auto key = cache_key_of(request, std::move(names));
    request.cache.what = request.cache.write ? key : std::string();
    const std::int64_t now = clock_->unix_ms();
    auto found = request.cache.read ? cache_.find(key, now) : nullptr;
    const std::int64_t age_ms = found ? std::max<std::int64_t>(now - found->made_ms, 0) : 0;
    if (found && request.cache.max_age_ms && age_ms > *request.cache.max_age_ms) found = nullptr;
    if (request.trace)
        request.trace->cache = found                ? CacheUse::hit
                               : request.cache.read ? CacheUse::miss
                                                    : CacheUse::passed_by;
    if (!found) return nullptr;
    if (request.trace) {
        request.trace->age_s = age_ms / 1000;
        request.trace->provider = found->provider;
        request.trace->model = found->model;
    }
    if (settle_) {
        Settled settled;
        settled.id = ids_.next(now);
        settled.payer = request.payer;
        settled.provider = found->provider;
        settled.model = found->model;
        settled.outcome = Outcome::cached;
        settled.cost_micros = 0;
        settled.started_ms = now;
        settle_(settled);
    }
    return std::make_unique<Replay>(std::move(found));
}

Task<Result<std::unique_ptr<ChatStream>>> Gateway::chat(ChatRequest request) {
    co_return co_await chat(&request);
}

Task<Result<std::unique_ptr<ChatStream>>> Gateway::chat(ChatRequest* asked) {
    auto& request = *asked;
    std::string routing;
    auto list = candidates(request.model, &routing);
    if (list.empty()) co_return no_model(request.model);
    LARES_CO_CHECK(keep_allowed(request.payer, request.model, list));
    if (request.trace) {
        request.trace->routing = routing.empty() ? "named" : routing;
        for (const auto& candidate : list) request.trace->candidates.push_back(name_of(candidate));
    }
    if (auto kept = given_before(request, list)) co_return kept;
    std::optional<Error> first_error;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const bool last = i + 1 == list.size();
        std::optional<ChatRequest> copy;  // what one candidate needs changed is not the next one's
        if (!last) copy = request;
        auto stream = co_await ask(list[i], last ? &request : &*copy);
        if (stream) co_return stream;
        if (last || !may_fall_back(stream.error()))
            co_return fail(first_error && may_fall_back(stream.error()) ? std::move(*first_error)
                                                                        : std::move(stream).error());
        if (!first_error) first_error = std::move(stream).error();
    }
    co_return fail(std::move(*first_error));
}

Task<void> Gateway::offered_by(Entry* entry, const Payer* payer, std::vector<ModelInfo>* out) {
    constexpr std::size_t lists_max = 4;  // keys of one provider that are asked what there is
    ChatRequest asker;
    asker.payer = *payer;
    auto signatures = co_await signatures_for({entry, {}}, asker);
    if (!signatures) co_return;
    if (signatures->size() > lists_max) signatures->resize(lists_max);
    std::vector<Task<void>> lists;
    for (const auto& signature : *signatures) lists.push_back(entry->upstream->refresh(signature));
    co_await async::together(std::move(lists));
    for (auto& info : entry->upstream->models(*signatures)) {
        if (const auto* facts = catalog_.facts(info.name); facts && facts->context_tokens)
            info.context_tokens = static_cast<std::uint32_t>(*facts->context_tokens);
        out->push_back(std::move(info));
    }
}

// All are asked at once: the slowest of them, which has its own bound, is waited for, and no sum of them.
Task<std::vector<ModelInfo>> Gateway::offered(Payer payer) {
    std::vector<std::vector<ModelInfo>> lists(entries_.size());
    std::vector<Task<void>> asked;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        auto* entry = entries_[i].get();
        if (entry->upstream) {
            asked.push_back(offered_by(entry, &payer, &lists[i]));
            continue;
        }
        lists[i] = entry->provider->models();
        for (auto& info : lists[i]) info.is_default = info.is_default && i == 0;
    }
    co_await async::together(std::move(asked));
    std::vector<ModelInfo> all;
    for (auto& list : lists) std::ranges::move(list, std::back_inserter(all));
    finish(all);
    std::erase_if(all, [&](const ModelInfo& info) { return !may_use(payer, info.id).has_value(); });
    co_return all;
}

Task<Result<std::string>> Gateway::check_key(std::string provider, SecretText key, std::string endpoint) {
    if (provider == "elevenlabs" && signing_)
        co_return co_await check_elevenlabs_key(&signing_->guarded(), std::move(key), std::move(endpoint));
    for (const auto& entry : entries_) {
        if (!entry->upstream || entry->upstream->name() != provider || !signing_) continue;
        const auto* form = secrets::find_provider(provider);
        Signature signature;
        signature.base_url = endpoint.empty() && form ? std::string(form->endpoint) : endpoint;
        signature.client = &signing_->guarded();
        signature.credential = secrets::Credential{.tier = secrets::KeyTier::user,
                                                   .id = {},
                                                   .provider = std::move(provider),
                                                   .key = std::move(key),
                                                   .endpoint = std::move(endpoint),
                                                   .label = {}};
        co_return co_await entry->upstream->check(std::move(signature));
    }
    co_return std::string();  // no provider of this server: its form was looked at
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
    finish(all);
    return all;
}

void Gateway::finish(std::vector<ModelInfo>& models) const {
    for (auto& info : aliases()) models.push_back(std::move(info));
    const auto name = chosen();
    if (name.empty()) return;
    for (auto& info : models) info.is_default = info.id == name;
}

std::optional<std::uint32_t> Gateway::context_of(const Candidate& candidate) const {
    if (!candidate.entry->upstream) {
        const auto info = candidate.entry->provider->find_model(candidate.model);
        return info ? std::optional(info->context_tokens) : std::nullopt;
    }
    const auto* facts = catalog_.facts(candidate.model);
    if (!facts || !facts->context_tokens) return std::nullopt;
    return static_cast<std::uint32_t>(*facts->context_tokens);
}

// An alias takes what the smallest of those behind it takes, as far as that is known.
std::optional<ModelInfo> Gateway::find_model(const std::string& model) {
    const auto name = model.empty() ? chosen() : model;
    const auto list = candidates(name);
    if (list.empty()) return std::nullopt;
    const bool alias = catalog_.aliases.contains(name);
    if (!alias && !list.front().entry->upstream)
        return list.front().entry->provider->find_model(list.front().model);
    ModelInfo info;
    info.id = info.name = name;
    const bool here =
        std::ranges::none_of(list, [](const auto& one) { return one.entry->upstream != nullptr; });
    info.provider = here ? "local" : alias ? "alias" : list.front().entry->upstream->name();
    info.is_default = name == chosen();
    // Of several behind a name, each may be the one that answers.
    const auto all_can = [&](std::optional<bool> ModelFacts::* what) {
        return std::ranges::all_of(list, [&](const auto& one) {
            const auto* facts = one.entry->upstream ? catalog_.facts(one.model) : nullptr;
            return facts && (facts->*what).value_or(false);
        });
    };
    info.sees_images = all_can(&ModelFacts::vision);
    info.reads_documents = all_can(&ModelFacts::documents);
    for (const auto& candidate : list)
        if (const auto context = context_of(candidate); context && *context > 0)
            info.context_tokens =
                info.context_tokens == 0 ? *context : std::min(info.context_tokens, *context);
    return info;
}

std::vector<ModelInfo> Gateway::aliases() const {
    std::vector<ModelInfo> all;
    for (const auto& [name, alias] : catalog_.aliases) {
        ModelInfo info;
        info.id = info.name = name;
        info.provider = "alias";
        all.push_back(std::move(info));
    }
    return all;
}

bool Gateway::counts_exactly(const std::string& model) {
    const auto list = candidates(model);
    return std::ranges::none_of(list, [](const auto& one) { return one.entry->upstream != nullptr; });
}

Result<std::size_t> Gateway::count_tokens(const std::string& model,
                                          const std::vector<ChatMessage>& messages) {
    const auto list = candidates(model);
    if (list.empty()) return no_model(model);
    auto counted = list.front().entry->provider->count_tokens(list.front().model, messages);
    for (std::size_t i = 1; !counted && i < list.size(); ++i)
        if (auto other = list[i].entry->provider->count_tokens(list[i].model, messages)) return other;
    return counted;
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
    for (const auto& entry : entries_)
        if (!entry->upstream || entry->upstream->options().has_own) all.push_back(entry->provider->status());
    return all;
}

std::vector<Gateway::UpstreamInfo> Gateway::upstreams() {
    std::vector<UpstreamInfo> all;
    for (const auto& entry : entries_) {
        if (!entry->upstream) continue;
        UpstreamInfo info{entry->upstream->name(),
                          entry->upstream->kind(),
                          "ready",
                          entry->upstream->status().reason,
                          {},
                          entry->upstream->options().has_own};
        if (clock_ && entry->breaker.open(clock_->unix_ms())) info.state = "resting";
        for (auto& model : entry->upstream->models()) info.models.push_back(std::move(model.id));
        all.push_back(std::move(info));
    }
    return all;
}

Result<void> Gateway::use(const std::string& model) {
    Candidate found;
    const bool alias = catalog_.aliases.contains(model);
    if (model.empty() || (!alias && !find(model, found))) return no_model(model);
    const bool here = !alias && !found.entry->upstream;
    if (here) {
        if (!switch_) return no_model(model);
        LARES_CHECK(switch_(model));
    }
    std::lock_guard lock(chosen_mutex_);
    chosen_ = here ? std::string() : alias ? model : name_of(found);
    return {};
}

std::string Gateway::chosen() const {
    std::lock_guard lock(chosen_mutex_);
    return chosen_;
}

void Gateway::forget(const std::string& cache_key) {
    for (const auto& entry : entries_) entry->provider->forget(cache_key);
}

Task<void> Gateway::refresh() {
    std::vector<Task<void>> asked;
    for (const auto& entry : entries_)
        if (entry->upstream) asked.push_back(entry->upstream->refresh());
    co_await async::together(std::move(asked));
}

}  // namespace lares::gateway
