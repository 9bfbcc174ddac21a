#include "prompt/lore/scan.h"

#include <algorithm>
#include <unordered_set>

#include "prompt/lore/groups.h"
#include "prompt/lore/matcher.h"
#include "prompt/lore/timed.h"

namespace lares::prompt::lore {

namespace {

using character::SecondaryLogic;

constexpr std::size_t token_bytes_max =
    1'024;  // longer than any model's token: such a text need not be counted

bool holds(const std::vector<std::string>& list, std::string_view text) {
    return std::ranges::find(list, text) != list.end();
}

class Scanner {
public:
    explicit Scanner(const ScanInput& input)
        : input_(input),
          items_(input.books->items()),
          v3_(input.books->options().v3),
          matcher_(input),
          timed_(input),
          depth_(input.settings.scan_depth) {}

    Result<ScanResult> run() {
        matcher_.reach(std::max(depth_, input_.books->deepest()));
        levels_ = input_.books->delay_levels();
        next_level();
        for (State state = State::initial; running_ && result_.passes < passes_max;) {
            const auto& steps = input_.settings.max_recursion_steps;
            if (steps > 0 && steps <= result_.passes) break;
            ++result_.passes;
            LARES_CHECK(pass(state));
        }
        result_.timed = timed_.after(result_.activated);
        result_.regex_exhausted = matcher_.exhausted();
        return std::move(result_);
    }

private:
    struct Woken {
        std::uint32_t item = 0;
        Reason reason;
    };

    std::int64_t depth_of(const Item& item) const {
        if (v3_ && item.entry->decorators.scan_depth) return *item.entry->decorators.scan_depth;
        return item.entry->scan_depth.value_or(depth_);
    }
    bool matches(const Key& key, const Item& item, State state) {
        return matcher_.matches(key, *item.entry, depth_of(item), state);
    }
    void refuse(const Item& item, Reason reason) {
        if (result_.refused.size() >= ScanResult::refused_max || !refused_.insert(&item).second) return;
        result_.refused.push_back({&item, std::move(reason)});
    }

    void next_level() {
        if (levels_.empty()) return;
        level_ = levels_.front();
        levels_.erase(levels_.begin());
    }

    Result<void> pass(State& state) {
        std::vector<Woken> woken = wake(state);
        std::vector<std::uint32_t> fresh;
        for (const auto& one : woken) fresh.push_back(one.item);
        const auto losers = settle_groups(
            fresh, active_items(), items_, input_, [&](const Item& item) { return score(item, state); },
            timed_);
        std::unordered_set<std::uint32_t> lost;
        for (const auto& [item, reason] : losers) {
            refuse(items_[item], reason);
            lost.insert(item);
        }
        std::erase_if(woken, [&](const Woken& one) { return lost.contains(one.item); });
        std::string for_recursion;
        bool feeds = false;
        LARES_CHECK(admit(woken, for_recursion, feeds));
        go_on(state, std::move(for_recursion), feeds);
        return {};
    }

    std::vector<const Item*> active_items() const {
        std::vector<const Item*> list;
        for (const auto& one : result_.activated) list.push_back(one.item);
        return list;
    }

    std::vector<Woken> wake(State state) {
        std::vector<std::uint32_t> places = matcher_.candidates();
        for (const auto place : timed_.sticky_items()) places.push_back(place);
        std::ranges::sort(places);
        places.erase(std::unique(places.begin(), places.end()), places.end());
        std::vector<Woken> woken;
        for (const auto place : places) {
            if (active_.contains(place) || failed_.contains(place)) continue;
            if (auto reason = judge(items_[place], state)) woken.push_back({place, std::move(*reason)});
        }
        std::ranges::sort(woken, [&](const Woken& a, const Woken& b) {
            const bool first = timed_.is_sticky(items_[a.item]), second = timed_.is_sticky(items_[b.item]);
            return first != second ? first : a.item < b.item;
        });
        return woken;
    }

    bool filtered_out(const Item& item) const {
        const auto& filter = item.entry->filter;
        if (!filter.names.empty() && holds(filter.names, input_.character) == filter.exclude) return true;
        if (filter.tags.empty()) return false;
        const bool tagged =
            std::ranges::any_of(input_.tags, [&](const auto& tag) { return holds(filter.tags, tag); });
        return tagged == filter.exclude;
    }

    // Why it wakes; nothing: it does not.
    std::optional<Reason> judge(const Item& item, State state) {
        const auto& entry = *item.entry;
        if (!entry.enabled) return std::nullopt;
        if (!entry.triggers.empty() && !holds(entry.triggers, input_.trigger) &&
            (input_.also_trigger.empty() || !holds(entry.triggers, input_.also_trigger)))
            return std::nullopt;
        if (filtered_out(item)) return std::nullopt;
        const bool sticky = timed_.is_sticky(item);
        if (timed_.is_delayed(item)) return keyed_out(item, state, Why::delayed);
        if (timed_.is_cooling(item) && !sticky) return keyed_out(item, state, Why::cooling);
        if (entry.delay_until_recursion > 0 && !sticky) {
            if (state != State::recursion) return keyed_out(item, state, Why::recursion);
            if (entry.delay_until_recursion > level_) return std::nullopt;
        }
        if (state == State::recursion && input_.settings.recursive && entry.exclude_recursion && !sticky)
            return std::nullopt;
        if (entry.decorators.activate) return Why::decorator;
        if (entry.decorators.dont_activate) return std::nullopt;
        if (entry.constant || (v3_ && entry.decorators.constant)) return Why::always;
        if (sticky) return Why::sticky;
        if (v3_) {
            if (const auto out = v3_gate(item)) return keyed_out(item, state, *out);
            if (entry.decorators.keep_activate_after_match && timed_.matched_before(item))
                return Why::matched_before;
        }
        return judge_keys(item, state);
    }

    std::optional<Why> v3_gate(const Item& item) const {
        const auto& decorators = item.entry->decorators;
        const auto replies = static_cast<std::int64_t>(input_.text->messages.size()) / 2;
        if (decorators.activate_only_after && replies < *decorators.activate_only_after)
            return Why::waits_answers;
        if (decorators.activate_only_every && *decorators.activate_only_every > 0 &&
            replies % *decorators.activate_only_every != 0) {
            return Why::not_every_turn;
        }
        if (decorators.dont_activate_after_match && timed_.matched_before(item)) return Why::matched_before;
        return std::nullopt;
    }

    // Something other than its keys keeps it out; that is told only where a key would have woken it.
    std::optional<Reason> keyed_out(const Item& item, State state, Why reason) {
        if (judge_keys(item, state)) refuse(item, reason);
        return std::nullopt;
    }

    std::optional<Reason> judge_keys(const Item& item, State state) {
        const auto key =
            std::ranges::find_if(item.keys, [&](const Key& one) { return matches(one, item, state); });
        if (key == item.keys.end()) return std::nullopt;
        if (std::ranges::any_of(item.exclude_keys,
                                [&](const Key& one) { return matches(one, item, state); })) {
            refuse(item, Why::excluded);
            return std::nullopt;
        }
        if (item.entry->selective && !item.secondary_keys.empty() && !judge_secondary(item, state)) {
            refuse(item, Why::secondary);
            return std::nullopt;
        }
        return Reason(Why::key, key->text);
    }

    bool judge_secondary(const Item& item, State state) {
        const auto found = [&](const Key& key) { return matches(key, item, state); };
        switch (item.entry->logic) {
            case SecondaryLogic::and_any:
                return std::ranges::any_of(item.secondary_keys, found);
            case SecondaryLogic::not_all:
                return !std::ranges::all_of(item.secondary_keys, found);
            case SecondaryLogic::not_any:
                return std::ranges::none_of(item.secondary_keys, found);
            case SecondaryLogic::and_all:
                return std::ranges::all_of(item.secondary_keys, found);
        }
        return false;
    }

    // How many keys of an entry were found, for groups that are settled by score.
    std::size_t score(const Item& item, State state) {
        const auto found = [&](const Key& key) { return matches(key, item, state); };
        if (item.keys.empty()) return 0;
        const auto primary = static_cast<std::size_t>(std::ranges::count_if(item.keys, found));
        const auto secondary = static_cast<std::size_t>(std::ranges::count_if(item.secondary_keys, found));
        if (item.entry->logic == SecondaryLogic::and_any) return primary + secondary;
        if (item.entry->logic == SecondaryLogic::and_all && secondary == item.secondary_keys.size())
            return primary + secondary;
        return primary;
    }

    bool lucky(const Item& item) const {
        const auto& entry = *item.entry;
        if (!entry.use_probability || entry.probability >= 100 || timed_.is_sticky(item)) return true;
        return chance(input_.seed, "probability", item.id, timed_.length()) * 100 < entry.probability;
    }

    void overflow(const Item& item) {
        result_.overflowed = true;
        refuse(item, {Why::budget, std::to_string(input_.settings.budget)});
    }

    // Those that win their dice and fit into the budget. The first that does not fit ends it for all that do
    // not ignore the budget.
    Result<void> admit(const std::vector<Woken>& woken, std::string& for_recursion, bool& feeds) {
        std::string content;
        const std::size_t spent_before = spent_;
        for (const auto& one : woken) {
            const Item& item = items_[one.item];
            const auto& entry = *item.entry;
            if (!lucky(item)) {
                failed_.insert(one.item);
                refuse(item, Why::dice);
                continue;
            }
            Activated made{&item, input_.expand ? input_.expand(entry.content) : entry.content, one.reason,
                           0};
            if (!entry.prevent_recursion) {
                for_recursion += (feeds ? "\n" : "") + made.content;
                feeds = true;
            }
            if (result_.overflowed && !entry.ignore_budget) {
                refuse(item, Why::budget_spent);
                continue;
            }
            const std::size_t budget = input_.settings.budget;
            if (!entry.ignore_budget &&
                (spent_ >= budget || made.content.size() / token_bytes_max >= budget)) {
                overflow(item);
                continue;
            }
            // Past the budget nothing hangs on the exact sum: what ignores it is counted alone, or a book of
            // thousands of such entries would be counted thousands of times.
            const bool past = result_.overflowed || spent_ >= budget;
            content += made.content + "\n";
            LARES_TRY(const std::size_t counted, input_.count(past ? made.content : content));
            const std::size_t spent = (past ? spent_ : spent_before) + counted;
            if (!entry.ignore_budget && spent >= budget) {
                overflow(item);
                continue;
            }
            made.tokens = spent - std::min(spent_, spent);
            spent_ = spent;
            active_.insert(one.item);
            result_.activated.push_back(std::move(made));
        }
        return {};
    }

    void go_on(State& state, std::string for_recursion, bool feeds) {
        const auto& settings = input_.settings;
        std::optional<State> next;
        if (!result_.overflowed && settings.recursive) {
            if (feeds || (state == State::min_activations && matcher_.has_recursion()))
                next = State::recursion;
        }
        if (!next && !result_.overflowed && settings.min_activations > 0 &&
            static_cast<std::int64_t>(active_.size()) < settings.min_activations) {
            const bool over =
                (settings.min_activations_depth_max > 0 && depth_ > settings.min_activations_depth_max) ||
                depth_ > timed_.length();
            if (!over) {
                next = State::min_activations;
                matcher_.reach(++depth_);
            }
        }
        if (!next && !levels_.empty()) {
            next = State::recursion;
            next_level();
        }
        running_ = next.has_value();
        if (!next) return;
        state = *next;
        if (feeds && !for_recursion.empty()) matcher_.add_recursion(std::move(for_recursion));
    }

    const ScanInput& input_;
    const std::vector<Item>& items_;
    bool v3_;
    Matcher matcher_;
    Timed timed_;
    std::int64_t depth_;
    std::vector<std::int64_t> levels_;
    std::int64_t level_ = 0;
    bool running_ = true;
    std::size_t spent_ = 0;
    std::unordered_set<std::uint32_t> active_, failed_;
    std::unordered_set<const Item*> refused_;
    ScanResult result_;
};

}  // namespace

// FNV-1a over all of it, then the finaliser of SplitMix64.
Chance::Chance(std::uint64_t seed, std::string_view what, std::string_view id)
    : value_(0xcbf29ce484222325ULL ^ seed) {
    add(what);
    add(id);
}

void Chance::add(std::string_view text) {
    for (const char c : text) value_ = (value_ ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    value_ = (value_ ^ 0xffU) * 0x100000001b3ULL;
}

double Chance::of(std::int64_t turn) const {
    Chance with_turn = *this;
    with_turn.add(std::to_string(turn));
    std::uint64_t value = with_turn.value_;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
    value ^= value >> 31;
    return static_cast<double>(value >> 11) * 0x1.0p-53;
}

double chance(std::uint64_t seed, std::string_view what, std::string_view id, std::int64_t turn) {
    return Chance(seed, what, id).of(turn);
}

Result<ScanResult> scan(const ScanInput& input) {
    return Scanner(input).run();
}

}  // namespace lares::prompt::lore
