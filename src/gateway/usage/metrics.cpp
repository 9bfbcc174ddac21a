#include "gateway/usage/metrics.h"

#include <array>

#include <boost/describe/enum_to_string.hpp>

#include "observe/metrics.h"

namespace lares::gateway {

namespace {

constexpr std::array<double, 14> token_bounds{1,     4,     16,     64,      256,     1024,     4096,
                                              16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864};

std::string_view word(Outcome outcome) {
    return boost::describe::enum_to_string(outcome, "");
}

}  // namespace

// Models are not a label: a client may name any.
void count_call(const Settled& settled) {
    const metrics::Labels provider{{"gen_ai_provider_name", settled.provider}};
    const auto tokens = [&](const char* kind) -> metrics::Histogram& {
        auto labels = provider;
        labels.emplace_back("gen_ai_token_type", kind);
        return metrics::histogram("gen_ai_client_token_usage", labels, "Tokens of a call.", token_bounds);
    };
    if (settled.usage.prompt > 0) tokens("input").observe(settled.usage.prompt);
    if (settled.usage.completion > 0) tokens("output").observe(settled.usage.completion);
    auto labels = provider;
    labels.emplace_back("outcome", word(settled.outcome));
    metrics::histogram("gen_ai_client_operation_duration_seconds", labels,
                       "A call of a model, from its beginning to its end.", metrics::turn_seconds)
        .observe(static_cast<double>(settled.duration_ms) / 1000);
    if (settled.first_token_ms)
        metrics::histogram("gen_ai_server_time_to_first_token_seconds", provider,
                           "From the beginning of a call to the first piece of its answer.",
                           metrics::turn_seconds)
            .observe(static_cast<double>(*settled.first_token_ms) / 1000);
    if (settled.cost_micros)
        metrics::counter("lares_gateway_cost_micros_total", provider,
                         "Millionths of a dollar, where the price is known.")
            .add(static_cast<std::uint64_t>(*settled.cost_micros));
    else if (settled.outcome != Outcome::failed)
        metrics::counter("lares_gateway_unpriced_calls_total", provider, "Calls whose price is not known.")
            .add();
}

}  // namespace lares::gateway
