#pragma once
// What a call costs. Pure, exact in millionths of a dollar.
#include <cstdint>
#include <optional>

#include "gateway/catalog.h"
#include "gateway/model.h"

namespace lares::gateway {

// nullopt: a price that the usage needs is not known.
std::optional<std::int64_t> cost_micros(const Price& price, const Usage& usage);

}  // namespace lares::gateway
