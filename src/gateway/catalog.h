#pragma once
// What the operator's file says about models: upstreams beside those of the environment, aliases with their
// targets and fallbacks, capabilities and prices. A JSON file (setting GATEWAY_FILE);
// share/gateway/models.json is what comes with the program. Unknown is unknown: no price is not a price of
// nothing.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include "base/result.h"
#include "base/secret.h"
#include "json/rules.h"

namespace lares::gateway {

// From so many prompt tokens on, other prices for all tokens of the call; an absent one stays.
struct PriceTier {
    std::int64_t above_tokens = 0;
    std::optional<double> input, output, cache_read, cache_write, cache_write_1h;
};
BOOST_DESCRIBE_STRUCT(PriceTier, (), (above_tokens, input, output, cache_read, cache_write, cache_write_1h))
constexpr auto json_rules(const PriceTier*) {
    return std::array{
        json::range("above_tokens", 1, 1'000'000'000), json::range("input", 0, 1'000'000),
        json::range("output", 0, 1'000'000),           json::range("cache_read", 0, 1'000'000),
        json::range("cache_write", 0, 1'000'000),      json::range("cache_write_1h", 0, 1'000'000)};
}

// Of calls that a provider makes slower or faster for another price; an absent one stays.
struct ServicePrice {
    std::optional<double> input, output, cache_read, cache_write;
    std::vector<PriceTier> tiers = {};
};
BOOST_DESCRIBE_STRUCT(ServicePrice, (), (input, output, cache_read, cache_write, tiers))
constexpr auto json_optional(const ServicePrice*) {
    return std::array<std::string_view, 1>{"tiers"};
}
constexpr auto json_rules(const ServicePrice*) {
    return std::array{json::range("input", 0, 1'000'000), json::range("output", 0, 1'000'000),
                      json::range("cache_read", 0, 1'000'000), json::range("cache_write", 0, 1'000'000),
                      json::items("tiers", 0, 8)};
}

// Money in dollars for a million tokens, as providers state it. Absent is unknown, and not free.
struct Price {
    std::optional<double> input, output, cache_read, cache_write;
    // One tier, in short.
    std::optional<std::int64_t> above_tokens;
    std::optional<double> input_above, output_above;
    std::optional<double> reasoning;  // of the answer's tokens, thinking; absent: as output
    std::vector<PriceTier> tiers = {};
    std::optional<double>
        cache_write_1h;            // of what was written, that is kept for an hour; absent: as cache_write
    std::optional<double> search;  // dollars for one search that the provider made
    std::optional<ServicePrice> flex, priority;
};
BOOST_DESCRIBE_STRUCT(Price, (),
                      (input, output, cache_read, cache_write, above_tokens, input_above, output_above,
                       reasoning, tiers, cache_write_1h, search, flex, priority))
constexpr auto json_optional(const Price*) {
    return std::array<std::string_view, 1>{"tiers"};
}
constexpr auto json_rules(const Price*) {
    return std::array{json::range("input", 0, 1'000'000),       json::range("output", 0, 1'000'000),
                      json::range("cache_read", 0, 1'000'000),  json::range("cache_write", 0, 1'000'000),
                      json::range("input_above", 0, 1'000'000), json::range("output_above", 0, 1'000'000),
                      json::range("reasoning", 0, 1'000'000),   json::range("cache_write_1h", 0, 1'000'000),
                      json::range("search", 0, 1'000),          json::items("tiers", 0, 8)};
}

struct ModelFacts {
    std::optional<std::int64_t> context_tokens, output_tokens;
    std::optional<std::int64_t> image_tokens;  // the most that one picture takes
    std::optional<bool> vision, documents, tools, json_schema, thinking, audio;
    std::optional<Price> price;
};
BOOST_DESCRIBE_STRUCT(ModelFacts, (),
                      (context_tokens, output_tokens, image_tokens, vision, documents, tools, json_schema,
                       thinking, audio, price))

struct UpstreamRow {
    std::string name;
    std::string kind;  // "openai", "anthropic", "ollama" or a row of the quirks table
    std::optional<std::string> base_url;
    std::optional<SecretText> key;
    std::optional<std::string> api_version;
    std::vector<std::string> models;    // offered without asking it
    std::vector<std::string> prefixes;  // of names that are its own: "gpt-"
    std::int64_t concurrency = 32;
    std::int64_t queue = 128;
    std::int64_t first_token_ms = 60'000;
    std::int64_t idle_ms = 60'000;
    std::int64_t total_ms = 600'000;
};
BOOST_DESCRIBE_STRUCT(UpstreamRow, (),
                      (name, kind, base_url, key, api_version, models, prefixes, concurrency, queue,
                       first_token_ms, idle_ms, total_ms))
constexpr auto json_optional(const UpstreamRow*) {
    return std::array<std::string_view, 7>{"models",         "prefixes", "concurrency", "queue",
                                           "first_token_ms", "idle_ms",  "total_ms"};
}

struct AliasTarget {
    std::string model;
    std::int64_t weight = 1;
};
BOOST_DESCRIBE_STRUCT(AliasTarget, (), (model, weight))
constexpr auto json_optional(const AliasTarget*) {
    return std::array<std::string_view, 1>{"weight"};
}

// Which of an alias's targets is asked first (gateway/routing.h).
enum class Strategy : std::uint8_t { weights, least_latency, least_used };
BOOST_DESCRIBE_ENUM(Strategy, weights, least_latency, least_used)

struct Alias {
    std::vector<AliasTarget> targets;
    std::vector<std::string> fallback;  // asked after them, in order
    Strategy strategy = Strategy::weights;
};
BOOST_DESCRIBE_STRUCT(Alias, (), (targets, fallback, strategy))
constexpr auto json_optional(const Alias*) {
    return std::array<std::string_view, 2>{"fallback", "strategy"};
}

// Which answers are given again: those of requests where nothing is drawn (temperature 0, or a seed) and
// those that ask for it; only the latter; all.
enum class CacheWhen : std::uint8_t { deterministic, asked, always };
BOOST_DESCRIBE_ENUM(CacheWhen, deterministic, asked, always)

struct CacheRules {
    std::int64_t megabytes = 64;  // 0: none
    std::int64_t seconds = 3600;
    CacheWhen when = CacheWhen::deterministic;
};
BOOST_DESCRIBE_STRUCT(CacheRules, (), (megabytes, seconds, when))
constexpr auto json_optional(const CacheRules*) {
    return std::array<std::string_view, 3>{"megabytes", "seconds", "when"};
}
constexpr auto json_rules(const CacheRules*) {
    return std::array{json::range("megabytes", 0, 65'536), json::range("seconds", 1, 2'592'000)};
}

struct Catalog {
    std::vector<UpstreamRow> upstreams;
    std::map<std::string, Alias> aliases;
    std::map<std::string, ModelFacts> models;  // by the name that the provider has for it
    CacheRules cache;

    const ModelFacts* facts(const std::string& model) const;
};
BOOST_DESCRIBE_STRUCT(Catalog, (), (upstreams, aliases, models, cache))
constexpr auto json_optional(const Catalog*) {
    return std::array<std::string_view, 4>{"upstreams", "aliases", "models", "cache"};
}

// The facts that come with the program, as a file of that form.
std::string_view known_models();

// Errors name the file's field.
Result<Catalog> parse_catalog(const std::string& json);
// `over`'s entries win.
Catalog merged(Catalog base, Catalog over);

}  // namespace lares::gateway
