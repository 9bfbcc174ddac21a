#include "gateway/usage/price.h"

#include <cmath>

namespace lares::gateway {

namespace {

// Dollars for a million tokens times tokens is millionths of a dollar. Prices have at most six decimals, so
// that the sum in picodollars is whole.
std::optional<std::int64_t> picodollars(std::optional<double> per_million, std::uint32_t tokens) {
    if (tokens == 0) return 0;
    if (!per_million) return std::nullopt;
    return std::llround(*per_million * 1e6) * static_cast<std::int64_t>(tokens);
}

}  // namespace

std::optional<std::int64_t> cost_micros(const Price& price, const Usage& usage) {
    const bool above = price.above_tokens && usage.prompt > *price.above_tokens;
    const auto input = above && price.input_above ? price.input_above : price.input;
    const auto output = above && price.output_above ? price.output_above : price.output;
    const std::uint32_t cached = usage.reused + usage.cache_write;
    const std::uint32_t fresh = usage.prompt > cached ? usage.prompt - cached : 0;
    std::int64_t sum = 0;
    for (const auto& part :
         {picodollars(input, fresh), picodollars(price.cache_read ? price.cache_read : input, usage.reused),
          picodollars(price.cache_write ? price.cache_write : input, usage.cache_write),
          picodollars(output, usage.completion)}) {
        if (!part) return std::nullopt;
        sum += *part;
    }
    return (sum + 500'000) / 1'000'000;
}

}  // namespace lares::gateway
