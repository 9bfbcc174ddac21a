#pragma once
// What a call costs. Pure, exact in millionths of a dollar.
#include <cstdint>
#include <optional>

#include "gateway/catalog.h"
#include "gateway/model.h"

namespace lares::gateway {

// nullopt: a price that the usage needs is not known.
std::optional<std::int64_t> cost_micros(const Price& price, const Usage& usage);

// What a call of at most so many tokens costs at most, whatever part of its prompt is in a cache and however
// fast it is served.
std::optional<std::int64_t> most_micros(const Price& price, std::uint32_t prompt, std::uint32_t completion,
                                        std::uint32_t searches = 0);

}  // namespace lares::gateway
