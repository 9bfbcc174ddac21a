#pragma once
// Sticky, cooldown and delay: how long an entry stays, must rest, has to wait, in messages of the chat. State
// comes from the turn before and goes to the next one.
#include <set>

#include "prompt/lore/scan.h"

namespace lares::prompt::lore {

class Timed {
public:
    explicit Timed(const ScanInput& input);

    std::int64_t length() const { return length_; }  // of the chat, in messages
    bool is_sticky(const Item& item) const { return sticky_.contains(&item); }
    bool is_cooling(const Item& item) const { return cooling_.contains(&item); }
    bool is_delayed(const Item& item) const { return length_ < item.entry->delay; }
    bool matched_before(const Item& item) const { return state_.matched.contains(item.id); }
    const std::vector<std::uint32_t>& sticky_items() const { return sticky_items_; }

    // What the next turn starts with.
    TimedEffects after(const std::vector<Activated>& activated);

private:
    void take_sticky(const std::map<std::string, std::uint32_t>& places);
    void take_cooldown(const std::map<std::string, std::uint32_t>& places);
    TimedEffect effect(const Item& item, std::int64_t messages, bool is_protected) const;

    const std::vector<Item>& items_;
    std::int64_t length_;
    TimedEffects state_;
    std::set<const Item*> sticky_, cooling_;
    std::vector<std::uint32_t> sticky_items_;
};

}  // namespace lares::prompt::lore
