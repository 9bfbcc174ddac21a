#pragma once
// The price table in force: the operator's, over what came with the program. Its file is JSON:
//   {"models": {"openai/gpt-4o": {"input": 2.5, "output": 10, "cache_read": 1.25,
//                                 "tiers": [{"above_tokens": 200000, "input": 5}]}}}
// dollars for a million tokens (docs/usage.md). Any thread.
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <boost/describe/class.hpp>

#include "gateway/catalog.h"
#include "gateway/model.h"

namespace lares::gateway {

// By "provider/model", or by the model's name alone.
struct PriceTable {
    std::map<std::string, Price> models;
};
BOOST_DESCRIBE_STRUCT(PriceTable, (), (models))

inline constexpr std::size_t price_rows_max = 10'000;
inline constexpr std::size_t price_table_bytes_max = 4 * 1024 * 1024;

// Errors name the file's field.
Result<PriceTable> parse_price_table(std::string_view json);

class Prices {
public:
    struct Cost {
        std::optional<std::int64_t> micros;  // nullopt: not known
        std::int64_t version = 0;
    };

    void set_base(const std::map<std::string, ModelFacts>& facts);
    void set_table(PriceTable table, std::int64_t version);

    Cost cost(std::string_view provider, const std::string& model, const Usage& usage) const;
    // What such a call costs at most.
    Cost most(std::string_view provider, const std::string& model, std::uint32_t prompt,
              std::uint32_t completion, std::uint32_t searches = 0) const;
    std::optional<Price> find(std::string_view provider, const std::string& model) const;
    std::int64_t version() const;
    PriceTable effective() const;  // all of it, for showing

private:
    struct Tables {
        PriceTable base, own;
        std::int64_t version = 0;
        const Price* find(std::string_view provider, const std::string& model) const;
    };
    std::shared_ptr<const Tables> tables() const;
    template <class Change>
    void change(Change change);

    mutable std::mutex mutex_;
    std::shared_ptr<const Tables> tables_ = std::make_shared<Tables>();
};

}  // namespace lares::gateway
