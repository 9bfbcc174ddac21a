#include "prompt/lore/matcher.h"

#include <algorithm>

#include "base/text.h"
#include "prompt/lore/text.h"

namespace lares::prompt::lore {

Matcher::Matcher(const ScanInput& input) : input_(input), books_(*input.books) {
    for (const auto& text : input.text->injected) {
        note(text, [](Seen& seen, bool whole_word) {
            seen.any = 0;
            if (whole_word) seen.whole = 0;
        });
    }
    for (std::size_t i = 0; i < character::lore_fields; ++i) {
        const auto bit = static_cast<std::uint8_t>(1U << i);
        if (!(books_.fields() & bit) || input.text->fields[i].empty()) continue;
        note(input.text->fields[i], [bit](Seen& seen, bool whole_word) {
            seen.fields_any |= bit;
            if (whole_word) seen.fields_whole |= bit;
        });
    }
}

void Matcher::note(std::string_view text, const std::function<void(Seen&, bool)>& seen) {
    const auto hits = books_.find(text, budget_);
    for (const auto& hit : hits->hits) seen(seen_[hit.pattern], hit.whole_word);
}

void Matcher::reach(std::int64_t depth) {
    const auto& messages = input_.text->messages;
    depth = std::min({depth, scan_depth_max, static_cast<std::int64_t>(messages.size())});
    for (; reached_ < depth; ++reached_) {
        const std::int64_t place = reached_;
        note(trim(messages[static_cast<std::size_t>(place)]), [place](Seen& seen, bool whole_word) {
            seen.any = std::min(seen.any, place);
            if (whole_word) seen.whole = std::min(seen.whole, place);
        });
    }
}

void Matcher::add_recursion(std::string text) {
    note(text, [](Seen& seen, bool whole_word) {
        seen.recursion_any = true;
        if (whole_word) seen.recursion_whole = true;
    });
    recursion_.push_back(std::move(text));
    joined_.clear();
}

bool Matcher::matches(const Key& key, const character::LoreEntry& entry, std::int64_t depth, State state) {
    if (key.kind == Key::Kind::dynamic) {
        const auto [found, is_new] = dynamic_.try_emplace(&key);
        if (is_new)
            found->second = books_.dynamic_key(key, input_.expand ? input_.expand(key.text) : key.text);
        return matches(found->second, entry, depth, state);
    }
    if (key.kind == Key::Kind::never) return false;
    if (key.kind == Key::Kind::always) return true;
    if (depth <= 0) return key.regex && key.regex->matches("", budget_);
    if (key.kind != Key::Kind::pattern) return matches_joined(key, entry, depth, state);
    if (!key.regex) return matches_seen(key.pattern, key.whole_word, entry, depth, state);
    if (matches_seen(key.pattern, true, entry, depth, state)) return true;
    return matches_seen(key.pattern, false, entry, depth, state) && matches_joined(key, entry, depth, state);
}

bool Matcher::matches_seen(std::uint32_t pattern, bool whole, const character::LoreEntry& entry,
                           std::int64_t depth, State state) const {
    const auto found = seen_.find(pattern);
    if (found == seen_.end()) return false;
    const Seen& seen = found->second;
    if ((whole ? seen.whole : seen.any) < std::min(depth, scan_depth_max)) return true;
    if ((whole ? seen.fields_whole : seen.fields_any) & entry.match_fields) return true;
    return state != State::min_activations && (whole ? seen.recursion_whole : seen.recursion_any);
}

bool Matcher::matches_joined(const Key& key, const character::LoreEntry& entry, std::int64_t depth,
                             State state) {
    Joined& text = joined(entry.match_fields, depth, state);
    if (key.regex) return key.regex->matches(text.text, budget_);
    if (key.case_sensitive) return contains(text.text, key.text, key.whole_word);
    if (!text.has_lowered) {
        text.lowered = lower(text.text);
        text.has_lowered = true;
    }
    return contains(text.lowered, lower(key.text), key.whole_word);
}

// All that an entry looks at as one text: a mark before each piece, a line break between two.
Matcher::Joined& Matcher::joined(std::uint8_t fields, std::int64_t depth, State state) {
    const auto& messages = input_.text->messages;
    depth = std::min({depth, scan_depth_max, static_cast<std::int64_t>(messages.size())});
    const bool with_recursion = state != State::min_activations;
    const std::uint64_t name = (static_cast<std::uint64_t>(depth) << 16) |
                               (static_cast<std::uint64_t>(fields) << 1) | (with_recursion ? 1U : 0U);
    const auto [found, is_new] = joined_.try_emplace(name);
    if (!is_new) return found->second;
    std::string& text = found->second.text;
    const auto add = [&](std::string_view piece) {
        text += text.empty() ? "\x01" : "\n\x01";
        text += piece;
    };
    for (std::int64_t i = 0; i < depth; ++i) add(trim(messages[static_cast<std::size_t>(i)]));
    for (std::size_t i = 0; i < character::lore_fields; ++i) {
        if ((fields >> i & 1U) && !input_.text->fields[i].empty()) add(input_.text->fields[i]);
    }
    for (const auto& piece : input_.text->injected) add(piece);
    if (with_recursion) {
        for (const auto& piece : recursion_) add(piece);
    }
    return found->second;
}

std::vector<std::uint32_t> Matcher::candidates() const {
    std::vector<std::uint32_t> items = books_.restless();
    for (const auto& [pattern, _] : seen_) {
        const auto [begin, end] = books_.items_of(pattern);
        items.insert(items.end(), begin, end);
    }
    std::ranges::sort(items);
    items.erase(std::unique(items.begin(), items.end()), items.end());
    return items;
}

}  // namespace lares::prompt::lore
