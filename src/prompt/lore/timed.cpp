#include "prompt/lore/timed.h"

#include <cstdio>

namespace lares::prompt::lore {

namespace {

std::string hex(std::uint64_t value) {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
    return text;
}

// What becomes of a stored effect in this turn.
enum class Fate : std::uint8_t { dropped, kept, ended };

Fate fate_of(const TimedEffect& effect, const Item* item, std::int64_t configured, std::int64_t length) {
    // The chat is as short as when it began: that message is written again.
    if (length <= effect.start && !effect.protected_) return Fate::dropped;
    if (!item) return length >= effect.end ? Fate::dropped : Fate::kept;  // of a book that is not here today
    if (hex(item->hash) != effect.hash || configured == 0) return Fate::dropped;
    return length >= effect.end ? Fate::ended : Fate::kept;
}

}  // namespace

Timed::Timed(const ScanInput& input)
    : items_(input.books->items()),
      length_(input.length >= 0 ? input.length : static_cast<std::int64_t>(input.text->messages.size())),
      state_(input.timed) {
    std::erase_if(state_.matched, [this](const auto& one) { return one.second >= length_; });
    if (state_.sticky.empty() && state_.cooldown.empty()) return;
    std::map<std::string, std::uint32_t> places;
    for (std::uint32_t i = 0; i < items_.size(); ++i) {
        if (items_[i].entry->sticky > 0 || items_[i].entry->cooldown > 0) places.emplace(items_[i].id, i);
    }
    take_sticky(places);
    take_cooldown(places);
}

TimedEffect Timed::effect(const Item& item, std::int64_t messages, bool is_protected) const {
    return {hex(item.hash), length_, length_ + messages, is_protected};
}

void Timed::take_sticky(const std::map<std::string, std::uint32_t>& places) {
    std::erase_if(state_.sticky, [&](const auto& one) {
        const auto& [id, stored] = one;
        const auto place = places.find(id);
        const Item* item = place == places.end() ? nullptr : &items_[place->second];
        const Fate fate = fate_of(stored, item, item ? item->entry->sticky : 0, length_);
        if (fate == Fate::kept && item) {
            sticky_.insert(item);
            sticky_items_.push_back(place->second);
        }
        // Rest begins when staying ends.
        if (fate == Fate::ended && item->entry->cooldown > 0) {
            state_.cooldown[id] = effect(*item, item->entry->cooldown, true);
        }
        return fate != Fate::kept;
    });
}

void Timed::take_cooldown(const std::map<std::string, std::uint32_t>& places) {
    std::erase_if(state_.cooldown, [&](const auto& one) {
        const auto place = places.find(one.first);
        const Item* item = place == places.end() ? nullptr : &items_[place->second];
        const Fate fate = fate_of(one.second, item, item ? item->entry->cooldown : 0, length_);
        if (fate == Fate::kept && item) cooling_.insert(item);
        return fate != Fate::kept;
    });
}

TimedEffects Timed::after(const std::vector<Activated>& activated) {
    for (const auto& one : activated) {
        const auto& entry = *one.item->entry;
        if (entry.sticky > 0) state_.sticky.try_emplace(one.item->id, effect(*one.item, entry.sticky, false));
        if (entry.cooldown > 0)
            state_.cooldown.try_emplace(one.item->id, effect(*one.item, entry.cooldown, false));
        if (entry.decorators.keep_activate_after_match || entry.decorators.dont_activate_after_match)
            state_.matched.try_emplace(one.item->id, length_);
    }
    return std::move(state_);
}

}  // namespace lares::prompt::lore
