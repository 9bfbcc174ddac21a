#pragma once
// Macros of cards, lorebooks, prompts and messages: {{name}}, {{name::argument::argument}}, {{name
// argument}},
// {{name:argument}}, nested, in any case, with white space where one likes; scoped ({{name}}…{{/name}}),
// {{if}} with
// {{else}}, comments, variables with their shorthand ({{.name += 1}}), dice, choices, dates. A macro that is
// not known, or has the wrong number of arguments, stays as it is, with what is nested in it expanded. What a
// macro yields is never read again: no text can smuggle in another macro. Source: SillyTavern's public
// documentation of its macros, and what it was seen to do (docs/prompts.md).
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lares::prompt::macros {

// Bounds on what an expansion may do: a text of a card is foreign.
namespace limits {
inline constexpr std::size_t depth = 64;  // macros within macros
inline constexpr std::size_t output_bytes = std::size_t{4} << 20;
inline constexpr std::size_t variables = 1'000;
inline constexpr std::size_t variable_bytes = 64 * 1024;
inline constexpr std::size_t steps = 100'000;  // macros of one expansion
inline constexpr std::int64_t dice = 1'000;
inline constexpr std::int64_t sides = 1'000'000'000;
inline constexpr std::int64_t repeats = 1'000;  // of {{newline}} and {{space}}
}  // namespace limits

using Variables = std::map<std::string, std::string>;

// What macros can see. `values` holds the macros without arguments whose value is a text, by name in lower
// case.
struct World {
    std::string character;
    std::string user;
    std::map<std::string, std::string, std::less<>> values;
    std::map<std::string, std::string, std::less<>> card_fields;  // empty inside a card's own fields
    std::map<std::string, std::string, std::less<>> outlets;
    Variables variables;         // of the chat
    Variables global_variables;  // of the person
    std::uint64_t seed = 0;      // of the chat: {{pick}} stays
    std::uint64_t turn = 0;      // changes with every turn: {{random}} and {{roll}} do not stay
    std::int64_t now_ms = 0;     // UTC; 0: nobody knows, dates stay as they are written
    std::string time_zone = "UTC";
    std::string locale = "en";
};

class Engine {
public:
    explicit Engine(World world) : world_(std::move(world)) {}
    World& world() { return world_; }
    const World& world() const { return world_; }

    struct Options {
        bool card_field = false;                   // the text is a field of the card itself
        std::optional<std::string_view> original;  // what {{original}} stands for: once, then for nothing
        const std::map<std::string, std::string, std::less<>>* extra =
            nullptr;  // more values, for this text only
    };
    std::string expand(std::string_view text, const Options& options);
    std::string expand(std::string_view text) { return expand(text, Options()); }

private:
    World world_;
    std::uint64_t draws_ = 0;
};

}  // namespace lares::prompt::macros
