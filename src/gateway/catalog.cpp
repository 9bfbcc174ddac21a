#include "gateway/catalog.h"

#include "json/json.h"

namespace lares::gateway {

const ModelFacts* Catalog::facts(const std::string& model) const {
    if (const auto found = models.find(model); found != models.end()) return &found->second;
    // A dated name ("gpt-4o-2024-08-06") has the facts of the longest entry that it begins with.
    const ModelFacts* best = nullptr;
    std::size_t length = 0;
    for (const auto& [name, facts] : models)
        if (name.size() > length && model.size() > name.size() && model.starts_with(name) &&
            model[name.size()] == '-' && model.find_first_not_of("0123456789-", name.size()) == model.npos) {
            best = &facts;
            length = name.size();
        }
    return best;
}

Result<Catalog> parse_catalog(const std::string& json) {
    return json::parse<Catalog>(json);
}

Catalog merged(Catalog base, Catalog over) {
    for (auto& row : over.upstreams) {
        std::erase_if(base.upstreams, [&](const UpstreamRow& old) { return old.name == row.name; });
        base.upstreams.push_back(std::move(row));
    }
    for (auto& [name, alias] : over.aliases) base.aliases[name] = std::move(alias);
    for (auto& [name, facts] : over.models) base.models[name] = std::move(facts);
    base.cache = over.cache;
    return base;
}

}  // namespace lares::gateway
