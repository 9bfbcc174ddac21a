#include "prompt/lore/groups.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace lares::prompt::lore {

namespace {

struct Group {
    std::string name;
    std::vector<std::uint32_t> members;
};

class Settling {
public:
    Settling(const std::vector<Item>& items, const ScanInput& input,
             const std::function<std::size_t(const Item&)>& score, const Timed& timed,
             const std::vector<const Item*>& active)
        : items_(items), input_(input), score_(score), timed_(timed) {
        for (const auto* item : active)
            filled_.insert(item->entry->groups.begin(), item->entry->groups.end());
    }

    void settle(Group& group) {
        std::erase_if(group.members, [&](std::uint32_t member) { return lost(member); });
        if (keep_sticky(group)) return;
        keep_best(group);
        if (filled_.contains(group.name)) return lose_all_but(group, none, {Why::group_filled, group.name});
        if (group.members.size() <= 1) return;
        std::uint32_t winner = prioritised(group);
        if (winner == none) winner = drawn(group);
        lose_all_but(group, winner, {Why::group_other, group.name});
    }
    std::vector<std::pair<std::uint32_t, Reason>> take() { return std::move(losers_); }

private:
    static constexpr std::uint32_t none = 0xffffffff;

    bool lost(std::uint32_t member) const { return lost_.contains(member); }
    void lose(std::uint32_t member, Reason reason) {
        if (lost_.insert(member).second) losers_.emplace_back(member, std::move(reason));
    }
    void lose_all_but(const Group& group, std::uint32_t winner, const Reason& reason) {
        for (const auto member : group.members) {
            if (member != winner) lose(member, reason);
        }
    }

    bool keep_sticky(const Group& group) {
        const auto sticky = [&](std::uint32_t member) { return timed_.is_sticky(items_[member]); };
        if (std::ranges::none_of(group.members, sticky)) return false;
        for (const auto member : group.members) {
            if (!sticky(member)) lose(member, {Why::group_sticky, group.name});
        }
        return true;
    }

    // Where scoring is on, entries with fewer keys found than the best one leave.
    void keep_best(Group& group) {
        const bool general = input_.settings.group_scoring;
        const auto scored = [&](std::uint32_t member) {
            return items_[member].entry->group_scoring.value_or(general);
        };
        if (!general && std::ranges::none_of(group.members, scored)) return;
        std::size_t best = 0;
        std::vector<std::size_t> scores;
        for (const auto member : group.members) {
            scores.push_back(score_(items_[member]));
            best = std::max(best, scores.back());
        }
        std::vector<std::uint32_t> kept;
        for (std::size_t i = 0; i < scores.size(); ++i) {
            if (scored(group.members[i]) && scores[i] < best)
                lose(group.members[i], {Why::group_score, group.name});
            else
                kept.push_back(group.members[i]);
        }
        group.members = std::move(kept);
    }

    // The members are in order of their places, which is not always that of `order`.
    std::uint32_t prioritised(const Group& group) const {
        std::uint32_t best = none;
        for (const auto member : group.members) {
            const auto& entry = *items_[member].entry;
            if (entry.group_override && (best == none || entry.order > items_[best].entry->order))
                best = member;
        }
        return best;
    }

    std::uint32_t drawn(const Group& group) const {
        double total = 0;
        for (const auto member : group.members) total += items_[member].entry->group_weight;
        const double roll = chance(input_.seed, "group", group.name, timed_.length()) * total;
        double sum = 0;
        for (const auto member : group.members) {
            sum += items_[member].entry->group_weight;
            if (roll < sum) return member;
        }
        return group.members.front();  // all weigh nothing
    }

    const std::vector<Item>& items_;
    const ScanInput& input_;
    const std::function<std::size_t(const Item&)>& score_;
    const Timed& timed_;
    std::vector<std::pair<std::uint32_t, Reason>> losers_;
    std::unordered_set<std::uint32_t> lost_;
    std::unordered_set<std::string_view> filled_;
};

}  // namespace

std::vector<std::pair<std::uint32_t, Reason>> settle_groups(
    const std::vector<std::uint32_t>& fresh, const std::vector<const Item*>& active,
    const std::vector<Item>& items, const ScanInput& input,
    const std::function<std::size_t(const Item&)>& score, const Timed& timed) {
    std::vector<Group> groups;  // in the order in which they are met
    std::unordered_map<std::string_view, std::size_t> places;
    for (const auto place : fresh) {
        for (const auto& name : items[place].entry->groups) {
            const auto [found, is_new] = places.try_emplace(name, groups.size());
            if (is_new) groups.push_back({name, {}});
            auto& members = groups[found->second].members;
            if (members.empty() || members.back() != place) members.push_back(place);
        }
    }
    Settling settling(items, input, score, timed, active);
    for (auto& group : groups) settling.settle(group);
    return settling.take();
}

}  // namespace lares::prompt::lore
