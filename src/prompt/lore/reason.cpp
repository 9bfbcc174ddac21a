#include "prompt/lore/reason.h"

#include <array>

namespace lares::prompt {

namespace {

struct Words {
    std::string_view code, text;  // {}: what it is about
};

// In the order of the enumeration.
constexpr std::array words{
    Words{"card", "part of the card"},
    Words{"examples_room", "the card's constant parts may take half of the context"},
    Words{"parts_conversations", "parts one conversation from the next"},
    Words{"companion_first", "the companion speaks first"},
    Words{"asked", "what the model is asked to write"},
    Words{"persona", "the person's persona"},
    Words{"auxiliary", "the auxiliary prompt"},
    Words{"always", "always active"},
    Words{"always_example", "always active, as an example"},
    Words{"said", "said in this conversation"},
    Words{"older", "older than what fits"},
    Words{"note", "the author's note"},
    Words{"note_not_due", "the author's note is not due in this turn"},
    Words{"depth_prompt", "the card's depth prompt"},
    Words{"card_post_history", "the card's post-history instructions"},
    Words{"post_history", "the post-history prompt"},
    Words{"card_main", "the card's system prompt"},
    Words{"main", "the main prompt"},
    Words{"empty", "it is empty"},
    Words{"unknown_position", "its position is none that is known"},
    Words{"no_outlet", "it names no outlet"},
    Words{"for_person", "the answer is written for the person"},
    Words{"parts_examples", "parts one example from the next"},
    Words{"no_room_example", "there is no room for this example"},
    Words{"begins", "the conversation begins"},
    Words{"goes_on", "the last message goes on"},
    Words{"character_last", "the character spoke last"},
    Words{"hidden", "hidden from the prompt"},
    Words{"key", "key \"{}\""},
    Words{"decorator", "its decorator says so"},
    Words{"sticky", "still active"},
    Words{"matched_before", "matched before"},
    Words{"delayed", "waits for a longer chat"},
    Words{"cooling", "cools down after it was active"},
    Words{"recursion", "waits for recursion"},
    Words{"waits_answers", "waits for more answers of the character"},
    Words{"not_every_turn", "is not active in every turn"},
    Words{"excluded", "a key that excludes it was found"},
    Words{"secondary", "its secondary keys do not fit"},
    Words{"dice", "the dice were against it"},
    Words{"budget_spent", "the budget was spent before it"},
    Words{"budget", "does not fit into the budget of {} tokens"},
    Words{"group_filled", "its group \"{}\" is filled"},
    Words{"group_other", "another entry of its group \"{}\" was chosen"},
    Words{"group_sticky", "a sticky entry holds its group \"{}\""},
    Words{"group_score", "an entry of its group \"{}\" has a better score"},
};
static_assert(words.size() == static_cast<std::size_t>(Why::group_score) + 1);

}  // namespace

std::string_view to_text(Why why) {
    return words[static_cast<std::size_t>(why)].code;
}

std::string Reason::text() const {
    const auto text = words[static_cast<std::size_t>(why)].text;
    const auto gap = text.find("{}");
    if (gap == std::string_view::npos) return std::string(text);
    return std::string(text.substr(0, gap)) + about + std::string(text.substr(gap + 2));
}

}  // namespace lares::prompt
