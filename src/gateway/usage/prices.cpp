#include "gateway/usage/prices.h"

#include <algorithm>

#include "gateway/usage/price.h"
#include "json/json.h"

namespace lares::gateway {
namespace {

constexpr std::ptrdiff_t date_digits_min = 4;

// A dated name ("gpt-4o-2024-08-06", "gpt-4-0613") has the price of the longest entry that it begins with;
// "claude-opus-4-5" is another model than "claude-opus-4".
const Price* in(const std::map<std::string, Price>& models, const std::string& name) {
    if (const auto found = models.find(name); found != models.end()) return &found->second;
    const auto last = name.find_last_not_of("0123456789-");
    if (last == name.npos) return nullptr;
    for (auto end = name.rfind('-'); end != name.npos && end > last; end = name.rfind('-', end - 1)) {
        const auto digits = std::count_if(name.begin() + static_cast<std::ptrdiff_t>(end), name.end(),
                                          [](char c) { return c != '-'; });
        if (digits < date_digits_min) continue;
        if (const auto found = models.find(name.substr(0, end)); found != models.end()) return &found->second;
    }
    return nullptr;
}

bool any_token(const Usage& usage) {
    return usage.prompt > 0 || usage.completion > 0 || usage.reused > 0 || usage.cache_write > 0 ||
           usage.searches > 0;
}

}  // namespace

Result<PriceTable> parse_price_table(std::string_view json) {
    LARES_TRY(auto table, json::parse<PriceTable>(json, {.bytes = price_table_bytes_max}));
    if (table.models.size() > price_rows_max)
        return invalid_field("models", "must hold at most " + std::to_string(price_rows_max) + " models");
    for (const auto& [name, price] : table.models)
        if (name.empty() || name.size() > 256)
            return invalid_field("models", "a model's name has 1 to 256 characters");
    return table;
}

const Price* Prices::Tables::find(std::string_view provider, const std::string& model) const {
    const std::string full = std::string(provider) + "/" + model;
    for (const auto* table : {&own, &base})
        for (const auto* name : {&full, &model})
            if (const auto* price = in(table->models, *name)) return price;
    return nullptr;
}

std::shared_ptr<const Prices::Tables> Prices::tables() const {
    std::lock_guard lock(mutex_);
    return tables_;
}

template <class Change>
void Prices::change(Change change) {
    auto next = std::make_shared<Tables>(*tables());
    change(*next);
    std::lock_guard lock(mutex_);
    tables_ = std::move(next);
}

void Prices::set_base(const std::map<std::string, ModelFacts>& facts) {
    change([&](Tables& tables) {
        tables.base.models.clear();
        for (const auto& [name, fact] : facts)
            if (fact.price) tables.base.models[name] = *fact.price;
    });
}

void Prices::set_table(PriceTable table, std::int64_t version) {
    change([&](Tables& tables) {
        if (version < tables.version) return;  // a later one came first
        tables.own = std::move(table);
        tables.version = version;
    });
}

Prices::Cost Prices::cost(std::string_view provider, const std::string& model, const Usage& usage) const {
    const auto held = tables();
    Cost out{{}, held->version};
    if (!any_token(usage))
        out.micros = 0;  // nothing was taken
    else if (const auto* price = held->find(provider, model))
        out.micros = cost_micros(*price, usage);
    return out;
}

Prices::Cost Prices::most(std::string_view provider, const std::string& model, std::uint32_t prompt,
                          std::uint32_t completion, std::uint32_t searches) const {
    const auto held = tables();
    Cost out{{}, held->version};
    if (const auto* price = held->find(provider, model))
        out.micros = most_micros(*price, prompt, completion, searches);
    return out;
}

std::optional<Price> Prices::find(std::string_view provider, const std::string& model) const {
    const auto held = tables();
    const auto* price = held->find(provider, model);
    return price ? std::optional(*price) : std::nullopt;
}

std::int64_t Prices::version() const {
    return tables()->version;
}

PriceTable Prices::effective() const {
    const auto held = tables();
    PriceTable all = held->base;
    for (const auto& [name, price] : held->own.models) all.models[name] = price;
    return all;
}

}  // namespace lares::gateway
