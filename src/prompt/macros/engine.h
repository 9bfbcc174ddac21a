#pragma once
// Macros of cards, lorebooks, prompts and messages: {{name}}, {{name::argument::argument}}, {{name
// argument}},
// {{name:argument}}, nested, in any case, with white space where one likes; scoped ({{name}}…{{/name}}),
// {{if}} with
// {{else}}, comments, variables with their shorthand ({{.name += 1}}), dice, choices, dates. A macro that is
// not known, or has the wrong number of arguments, stays as it is, with what is nested in it expanded. What a
// macro yields is never read again: no text can smuggle in another macro. Source: SillyTavern's public
// documentation of its macros, and what it was seen to do (docs/prompts.md).
#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "prompt/macros/values.h"

namespace lares::prompt::macros {

// Bounds on what an expansion may do: a text of a card is foreign.
namespace limits {
inline constexpr std::size_t depth = 64;        // macros within macros, and scopes within scopes
inline constexpr std::size_t macros = 100'000;  // of one text; what follows is plain
inline constexpr std::size_t output_bytes = std::size_t{4} << 20;  // what macros make, of a whole prompt
inline constexpr std::size_t step_bytes = 16;     // what a macro, or a die, counts for beside what it makes
inline constexpr std::size_t date_bytes = 2'048;  // what a date does: ICU takes its time
inline constexpr std::size_t date_tokens = 64;    // of one {{datetimeformat}}
inline constexpr std::size_t variables = 1'000;
inline constexpr std::size_t variable_bytes = 64 * 1024;
inline constexpr std::size_t variables_bytes = 256 * 1024;  // all names and values
inline constexpr std::int64_t dice = 1'000;
inline constexpr std::int64_t sides = 1'000'000'000;
inline constexpr std::int64_t repeats = 1'000;  // of {{newline}} and {{space}}
}  // namespace limits

// What macros may still make. Texts that go into one prompt share one; when it is spent, macros stay as they
// are written, and who builds the prompt refuses it.
class Budget {
public:
    explicit Budget(std::size_t bytes = limits::output_bytes, Budget* part_of = nullptr)
        : left_(bytes), part_of_(part_of) {}
    void take(std::size_t bytes) {
        left_ -= std::min(left_, bytes);
        if (part_of_) part_of_->take(bytes);
    }
    bool spent() const { return left_ == 0 || (part_of_ && part_of_->spent()); }

private:
    std::size_t left_;
    Budget* part_of_;
};

using Variables = std::map<std::string, std::string>;
using Texts = std::map<std::string, std::string, std::less<>>;

// What macros can see. `values` holds the macros without arguments whose value is a text, by name in lower
// case.
struct World {
    std::string character;
    std::string user;
    Texts values;
    Texts card_fields;               // empty inside a card's own fields
    const Texts* outlets = nullptr;  // none; else it outlives this
    Variables variables;             // of the chat
    Variables global_variables;      // of the person
    std::uint64_t seed = 0;          // of the chat: {{pick}} stays
    std::uint64_t turn = 0;          // changes with every turn: {{random}} and {{roll}} do not stay
    std::int64_t now_ms = 0;         // UTC; 0: nobody knows, dates stay as they are written
    Place place;
};

class Engine {
public:
    // budget: of whom this engine expands for, who keeps it; else it has one of its own.
    explicit Engine(World world, Budget* budget = nullptr) : world_(std::move(world)), shared_(budget) {}
    static bool is_plain(std::string_view text);  // nothing in it begins a macro: it stays as it is
    World& world() { return world_; }
    const World& world() const { return world_; }
    Budget& budget() { return shared_ ? *shared_ : own_; }

    struct Options {
        bool card_field = false;                   // the text is a field of the card itself
        std::optional<std::string_view> original;  // what {{original}} stands for: once, then for nothing
        const Texts* extra = nullptr;              // more values, for this text only
        bool alone = false;                        // what it does to variables ends with it
    };
    std::string expand(std::string_view text, const Options& options);
    std::string expand(std::string_view text) { return expand(text, Options()); }

private:
    World world_;
    Budget own_;
    Budget* shared_;
    std::uint64_t draws_ = 0;
};

}  // namespace lares::prompt::macros
