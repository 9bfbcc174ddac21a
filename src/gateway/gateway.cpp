#include "gateway/gateway.h"

namespace lares::gateway {

void Gateway::add(std::shared_ptr<Provider> provider) {
    providers_.push_back(std::move(provider));
}

Result<std::shared_ptr<Provider>> Gateway::provider_of(const std::string& model) {
    if (!providers_.empty()) {
        if (model.empty()) return providers_.front();
        for (const auto& provider : providers_)
            for (const auto& info : provider->models())
                if (info.id == model) return provider;
    }
    return fail(Code::not_found, "model-not-found", "There is no model named '" + model + "'.", "model");
}

Task<Result<std::unique_ptr<ChatStream>>> Gateway::chat(ChatRequest request) {
    LARES_CO_TRY(auto provider, provider_of(request.model));
    co_return co_await provider->chat(std::move(request));
}

std::vector<ModelInfo> Gateway::models() {
    std::vector<ModelInfo> all;
    for (const auto& provider : providers_) {
        auto own = provider->models();
        for (auto& info : own) {
            info.is_default = info.is_default && provider == providers_.front();
            all.push_back(std::move(info));
        }
    }
    return all;
}

Result<std::size_t> Gateway::count_tokens(const std::string& model,
                                          const std::vector<ChatMessage>& messages) {
    LARES_TRY(auto provider, provider_of(model));
    return provider->count_tokens(model, messages);
}

ProviderStatus Gateway::status() {
    if (!providers_.empty()) return providers_.front()->status();
    ProviderStatus none;
    none.state = ModelState::failed;
    none.reason = "No model provider is set up.";
    return none;
}

std::vector<ProviderStatus> Gateway::statuses() {
    std::vector<ProviderStatus> all;
    for (const auto& provider : providers_) all.push_back(provider->status());
    return all;
}

void Gateway::forget(const std::string& cache_key) {
    for (const auto& provider : providers_) provider->forget(cache_key);
}

}  // namespace lares::gateway
