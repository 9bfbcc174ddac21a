#pragma once
// How one request was answered: who was asked with which key, how long each took, whether the cache had it.
// For the caller who asks for it (X-Lares-Trace) and for the request log. Never holds a key's text.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

namespace lares::gateway {

// off: the request may not be given again. passed_by: the caller did not want what is kept.
enum class CacheUse : std::uint8_t { off, miss, hit, passed_by };
BOOST_DESCRIBE_ENUM(CacheUse, off, miss, hit, passed_by)

struct Try {
    std::string model;               // "openai/gpt-4o"
    std::string tier;                // of the key: "user", "pool", "environment"; "none": in this process
    std::optional<std::string> key;  // its id; absent: the environment's
    std::string why;                 // why this one, in words
    std::string outcome;             // "answered", or the error's type
    std::int64_t ms = 0;             // until the first piece of the answer, or the failure
};
BOOST_DESCRIBE_STRUCT(Try, (), (model, tier, key, why, outcome, ms))

struct Trace {
    CacheUse cache = CacheUse::off;
    std::optional<std::int64_t> age_s;  // of what the cache had
    std::string routing;                // how the candidates were put in order
    std::vector<std::string> candidates;
    std::vector<Try> tries;
    std::string provider, model;  // whose answer it is, as that provider calls it
    // For the request log, and not shown to the caller: the name that was asked for, and what it took.
    std::string asked;
    bool settled = false;
    std::int64_t input = 0, output = 0;
    std::optional<std::int64_t> cost_micros;

    void took(std::int64_t prompt, std::int64_t completion, std::optional<std::int64_t> cost) {
        settled = true;
        input = prompt;
        output = completion;
        cost_micros = cost;
    }
};
BOOST_DESCRIBE_STRUCT(Trace, (), (cache, age_s, routing, candidates, tries, provider, model))
constexpr std::string_view json_name(const Trace*) {
    return "CallTrace";  // chat has a Trace of its own
}

}  // namespace lares::gateway
