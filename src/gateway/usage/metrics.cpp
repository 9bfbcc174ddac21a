#include "gateway/usage/metrics.h"

#include <array>
#include <functional>
#include <map>
#include <mutex>

#include <boost/describe/enum_to_string.hpp>

#include "observe/metrics.h"

namespace lares::gateway {

namespace {

constexpr std::array<double, 14> token_bounds{1,     4,     16,     64,      256,     1024,     4096,
                                              16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864};

std::string_view word(Outcome outcome) {
    return boost::describe::enum_to_string(outcome, "");
}

// The instruments of one provider, each asked for when it is needed first: a lookup takes longer than all
// else here.
struct Instruments {
    metrics::Histogram* tokens[2] = {};
    std::array<metrics::Histogram*, 5> durations = {};  // by outcome
    metrics::Histogram* first_token = nullptr;
    metrics::Counter* cost = nullptr;
    metrics::Counter* unpriced = nullptr;
};

}  // namespace

// Models are not a label: a client may name any.
void count_call(const Settled& settled) {
    static std::mutex mutex;
    static std::map<std::string, Instruments, std::less<>> all;
    const std::lock_guard lock(mutex);
    auto& own = all[settled.provider];
    const auto labels = [&] { return metrics::Labels{{"gen_ai_provider_name", settled.provider}}; };
    const auto labelled = [&](const char* name, std::string_view value) {
        auto both = labels();
        both.emplace_back(name, value);
        return both;
    };
    const auto count_tokens = [&](int index, const char* kind, std::uint32_t tokens) {
        if (tokens == 0) return;
        if (!own.tokens[index])
            own.tokens[index] =
                &metrics::histogram("gen_ai_client_token_usage", labelled("gen_ai_token_type", kind),
                                    "Tokens of a call.", token_bounds);
        own.tokens[index]->observe(tokens);
    };
    count_tokens(0, "input", settled.usage.prompt);
    count_tokens(1, "output", settled.usage.completion);
    auto*& duration = own.durations.at(static_cast<std::size_t>(settled.outcome));
    if (!duration)
        duration = &metrics::histogram(
            "gen_ai_client_operation_duration_seconds", labelled("outcome", word(settled.outcome)),
            "A call of a model, from its beginning to its end.", metrics::turn_seconds);
    duration->observe(static_cast<double>(settled.duration_ms) / 1000);
    if (settled.first_token_ms) {
        if (!own.first_token)
            own.first_token = &metrics::histogram(
                "gen_ai_server_time_to_first_token_seconds", labels(),
                "From the beginning of a call to the first piece of its answer.", metrics::turn_seconds);
        own.first_token->observe(static_cast<double>(*settled.first_token_ms) / 1000);
    }
    if (settled.cost_micros) {
        if (!own.cost)
            own.cost = &metrics::counter("lares_gateway_cost_micros_total", labels(),
                                         "Millionths of a dollar, where the price is known.");
        own.cost->add(static_cast<std::uint64_t>(*settled.cost_micros));
    } else if (settled.outcome != Outcome::failed) {
        if (!own.unpriced)
            own.unpriced = &metrics::counter("lares_gateway_unpriced_calls_total", labels(),
                                             "Calls whose price is not known.");
        own.unpriced->add();
    }
}

}  // namespace lares::gateway
