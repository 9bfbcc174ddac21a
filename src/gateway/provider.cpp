#include "gateway/provider.h"

#include <algorithm>

namespace lares::gateway {

std::string_view to_text(ModelState state) {
    switch (state) {
        case ModelState::available:
            return "available";
        case ModelState::loading:
            return "loading";
        case ModelState::ready:
            return "ready";
        case ModelState::failed:
            break;
    }
    return "failed";
}

std::optional<ModelInfo> Provider::find_model(const std::string& model) {
    auto all = models();
    const auto found = std::ranges::find_if(
        all, [&model](const ModelInfo& info) { return model.empty() ? info.is_default : info.id == model; });
    if (found == all.end()) return std::nullopt;
    return std::move(*found);
}

bool Provider::has(const std::string& model) {
    const auto all = models();
    return std::ranges::find(all, model, &ModelInfo::id) != all.end();
}

}  // namespace lares::gateway
