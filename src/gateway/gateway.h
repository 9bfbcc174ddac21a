#pragma once
// Chooses who answers: by the model's name, an alias with weights and fallbacks, and by who is well. It is
// itself a Provider, so that nobody above has to know how many there are. Every call that was begun is
// settled once, whatever ends it.
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "async/clock.h"
#include "gateway/breaker.h"
#include "gateway/cache.h"
#include "gateway/catalog.h"
#include "gateway/passing.h"
#include "gateway/provider.h"
#include "gateway/routing.h"
#include "gateway/trace.h"
#include "gateway/usage/prices.h"
#include "gateway/usage/settled.h"

namespace lares::gateway {

class Upstream;
class Signing;
struct Signature;
struct PromptSize;

class Gateway final : public Provider {
public:
    Gateway();
    ~Gateway() override;

    // Wiring only, before the first call. The first provider is the default one.
    void add(std::shared_ptr<Provider> provider);
    void add(std::shared_ptr<Upstream> upstream);
    void set_catalog(Catalog catalog);
    void set_clock(async::Clock& clock) { clock_ = &clock; }  // outlives it; without one no upstream is asked
    // now: the same where nothing has to be waited for; nullopt: it has.
    using ReserveNow = std::function<std::optional<Result<Granted>>(const Planned&)>;
    void on_reserve(Reserve reserve, ReserveNow now = {}) {
        reserve_ = std::move(reserve);
        reserve_now_ = std::move(now);
    }
    void on_settled(Settle settle) { settle_ = std::move(settle); }
    // Keys of people and of the pool; without it upstreams have their own only.
    void sign_with(std::shared_ptr<Signing> signing) { signing_ = std::move(signing); }

    // Tries the model's targets in order until one begins to answer; what has begun is never repeated
    // elsewhere. Errors: as of Provider::chat and of providers/upstream.h; of the first target that failed;
    // forbidden "model-not-allowed"; unprocessable "no-provider-key".
    Task<Result<std::unique_ptr<ChatStream>>> chat(ChatRequest request) override;
    // The same; the request stays where it is until there is an answer, and is used up then.
    Task<Result<std::unique_ptr<ChatStream>>> chat(ChatRequest* request);
    // Whether what calls may name this model (Payer::models). Error: forbidden "model-not-allowed".
    Result<void> may_use(const Payer& payer, const std::string& model);
    // Whether its answer may be one that was given before, or be kept: as far as the file and its wish say.
    bool may_keep(const ChatRequest& request) const;
    static Result<void> may_name(const Payer& payer, const std::string& name);  // by the list alone
    // What the caller may name and has a key for.
    Task<std::vector<ModelInfo>> offered(Payer payer);
    // Whether a provider takes a key: asks it. Gives why that could not be found out, or nothing. Errors:
    // unprocessable "key-refused"; as of Upstream::check.
    Task<Result<std::string>> check_key(std::string provider, SecretText key, std::string endpoint);
    // No other model is tried: its vectors would mean something else.
    Task<Result<Embedding>> embed(EmbedRequest request) override;
    // A request that only its provider understands (gateway/passing.h).
    Task<Result<std::unique_ptr<Passed>>> pass(PassRequest request);
    // Of all providers, the default one's first. A model of an upstream is named "upstream/model".
    std::vector<ModelInfo> models() override;
    std::optional<ModelInfo> find_model(const std::string& model) override;
    // Whether count_tokens() asks the model's own tokeniser.
    bool counts_exactly(const std::string& model);
    Result<std::size_t> count_tokens(const std::string& model,
                                     const std::vector<ChatMessage>& messages) override;
    ProviderStatus status() override;                    // of the first provider
    std::vector<ProviderStatus> statuses();              // of each
    void forget(const std::string& cache_key) override;  // at each

    // Asks the upstreams which models they have, those that were not asked for a while.
    Task<void> refresh();

    const Catalog& catalog() const { return catalog_; }
    Prices& prices() { return prices_; }
    // What requests without a model's name get from now on: a model of this process, which is loaded, one of
    // an upstream, or an alias. Errors: not_found "model-not-found"; as of Local::use.
    Result<void> use(const std::string& model);
    std::string chosen() const;  // by use(), of an upstream or an alias; empty: this process's own
    void on_switch(std::function<Result<void>(const std::string&)> change) { switch_ = std::move(change); }

    struct UpstreamInfo {
        std::string name, kind, state;  // "ready", "resting" (its breaker is open)
        std::string problem;
        std::vector<std::string> models;
        bool has_own = true;  // false: only those who have a key can use it
    };
    std::vector<UpstreamInfo> upstreams();

private:
    struct Entry;
    struct Candidate {
        Entry* entry = nullptr;
        std::string model;  // as that provider calls it
    };
    class Routed;
    class Bill;
    class Passing;
    bool find(const std::string& name, Candidate& out);
    Error resting(const Entry& entry) const;
    std::vector<ModelInfo> aliases() const;
    void finish(std::vector<ModelInfo>& models) const;  // aliases, and which one is the default
    std::optional<std::uint32_t> context_of(const Candidate& candidate) const;
    std::string name_of(const Candidate& candidate) const;   // "upstream/model"; of this process: the model
    std::string model_of(const Candidate& candidate) const;  // who named none means the one that answers
    std::string listed_name_of(const Candidate& candidate) const;  // as a key's lists and budgets say it
    std::vector<Candidate> candidates(const std::string& name, std::string* routing = nullptr);
    Result<void> keep_allowed(const Payer& payer, const std::string& model, std::vector<Candidate>& list);
    std::unique_ptr<ChatStream> given_before(ChatRequest& request, const std::vector<Candidate>& list);
    Task<Result<std::vector<Signature>>> signatures_for(const Candidate& candidate,
                                                        const ChatRequest& request);
    bool has_only_its_own(const Entry& entry) const;  // no key of anybody else can sign for it
    Result<void> within_limits(const Payer& payer, const Candidate& candidate) const;
    // What one of them has for this caller.
    Task<void> offered_by(Entry* entry, const Payer* payer, std::vector<ModelInfo>* out);
    Planned plan(const Candidate& candidate, const ModelFacts* facts, const ChatRequest& request,
                 const PromptSize& size, Settled& settled, bool at_callers_server);
    // The request outlives chat(), which waits for this, and is asked for nothing after it.
    Task<Result<std::unique_ptr<ChatStream>>> ask(Candidate candidate, ChatRequest* request);

    std::vector<std::unique_ptr<Entry>> entries_;
    Catalog catalog_;
    async::Clock* clock_ = nullptr;
    std::shared_ptr<Signing> signing_;
    TargetStats targets_;
    AnswerCache cache_;
    Prices prices_;
    IdSource ids_;  // of calls
    Reserve reserve_;
    ReserveNow reserve_now_;
    Settle settle_;
    std::function<Result<void>(const std::string&)> switch_;
    mutable std::mutex chosen_mutex_;
    std::string chosen_;
};

}  // namespace lares::gateway
