#pragma once
// The lorebooks of one chat, compiled: all plain keys into one automaton (two, where some keys mind case),
// regex keys behind FilteredRE2's prefilter, whose atoms ride in the same automaton. Immutable after
// `compile`; what a piece of text holds is remembered, so that a message is searched once.
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "character/lorebook.h"
#include "prompt/lore/automaton.h"
#include "prompt/lore/regex.h"

namespace re2 {
class FilteredRE2;
}

namespace lares::prompt::lore {

enum class Scope : std::uint8_t { global, character, chat, persona, space };
std::string_view to_text(Scope scope);  // "global"

struct Book {
    Scope scope = Scope::global;
    std::string name;
    std::shared_ptr<const character::Lorebook> book;
};

enum class Strategy : std::uint8_t { evenly, character_first, global_first };

struct CompileOptions {
    bool case_sensitive = false;  // of entries that do not say
    bool whole_words = true;
    Strategy strategy = Strategy::character_first;
    bool v3 =
        false;  // follow what SillyTavern does not: use_regex and the decorators of the V3 specification
    auto operator<=>(const CompileOptions&) const = default;
};

struct Key {
    enum class Kind : std::uint8_t {
        pattern,  // `pattern` of the automata, or a regex that no match leads over a line break between
                  // messages
        regex,    // on the joined text
        text,     // on the joined text: it holds a line break itself
        dynamic,  // macros first
        always,   // of white space only
        never     // empty
    };
    Kind kind = Kind::never;
    bool whole_word = false, case_sensitive = false;
    std::uint32_t pattern = 0;
    std::shared_ptr<const KeyRegex> regex;
    std::string text;  // as it was written
};

struct Item {
    const character::LoreEntry* entry = nullptr;
    Scope scope = Scope::global;
    std::size_t of_book = 0;  // its place in BookSet::books
    std::string book;
    std::string id;          // "character/Book 1/0": where its state is kept
    std::uint64_t hash = 0;  // of all that it is: an edited entry has no state
    std::vector<Key> keys, secondary_keys;
    std::vector<Key> exclude_keys;  // V3
};

std::string position_name(character::LorePosition position);  // "before", "at_depth"
std::string title_of(const Item& item);                       // its comment, else its first key, else its id

// What was found in one piece of text.
struct Hits {
    struct Hit {
        std::uint32_t pattern = 0;
        bool whole_word = false;  // of a regex: it matches whatever follows; else only if a line break does
    };
    std::vector<Hit> hits;   // each pattern once
    std::vector<int> atoms;  // of the prefilter, each once, in order
};

class BookSet {
public:
    static constexpr std::size_t regexes_max = 4'000;  // further regex keys are literal text
    static constexpr std::size_t warnings_max = 100;
    static constexpr std::size_t remembered_max = 16'384;  // pieces of text, of each of two generations
    static constexpr std::size_t remembered_bytes_max = std::size_t{8} << 20;

    static std::shared_ptr<const BookSet> compile(std::vector<Book> books, CompileOptions options);
    ~BookSet();
    BookSet(const BookSet&) = delete;
    BookSet& operator=(const BookSet&) = delete;

    const std::vector<Book>& books() const { return books_; }
    const std::vector<Item>& items() const { return items_; }  // in the order in which they spend the budget
    const CompileOptions& options() const { return options_; }
    // Items with this pattern among their primary keys.
    std::pair<const std::uint32_t*, const std::uint32_t*> items_of(std::uint32_t pattern) const {
        return {by_pattern_.data() + starts_[pattern], by_pattern_.data() + starts_[pattern + 1]};
    }
    // Items that must be looked at whatever the text holds.
    const std::vector<std::uint32_t>& restless() const { return restless_; }
    std::int64_t deepest() const { return deepest_; }  // the largest scan depth of an entry
    std::uint8_t fields() const { return fields_; }    // union of match_fields
    const std::vector<std::int64_t>& delay_levels() const { return delay_levels_; }  // ascending, each once
    std::size_t patterns() const { return patterns_; }
    // For the person: keys that look like a regular expression and are searched as text.
    const std::vector<std::string>& warnings() const { return warnings_; }

    // Remembered by content. `text` is one message or another piece, without the mark before it.
    std::shared_ptr<const Hits> find(std::string_view text, RegexBudget& budget) const;
    // The same without memory: for measuring.
    Hits search(std::string_view text, RegexBudget& budget) const;

    // A key with its macros expanded.
    Key dynamic_key(const Key& key, std::string_view expanded) const;

private:
    class Builder;
    struct Folded {  // what a pattern of the automaton for lower case means
        std::uint32_t pattern = Automaton::none;
        int atom = -1;
    };
    BookSet();
    void search_regexes(std::string_view marked, RegexBudget& budget, Hits& hits) const;

    std::vector<Book> books_;
    CompileOptions options_;
    std::vector<Item> items_;
    std::vector<std::uint32_t> starts_, by_pattern_, restless_;
    std::int64_t deepest_ = 0;
    std::uint8_t fields_ = 0;
    std::vector<std::int64_t> delay_levels_;
    std::vector<std::string> warnings_;
    std::size_t patterns_ = 0;
    Automaton exact_, folded_;
    std::vector<Folded> folded_meaning_;
    std::vector<std::shared_ptr<const KeyRegex>> regexes_;  // patterns from first_regex_ on
    std::uint32_t first_regex_ = 0;
    std::unique_ptr<re2::FilteredRE2> filter_;
    std::vector<std::uint32_t> filtered_;    // the filter's numbers as places in regexes_
    std::vector<std::uint32_t> unfiltered_;  // PCRE2's

    struct Memory {
        std::unordered_map<std::string, std::shared_ptr<const Hits>> pieces;
        std::size_t bytes = 0;
    };
    mutable std::mutex mutex_;
    mutable Memory young_, old_;
};

}  // namespace lares::prompt::lore
