#pragma once
// Answers, for one scan, whether a key is in the text that an entry looks at. Pieces of text are searched
// once; how far back a key was seen first is what is kept.
#include <cstdint>
#include <limits>
#include <unordered_map>

#include "prompt/lore/scan.h"

namespace lares::prompt::lore {

enum class State : std::uint8_t { initial, recursion, min_activations };

class Matcher {
public:
    explicit Matcher(const ScanInput& input);

    void reach(std::int64_t depth);  // messages [0, depth) are searched from now on
    void add_recursion(std::string text);
    bool has_recursion() const { return !recursion_.empty(); }

    // `depth`: how many messages the entry looks at.
    bool matches(const Key& key, const character::LoreEntry& entry, std::int64_t depth, State state);
    // Items whose primary keys were seen anywhere, with those that are restless; ascending, each once.
    std::vector<std::uint32_t> candidates() const;
    bool exhausted() const { return budget_.left == 0; }

private:
    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
    struct Seen {
        std::int64_t any = never, whole = never;  // the newest message that holds it
        bool recursion_any = false, recursion_whole = false;
        std::uint8_t fields_any = 0, fields_whole = 0;
    };
    struct Joined {
        std::string text, lowered;
        bool has_lowered = false;
    };

    void note(std::string_view text, const std::function<void(Seen&, bool whole_word)>& seen);
    bool matches_seen(std::uint32_t pattern, bool whole, const character::LoreEntry& entry,
                      std::int64_t depth, State state) const;
    bool matches_joined(const Key& key, const character::LoreEntry& entry, std::int64_t depth, State state);
    Joined& joined(std::uint8_t fields, std::int64_t depth, State state);

    const ScanInput& input_;
    const BookSet& books_;
    RegexBudget budget_;
    std::int64_t reached_ = 0;
    std::vector<std::string> recursion_;
    std::unordered_map<std::uint32_t, Seen> seen_;
    std::unordered_map<std::uint64_t, Joined> joined_;
    std::unordered_map<const Key*, Key> dynamic_;
};

}  // namespace lares::prompt::lore
