#pragma once
// Why a piece of text is in a prompt or is not: a code that stays the same for programs, what it is about,
// and the words for people who read English.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace lares::prompt {

enum class Why : std::uint8_t {
    card,
    examples_room,
    parts_conversations,
    companion_first,
    asked,
    persona,
    auxiliary,
    always,
    always_example,
    said,
    older,
    note,
    note_not_due,
    depth_prompt,
    card_post_history,
    post_history,
    card_main,
    main,
    empty,
    unknown_position,
    no_outlet,
    for_person,
    parts_examples,
    no_room_example,
    begins,
    goes_on,
    character_last,
    hidden,
    // Of lore.
    key,  // about: the key
    decorator,
    sticky,
    matched_before,
    delayed,
    cooling,
    recursion,
    waits_answers,
    not_every_turn,
    excluded,
    secondary,
    dice,
    budget_spent,
    budget,        // about: its tokens
    group_filled,  // about, here and below: the group
    group_other,
    group_sticky,
    group_score,
};
std::string_view to_text(Why why);  // "group_other": the code

struct Reason {
    Why why = Why::card;
    std::string about;
    Reason() = default;
    Reason(Why what) : why(what) {}  // NOLINT(google-explicit-constructor): most need no more
    Reason(Why what, std::string of) : why(what), about(std::move(of)) {}
    std::string text() const;
    std::string code() const { return std::string(to_text(why)); }
};

}  // namespace lares::prompt
