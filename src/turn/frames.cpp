#include "turn/frames.h"

#include <charconv>

namespace lares::turn {

std::string_view name_of(const FrameBody& body) {
    struct Name {
        std::string_view operator()(const AcceptedFrame&) const { return "accepted"; }
        std::string_view operator()(const TurnStarted&) const { return "turn_started"; }
        std::string_view operator()(const Status&) const { return "status"; }
        std::string_view operator()(const Token&) const { return "token"; }
        std::string_view operator()(const Clause&) const { return "clause"; }
        std::string_view operator()(const Visemes&) const { return "visemes"; }
        std::string_view operator()(const Audio&) const { return "audio"; }
        std::string_view operator()(const Emotion&) const { return "emotion"; }
        std::string_view operator()(const VoiceNotice&) const { return "notice"; }
        std::string_view operator()(const Held&) const { return "held"; }
        std::string_view operator()(const Resumed&) const { return "resumed"; }
        std::string_view operator()(const TurnDone&) const { return "turn_done"; }
        std::string_view operator()(const Failed&) const { return "error"; }
    };
    return std::visit(Name{}, body);
}

bool is_last(const FrameBody& body) {
    return std::holds_alternative<TurnDone>(body) || std::holds_alternative<Failed>(body);
}

std::string frame_id(const Frame& frame) {
    return frame.turn_id.text() + "/" + std::to_string(frame.number);
}

std::optional<FrameId> parse_frame_id(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto turn = chat::TurnId::parse(text.substr(0, slash));
    const auto number = text.substr(slash + 1);
    FrameId id;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), id.number);
    if (!turn || error != std::errc() || end != number.data() + number.size() || id.number < 0)
        return std::nullopt;
    id.turn_id = *turn;
    return id;
}

Error of_stored(Error error, chat::ConversationId conversation, chat::MessageId message, chat::TurnId turn) {
    error.retry_after_ms.reset();
    error.ids = {
        {"conversation_id", conversation.text()}, {"message_id", message.text()}, {"turn_id", turn.text()}};
    return error;
}

}  // namespace lares::turn
