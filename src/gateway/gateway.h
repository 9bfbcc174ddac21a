#pragma once
// Chooses the provider by the model's name. It is itself a Provider, so that nobody above has to know how
// many there are.
#include <memory>
#include <string>
#include <vector>

#include "gateway/provider.h"

namespace lares::gateway {

class Gateway final : public Provider {
public:
    // Wiring only, before the first call. The first provider is the default one.
    void add(std::shared_ptr<Provider> provider);

    Task<Result<std::unique_ptr<ChatStream>>> chat(ChatRequest request) override;
    std::vector<ModelInfo> models() override;  // of all providers, the default one's first
    Result<std::size_t> count_tokens(const std::string& model,
                                     const std::vector<ChatMessage>& messages) override;
    ProviderStatus status() override;                    // of the default provider
    std::vector<ProviderStatus> statuses();              // of each
    void forget(const std::string& cache_key) override;  // at each

private:
    Result<std::shared_ptr<Provider>> provider_of(const std::string& model);
    std::vector<std::shared_ptr<Provider>> providers_;
};

}  // namespace lares::gateway
