#pragma once
// Which entries of a chat's lorebooks join this turn's prompt, and why. A scan goes in passes: the chat
// first, then the text of what woke (recursion), then deeper into the chat while too few entries are active
// (minimum activations), then the next level of entries that wait for recursion. Source of the rules: what
// SillyTavern 1.19 was seen to do (docs/lorebooks.md); chance is a function of the seed, so a scan is
// repeatable.
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "prompt/lore/book_set.h"
#include "prompt/lore/reason.h"

namespace lares::prompt::lore {

struct ScanSettings {
    std::int64_t scan_depth = 2;  // messages, newest first
    std::size_t budget = 1;       // tokens; reaching it is too much
    bool recursive = false;
    std::int64_t max_recursion_steps = 0;  // passes; 0: no bound of its own
    std::int64_t min_activations = 0;
    std::int64_t min_activations_depth_max = 0;  // 0: the whole chat
    bool group_scoring = false;
};

// What is searched. Names stand before the messages where the setting says so.
struct ScanText {
    std::vector<std::string> messages;  // newest first, hidden ones left out
    std::vector<std::string> injected;  // the author's note and the like, when they may be searched
    std::array<std::string, character::lore_fields> fields;
};

// Counted in messages of the chat, the current one included.
struct TimedEffect {
    std::string hash;  // of the entry, hexadecimal
    std::int64_t start = 0;
    std::int64_t end = 0;
    bool protected_ = false;  // follows another effect: not undone when its message is
};
struct TimedEffects {
    std::map<std::string, TimedEffect> sticky, cooldown;  // by Item::id
    std::map<std::string, std::int64_t> matched;          // V3 "after match": the chat's length at the match
};

struct ScanInput {
    const BookSet* books = nullptr;
    ScanSettings settings;
    const ScanText* text = nullptr;
    std::string trigger = "normal";  // kind of turn
    std::string also_trigger;        // another one that it is as well; empty: none
    std::string character;           // for filters
    std::vector<std::string> tags;
    std::uint64_t seed = 0;
    std::int64_t length = -1;  // of the chat, in messages; negative: as many as `text` has
    TimedEffects timed;        // as the turn before left them
    std::function<std::string(std::string_view)> expand;
    std::function<Result<std::size_t>(const std::string&)> count;
};

struct Activated {
    const Item* item = nullptr;
    std::string content;  // macros expanded
    Reason reason;
    std::size_t tokens = 0;
};
struct Refused {
    const Item* item = nullptr;
    Reason reason;
};

struct ScanResult {
    static constexpr std::size_t refused_max = 1'000;
    std::vector<Activated> activated;  // in the order in which they woke
    std::vector<Refused> refused;      // that a key woke, and that something kept out
    TimedEffects timed;
    bool overflowed = false;       // the budget kept an entry out
    bool regex_exhausted = false;  // regex keys took more work than one scan may
    int passes = 0;
};

constexpr std::int64_t scan_depth_max = 1'000;
constexpr int passes_max = 2'000;

// Errors: those of `count`.
Result<ScanResult> scan(const ScanInput& input);

// A number in [0, 1) that hangs on nothing else.
double chance(std::uint64_t seed, std::string_view what, std::string_view id, std::int64_t turn);

// The same for many turns of one id, which is hashed once.
class Chance {
public:
    Chance(std::uint64_t seed, std::string_view what, std::string_view id);
    double of(std::int64_t turn) const;

private:
    void add(std::string_view text);
    std::uint64_t value_;
};

}  // namespace lares::prompt::lore
