#pragma once
// Chooses who answers: by the model's name, an alias with weights and fallbacks, and by who is well. It is
// itself a Provider, so that nobody above has to know how many there are. Every call that was begun is
// settled once, whatever ends it.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "async/clock.h"
#include "gateway/breaker.h"
#include "gateway/catalog.h"
#include "gateway/provider.h"
#include "gateway/usage/prices.h"
#include "gateway/usage/settled.h"

namespace lares::gateway {

class Upstream;

class Gateway final : public Provider {
public:
    Gateway();
    ~Gateway() override;

    // Wiring only, before the first call. The first provider is the default one.
    void add(std::shared_ptr<Provider> provider);
    void add(std::shared_ptr<Upstream> upstream);
    void set_catalog(Catalog catalog);
    void set_clock(async::Clock& clock) { clock_ = &clock; }  // outlives it; without one no upstream is asked
    void on_reserve(Reserve reserve) { reserve_ = std::move(reserve); }
    void on_settled(Settle settle) { settle_ = std::move(settle); }

    // Tries the model's targets in order until one begins to answer; what has begun is never repeated
    // elsewhere. Errors: as of Provider::chat and of providers/upstream.h; of the first target that failed.
    Task<Result<std::unique_ptr<ChatStream>>> chat(ChatRequest request) override;
    // Of all providers, the default one's first. A model of an upstream is named "upstream/model".
    std::vector<ModelInfo> models() override;
    Result<std::size_t> count_tokens(const std::string& model,
                                     const std::vector<ChatMessage>& messages) override;
    ProviderStatus status() override;                    // of the default provider
    std::vector<ProviderStatus> statuses();              // of each
    void forget(const std::string& cache_key) override;  // at each

    // Asks the upstreams which models they have, those that were not asked for a while.
    Task<void> refresh();

    const Catalog& catalog() const { return catalog_; }
    Prices& prices() { return prices_; }
    // Another model of this process becomes the default. Errors: not_found "model-not-found"; as of
    // Local::use.
    Result<void> use(const std::string& model);
    void on_switch(std::function<Result<void>(const std::string&)> change) { switch_ = std::move(change); }

    struct UpstreamInfo {
        std::string name, kind, state;  // "ready", "resting" (its breaker is open)
        std::string problem;
        std::vector<std::string> models;
    };
    std::vector<UpstreamInfo> upstreams();

    // Who would be asked, in order, as "upstream/model".
    std::vector<std::string> plan(const std::string& model);

private:
    struct Entry;
    struct Candidate {
        Entry* entry = nullptr;
        std::string model;  // as that provider calls it
    };
    class Routed;
    bool find(const std::string& name, Candidate& out);
    std::vector<Candidate> candidates(const std::string& model);
    Task<Result<void>> reserve(const Candidate& candidate, ChatRequest& request, Settled& settled);
    Task<Result<std::unique_ptr<ChatStream>>> ask(Candidate candidate, ChatRequest request);

    std::vector<std::unique_ptr<Entry>> entries_;
    Catalog catalog_;
    async::Clock* clock_ = nullptr;
    Prices prices_;
    IdSource ids_;  // of calls
    Reserve reserve_;
    Settle settle_;
    std::function<Result<void>(const std::string&)> switch_;
};

}  // namespace lares::gateway
