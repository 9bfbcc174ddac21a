#pragma once
// Lorebooks: entries that join a prompt when their keys are mentioned. Two forms are read into one shape:
//   - `character_book` of a V2 or V3 card (a list of entries; what SillyTavern adds stands in `extensions`)
//   - SillyTavern's world info file ({"entries": {"0": {...}}})
// Source of the fields: the card specifications V2 and V3, and how SillyTavern 1.19 behaves.
// Pure; errors are bad_request "invalid-lorebook" with `field`. Books of other programs, and the way back to
// a file: lorebook_forms.h.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/fwd.hpp>

#include "base/result.h"

namespace lares::character {

// The numbers are those of the file form.
enum class LorePosition : std::uint8_t {
    before,
    after,
    note_top,
    note_bottom,
    at_depth,
    examples_top,
    examples_bottom,
    outlet
};
enum class SecondaryLogic : std::uint8_t { and_any, not_all, not_any, and_all };

// Texts that an entry may be matched with beside the chat.
enum class LoreField : std::uint8_t {
    persona,
    description,
    personality,
    depth_prompt,
    scenario,
    creator_notes
};
inline constexpr std::size_t lore_fields = 6;

struct LoreFilter {
    bool exclude = false;
    std::vector<std::string> names;
    std::vector<std::string> tags;
};

// Lines "@@name argument" above the content (V3). Whoever follows them decides which: compat knows only the
// first two.
struct LoreDecorators {
    bool activate = false;
    bool dont_activate = false;
    std::optional<std::int64_t> depth, instruct_depth, reverse_depth, scan_depth;
    std::optional<std::uint8_t> role;
    std::optional<std::string> position;
    std::optional<std::int64_t> activate_only_after, activate_only_every, is_greeting;
    bool keep_activate_after_match = false, dont_activate_after_match = false;
    bool constant = false, use_regex = false, ignore_on_max_context = false;
    std::vector<std::string> additional_keys, exclude_keys;
};

struct LoreEntry {
    std::int64_t uid = 0;
    std::string comment;
    std::string content;  // without its decorators
    std::vector<std::string> keys, secondary_keys;
    bool enabled = true;
    bool constant = false;
    bool selective = true;  // false: secondary keys are not looked at
    SecondaryLogic logic = SecondaryLogic::and_any;
    double order = 100;
    std::optional<LorePosition> position = LorePosition::before;  // none: a number that nobody knows
    std::int64_t depth = 4;                                       // with at_depth
    std::uint8_t role = 0;  // with at_depth: 0 system, 1 user, 2 assistant
    std::string outlet;
    bool ignore_budget = false;
    bool exclude_recursion = false, prevent_recursion = false;
    std::int64_t delay_until_recursion = 0;  // 0: no; else the level
    std::uint8_t match_fields = 0;           // bit per LoreField
    double probability = 100;
    bool use_probability = true;
    std::vector<std::string> groups;
    bool group_override = false;
    double group_weight = 100;
    // None: as the setting says.
    std::optional<bool> group_scoring, case_sensitive, whole_words;
    std::optional<std::int64_t> scan_depth;
    std::int64_t sticky = 0, cooldown = 0, delay = 0;  // messages
    std::vector<std::string> triggers;                 // kinds of turn; empty: all
    LoreFilter filter;
    bool use_regex = false;  // V3: keys are patterns without slashes
    LoreDecorators decorators;
};

struct Lorebook {
    std::string name;
    // What the book of a card asks for itself; SillyTavern does not look at it.
    std::optional<std::int64_t> scan_depth, token_budget;
    bool recursive = false;
    std::vector<LoreEntry> entries;  // in the order of their uid
};

// One entry of the world file; its content as it was written, decorators included.
Result<LoreEntry> parse_world_entry(const boost::json::value& value, const std::string& path = {});
// One entry of a card's book, likewise. `index`: its place, for one without an id.
Result<LoreEntry> parse_card_entry(const boost::json::value& value, std::int64_t index,
                                   const std::string& path = {});

// The numbers of a world file's entries, in its order, each once: an entry's `uid`, without one its key, else
// the next that is free. Of two with one uid the first keeps it.
std::vector<std::int64_t> world_numbers(const boost::json::object& entries);

// Either form, told apart by content. `path` names where the value stands ("card.data.character_book").
Result<Lorebook> parse_lorebook(const boost::json::value& value, const std::string& path = {});
// Of JSON text.
Result<Lorebook> parse_lorebook_text(std::string_view json, const std::string& path = {});

}  // namespace lares::character
