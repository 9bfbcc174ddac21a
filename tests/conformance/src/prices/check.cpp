// prices [--cases FILE]: JSON lines {"id", "price", "usage", "cost"}: a price as in our tables, tokens as the
// ledger has them, and what somebody else says that they cost, in dollars. Ours must be that to the nearest
// millionth.
#include <cmath>
#include <fstream>
#include <iostream>
#include <string>

#include <boost/describe/class.hpp>

#include "gateway/foreign.h"
#include "gateway/usage/price.h"
#include "json/json.h"

namespace lares::gateway {
namespace {

struct CaseUsage {
    std::uint32_t input = 0, output = 0, cache_read = 0, cache_write = 0, reasoning = 0, cache_write_1h = 0;
    std::string service;
};
BOOST_DESCRIBE_STRUCT(CaseUsage, (),
                      (input, output, cache_read, cache_write, reasoning, cache_write_1h, service))
constexpr auto json_optional(const CaseUsage*) {
    return std::array<std::string_view, 2>{"cache_write_1h", "service"};
}

struct Case {
    std::string id;
    Price price;
    CaseUsage usage;
    double cost = 0;
};
BOOST_DESCRIBE_STRUCT(Case, (), (id, price, usage, cost))

// Halves may fall either way: theirs are sums of binary fractions.
bool holds(const Case& one, std::string& why) {
    const auto& usage = one.usage;
    const auto ours = cost_micros(one.price, {.prompt = usage.input,
                                              .reused = usage.cache_read,
                                              .completion = usage.output,
                                              .cache_write = usage.cache_write,
                                              .reasoning = usage.reasoning,
                                              .cache_write_1h = usage.cache_write_1h,
                                              .service = service_of(usage.service)});
    why = one.id + ": " + (ours ? std::to_string(*ours) : "unknown") + " here, " +
          std::to_string(one.cost * 1e6) + " there";
    return ours && std::abs(static_cast<double>(*ours) - one.cost * 1e6) <= 0.5 + 1e-6;
}

int run(const std::string& file) {
    std::ifstream in(file);
    if (!in) {
        std::cerr << file << ": cannot be read\n";
        return 2;
    }
    int passed = 0, failed = 0;
    for (std::string line; std::getline(in, line);) {
        if (line.empty()) continue;
        const auto one = json::parse<Case>(line);
        std::string why = one ? "" : one.error().message;
        if (one && holds(*one, why)) {
            ++passed;
        } else {
            ++failed;
            std::cout << "FAILED " << why << "\n";
        }
    }
    std::cout << passed << " passed, " << failed << " failed\n";
    return failed > 0 || passed == 0;
}

}  // namespace
}  // namespace lares::gateway

int main(int argc, char** argv) {
    std::string file = LARES_PRICE_CASES;
    for (int i = 1; i + 1 < argc; ++i)
        if (std::string_view(argv[i]) == "--cases") file = argv[i + 1];
    return lares::gateway::run(file);
}
