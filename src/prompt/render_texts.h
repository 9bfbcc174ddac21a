#pragma once
// The texts of one rendering with their macros expanded, and the world that the macros see.
#include <memory>

#include "prompt/render.h"

namespace lares::prompt {

// Fields of the card, expanded; card-field macros in them are empty, for no field can hold itself.
struct CardTexts {
    std::string description, personality, scenario, persona, examples, system, post_history, version,
        depth_prompt, creator_notes, greeting;
    std::int64_t depth = 4;  // of the depth prompt
    std::uint8_t role = 0;
};

// What the macros of a rendering see, with nothing of the chat in it yet.
macros::World world_of(const RenderInput& input);

class RenderTexts {
public:
    explicit RenderTexts(const RenderInput& input);

    macros::Engine& engine() { return engine_; }
    const CardTexts& card() const { return card_; }
    // The chat with greeting and new message, oldest first; what a swipe writes again is gone.
    const std::vector<ChatLine>& chat() const { return chat_; }
    const std::string& message() const { return message_; }
    std::string name_of(const ChatLine& line) const;
    // The part whose macros made more than a prompt may have; empty: none did.
    std::string_view overflowing() const { return overflowing_; }
    std::string expand(std::string_view text) { return engine_.expand(text); }

private:
    std::string expand_part(std::string_view part, std::string_view text, bool of_card);
    void read_chat();
    void read_card();
    void tell_macros();

    const RenderInput& input_;
    macros::Engine engine_;
    CardTexts card_;
    std::vector<ChatLine> chat_;
    std::string message_;
    std::string_view overflowing_;
};

}  // namespace lares::prompt
