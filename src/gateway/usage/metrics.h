#pragma once
// Calls of models in /metrics, by the names of OpenTelemetry's GenAI conventions.
#include "gateway/usage/settled.h"

namespace lares::gateway {

void count_call(const Settled& settled);

}  // namespace lares::gateway
