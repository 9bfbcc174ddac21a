#include "gateway/usage/price.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace lares::gateway {

namespace {

using Picodollars = __int128;  // a million dollars for a million tokens, and four billion tokens, fit
using Rate = std::optional<double>;

// The prices of a call with so long a prompt.
struct Rates {
    Rate input, output, cache_read, cache_write, cache_write_1h, reasoning;
};

void take(Rate& into, Rate from) {
    if (from) into = from;
}

template <class From>
void take_named(Rates& rates, const From& from) {
    take(rates.input, from.input);
    take(rates.output, from.output);
    take(rates.cache_read, from.cache_read);
    take(rates.cache_write, from.cache_write);
}

void take_tier(Rates& rates, const std::vector<PriceTier>& tiers, std::int64_t prompt) {
    const PriceTier* tier = nullptr;  // the highest that is passed
    for (const auto& one : tiers)
        if (prompt > one.above_tokens && (!tier || one.above_tokens > tier->above_tokens)) tier = &one;
    if (!tier) return;
    take_named(rates, *tier);
    take(rates.cache_write_1h, tier->cache_write_1h);
}

const ServicePrice* price_of(const Price& price, Service service) {
    const auto& own = service == Service::flex ? price.flex : price.priority;
    return service == Service::standard || !own ? nullptr : &*own;
}

// A long prompt's prices stand over those of a service, its own before the usual ones.
Rates rates_of(const Price& price, std::int64_t prompt, Service service) {
    Rates rates{price.input,       price.output,         price.cache_read,
                price.cache_write, price.cache_write_1h, price.reasoning};
    const auto* own = price_of(price, service);
    if (own) take_named(rates, *own);
    if (own && own->output) rates.reasoning.reset();
    if (price.above_tokens && prompt > *price.above_tokens) {
        take(rates.input, price.input_above);
        take(rates.output, price.output_above);
    }
    take_tier(rates, price.tiers, prompt);
    if (own) take_tier(rates, own->tiers, prompt);
    if (!rates.cache_read) rates.cache_read = rates.input;
    if (!rates.cache_write) rates.cache_write = rates.input;
    if (!rates.cache_write_1h) rates.cache_write_1h = rates.cache_write;
    if (!rates.reasoning) rates.reasoning = rates.output;
    return rates;
}

// Dollars for a million tokens times tokens is millionths of a dollar. Prices have at most six decimals, so
// that the sum in picodollars is whole.
bool add(Picodollars& sum, Rate per_million, std::uint32_t tokens) {
    if (tokens == 0) return true;
    if (!per_million) return false;
    sum += static_cast<Picodollars>(std::llround(*per_million * 1e6)) * tokens;
    return true;
}

Rate for_a_million(Rate one) {
    return one ? Rate(*one * 1e6) : one;
}

std::int64_t to_micros(Picodollars sum, int rounding) {
    const auto micros = (sum + rounding) / 1'000'000;
    return static_cast<std::int64_t>(std::min<Picodollars>(micros, INT64_MAX / 4));
}

}  // namespace

std::optional<std::int64_t> cost_micros(const Price& price, const Usage& usage) {
    const auto rates = rates_of(price, usage.prompt, usage.service);
    const std::uint64_t cached = static_cast<std::uint64_t>(usage.reused) + usage.cache_write;
    const auto fresh = usage.prompt > cached ? static_cast<std::uint32_t>(usage.prompt - cached) : 0U;
    const auto thought = std::min(usage.reasoning, usage.completion);
    const auto for_an_hour = std::min(usage.cache_write_1h, usage.cache_write);
    Picodollars sum = 0;
    if (!add(sum, rates.input, fresh) || !add(sum, rates.cache_read, usage.reused) ||
        !add(sum, rates.cache_write, usage.cache_write - for_an_hour) ||
        !add(sum, rates.cache_write_1h, for_an_hour) || !add(sum, rates.reasoning, thought) ||
        !add(sum, rates.output, usage.completion - thought))
        return std::nullopt;
    // Searches whose price nobody knows do not make the tokens unknown, too.
    if (!add(sum, for_a_million(price.search), usage.searches) && sum == 0) return std::nullopt;
    return to_micros(sum, 500'000);
}

std::optional<std::int64_t> most_micros(const Price& price, std::uint32_t prompt, std::uint32_t completion,
                                        std::uint32_t searches) {
    Picodollars most = 0, searched = 0;
    if (!add(searched, for_a_million(price.search), searches)) return std::nullopt;
    // A shorter prompt may fall under a dearer tier, and a project may be set to be served faster.
    std::vector<std::int64_t> lengths{0, prompt};
    if (price.above_tokens) lengths.push_back(*price.above_tokens + 1);
    for (const auto* service : {price_of(price, Service::flex), price_of(price, Service::priority)})
        for (const auto& tier : service ? service->tiers : std::vector<PriceTier>())
            lengths.push_back(tier.above_tokens + 1);
    for (const auto& tier : price.tiers) lengths.push_back(tier.above_tokens + 1);
    for (const auto length : lengths) {
        if (length > prompt) continue;
        for (const auto service : {Service::standard, Service::flex, Service::priority}) {
            if (service != Service::standard && !price_of(price, service)) continue;
            const auto rates = rates_of(price, length, service);
            if ((prompt > 0 && !rates.input) || (completion > 0 && !rates.output)) return std::nullopt;
            const Rate input =
                std::max({rates.input, rates.cache_read, rates.cache_write, rates.cache_write_1h});
            Picodollars sum = searched;
            add(sum, input, prompt);
            add(sum, std::max(rates.output, rates.reasoning), completion);
            most = std::max(most, sum);
        }
    }
    return to_micros(most, 999'999);
}

}  // namespace lares::gateway
