// Any bytes as a price table: refused or read; what was read is written and read again as the same, costs are
// never negative, and what would be set aside is never less than a cost.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gateway/usage/price.h"
#include "gateway/usage/prices.h"
#include "json/json.h"

namespace {

using namespace lares::gateway;

constexpr Usage usages[] = {
    {},
    {.prompt = 1, .completion = 1},
    {.prompt = 1000, .reused = 400, .completion = 70, .cache_write = 300, .reasoning = 20},
    {.prompt = 1000, .completion = 70, .cache_write = 300, .cache_write_1h = 200, .searches = 2},
    {.prompt = 300'000, .reused = 9, .completion = 70, .reasoning = 20, .service = Service::flex},
    {.prompt = 300'000, .completion = 70, .cache_write = 300, .service = Service::priority},
    {.prompt = 1, .cache_write_1h = UINT32_MAX, .searches = UINT32_MAX, .service = Service::priority},
    {.prompt = UINT32_MAX, .completion = UINT32_MAX},
    {.prompt = 1, .reused = UINT32_MAX, .completion = 3, .cache_write = UINT32_MAX}};

void expect(bool holds) {
    if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto table = parse_price_table({reinterpret_cast<const char*>(data), size});
    if (!table) {
        expect(!table.error().message.empty());
        return 0;
    }
    const auto again = parse_price_table(lares::json::write(*table));
    expect(again.has_value() && again->models.size() == table->models.size());
    for (const auto& [name, price] : table->models) {
        const auto& same = again->models.at(name);
        for (const auto& usage : usages) {
            const auto cost = cost_micros(price, usage);
            expect(!cost || *cost >= 0);
            expect(cost_micros(same, usage) == cost);
            const auto most = most_micros(price, usage.prompt, usage.completion, usage.searches);
            if (most && cost && usage.reused <= usage.prompt &&
                usage.cache_write <= usage.prompt - usage.reused)
                expect(*cost <= *most);
        }
    }
    Prices prices;
    prices.set_table(*table, 1);
    for (const auto& [name, price] : table->models) expect(prices.find("", name).has_value());
    return 0;
}
