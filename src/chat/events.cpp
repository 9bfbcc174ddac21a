#include "chat/events.h"

#include <bit>
#include <cstring>

#include <boost/describe/enum_to_string.hpp>

#include "base/text.h"
#include "crypto/hash.h"
#include "json/json.h"

namespace lares::chat {

namespace {

tl::unexpected<Error> damaged(EventKind kind, std::string_view what) {
    Error error{Code::internal, "event-damaged", "A stored event cannot be read.", {}, {}, {}};
    error.detail =
        std::string("event ") + boost::describe::enum_to_string(kind, "?") + " lacks " + std::string(what);
    return fail(std::move(error));
}

void append_length(std::string& out, std::string_view text) {
    const auto size = static_cast<std::uint32_t>(text.size());
    for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(size >> shift);
    out += text;
}

void append_integer(std::string& out, std::int64_t value) {
    for (int shift = 0; shift < 64; shift += 8)
        out += static_cast<char>(static_cast<std::uint64_t>(value) >> shift);
}

std::optional<State> answer_state(EventKind kind) {
    switch (kind) {
        case EventKind::answer_done:
            return State::done;
        case EventKind::answer_interrupted:
            return State::interrupted;
        case EventKind::answer_cut:
        case EventKind::answer_heard:
            return State::cut;
        default:
            return std::nullopt;
    }
}

TurnState turn_state(State state) {
    switch (state) {
        case State::done:
            return TurnState::done;
        case State::interrupted:
            return TurnState::interrupted;
        case State::cut:
            return TurnState::cut;
    }
    return TurnState::interrupted;
}

}  // namespace

std::string write_payload(const Payload& payload) {
    std::string out = "{";
    json::detail::all_of(json::detail::Members<Payload>{}, [&](auto member) {
        const auto& value = payload.*member.pointer;
        if (!value) return true;
        if (out.size() > 1) out += ',';
        json::append_quoted(out, member.name);
        out += ':';
        json::append(out, *value);
        return true;
    });
    out += '}';
    return out;
}

Result<Payload> read_payload(std::string_view text) {
    return json::parse<Payload>(text);
}

std::string chain_hash(std::string_view before, ConversationId conversation, std::int64_t seq, EventKind kind,
                       std::int64_t at, OwnerId owner, std::string_view payload_hash) {
    std::string text;
    append_length(text, before);
    append_length(text, conversation.text());
    append_integer(text, seq);
    append_length(text, boost::describe::enum_to_string(kind, ""));
    append_integer(text, at);
    append_length(text, owner.text());
    append_length(text, payload_hash);
    return crypto::sha256(text);
}

std::string pack_tokens(const std::vector<std::int32_t>& tokens) {
    std::string bytes;
    bytes.reserve(tokens.size() * 4);
    for (const auto token : tokens)
        for (int shift = 0; shift < 32; shift += 8)
            bytes += static_cast<char>(static_cast<std::uint32_t>(token) >> shift);
    return bytes;
}

std::vector<std::int32_t> unpack_tokens(std::string_view bytes) {
    std::vector<std::int32_t> tokens;
    tokens.reserve(bytes.size() / 4);
    for (std::size_t at = 0; at + 4 <= bytes.size(); at += 4) {
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < 4; ++i)
            value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
        tokens.push_back(static_cast<std::int32_t>(value));
    }
    return tokens;
}

namespace {

// The message that a payload holds; `place` is its event's seq unless it was there before.
MessageRow row_of(const Head& head, std::int64_t seq, std::int64_t at, const Payload& payload) {
    MessageRow row;
    row.id = *payload.message_id;
    row.conversation_id = head.id;
    row.parent = payload.parent;
    row.role = payload.role.value_or(Role::assistant);
    row.text = payload.text.value_or("");
    row.state = payload.state.value_or(State::done);
    row.created = payload.created.value_or(at);
    row.seq = seq;
    row.turn_id = payload.turn_id;
    row.client_id = payload.client_id;
    if (payload.tokens)
        if (auto bytes = from_base64(*payload.tokens)) row.tokens.bytes = std::move(*bytes);
    if (payload.usage) {
        row.usage_prompt = payload.usage->prompt;
        row.usage_reused = payload.usage->reused;
        row.usage_completion = payload.usage->completion;
    }
    if (payload.trace) row.trace = json::write(*payload.trace);
    row.unheard = payload.unheard;
    row.place = seq;
    row.hidden = payload.hidden.value_or(false);
    row.pinned = payload.pinned.value_or(false);
    row.removed_by = payload.removed_by;
    row.edit_of = payload.edit_of;
    row.chosen = payload.chosen;
    row.extra = payload.extra;
    if (payload.attachments && !payload.attachments->empty()) {
        row.attachments.emplace();
        json::append(*row.attachments, *payload.attachments);
    }
    return row;
}

void change(Head& head, const Payload& payload) {
    if (payload.title) head.title = *payload.title;
    if (payload.titled) head.titled = *payload.titled;
    if (payload.pinned) head.pinned = *payload.pinned;
    if (payload.archived) head.archived = *payload.archived;
    if (payload.settings) head.settings = json::write(*payload.settings);
}

void create(Head& head, std::int64_t at, const Payload& payload) {
    head.character_id = *payload.character_id;
    head.title = payload.title.value_or("");
    head.created = payload.created.value_or(at);
    head.unfinished = payload.unfinished.value_or(false);
    head.metadata = payload.metadata;
    head.from_conversation = payload.from_conversation;
    head.from_message = payload.from_message;
    auto rest = payload;
    rest.title.reset();
    change(head, rest);
}

// Whether the event is something that was said: only that moves a conversation up in lists.
bool is_said(EventKind kind) {
    switch (kind) {
        case EventKind::conversation_created:
        case EventKind::message_added:
        case EventKind::message_accepted:
        case EventKind::answer_asked:
        case EventKind::answer_done:
        case EventKind::answer_interrupted:
        case EventKind::answer_cut:
        case EventKind::answer_heard:
        case EventKind::message_edited:
        case EventKind::conversation_completed:
            return true;
        default:
            return false;
    }
}

// The message is the end of what is shown.
void show(Head& head, Effect& effect, const Payload& payload) {
    head.leaf = payload.message_id;
    if (payload.parent) effect.choices.push_back({*payload.parent, payload.message_id});
}

}  // namespace

void keep_standing(MessageRow& row, const MessageRow& before) {
    row.place = before.place;
    row.hidden = before.hidden;
    row.pinned = before.pinned;
    row.removed_by = before.removed_by;
    row.edit_of = before.edit_of;
    row.chosen = before.chosen;
    row.extra = before.extra;
    row.attachments = before.attachments;
}

Result<Effect> effect_of(Head& head, std::int64_t seq, EventKind kind, std::int64_t at,
                         const Payload& payload) {
    Effect effect;
    head.seq = seq;
    if (is_said(kind)) head.updated = at;
    if (payload.choices) effect.choices = *payload.choices;
    const auto needs_message = [&]() -> Result<void> {
        if (!payload.message_id) return damaged(kind, "message_id");
        return {};
    };
    switch (kind) {
        case EventKind::conversation_created:
            if (!payload.character_id) return damaged(kind, "character_id");
            create(head, at, payload);
            return effect;
        case EventKind::message_added:
        case EventKind::message_accepted:
            if (!payload.message_id || !payload.role) return damaged(kind, "message_id or role");
            effect.message = row_of(head, seq, at, payload);
            effect.message->turn_id = payload.turn_id;
            if (!payload.aside.value_or(false)) show(head, effect, payload);
            break;
        case EventKind::answer_asked:
            LARES_CHECK(needs_message());
            // Another answer stands beside the old one, so until it is there the branch ends above both; an
            // answer that is carried on stays where it is.
            if (payload.begin == Begin::again || payload.begin == Begin::extend)
                head.leaf = payload.message_id;
            break;
        case EventKind::answer_done:
        case EventKind::answer_interrupted:
        case EventKind::answer_cut:
        case EventKind::answer_heard: {
            if (!payload.message_id || !payload.turn_id) return damaged(kind, "message_id or turn_id");
            auto row = row_of(head, seq, at, payload);
            row.role = Role::assistant;
            row.state = *answer_state(kind);
            effect.turn_ended = {*payload.turn_id, turn_state(row.state), payload.frames.value_or(0)};
            effect.message = std::move(row);
            // Who looks at another branch meanwhile stays there.
            if (head.leaf == payload.parent || head.leaf == payload.message_id) show(head, effect, payload);
            return effect;
        }
        case EventKind::message_edited:
            if (!payload.message_id || !payload.role || !payload.edit_of)
                return damaged(kind, "message_id, role or edit_of");
            effect.message = row_of(head, seq, at, payload);
            if (payload.following.value_or(false))
                effect.rehang = Effect::Rehang{*payload.edit_of, *payload.message_id};
            head.leaf = payload.leaf ? payload.leaf : payload.message_id;
            return effect;
        case EventKind::path_selected:
            if (!payload.message_id || !payload.leaf) return damaged(kind, "message_id or leaf");
            head.leaf = payload.leaf;
            return effect;
        case EventKind::message_hidden:
        case EventKind::message_pinned:
            LARES_CHECK(needs_message());
            effect.mark = Effect::Mark{*payload.message_id, seq, payload.hidden, payload.pinned};
            return effect;
        case EventKind::message_removed:
            if (!payload.message_id || !payload.removed) return damaged(kind, "message_id or removed");
            effect.removal = Effect::Removal{*payload.message_id, *payload.removed};
            head.leaf = payload.leaf;
            return effect;
        case EventKind::message_restored:
            LARES_CHECK(needs_message());
            effect.restored = payload.message_id;
            if (payload.leaf) head.leaf = payload.leaf;
            return effect;
        case EventKind::conversation_changed:
            change(head, payload);
            return effect;
        case EventKind::conversation_removed:
            head.removed = at;
            return effect;
        case EventKind::conversation_restored:
            head.removed.reset();
            return effect;
        case EventKind::conversation_completed:
            head.unfinished = false;
            head.leaf = payload.leaf;
            return effect;
        case EventKind::conversation_deleted:
            effect.deleted = true;
            return effect;
    }
    if (payload.turn_id) {
        if (!payload.answer_id) return damaged(kind, "answer_id");
        effect.turn_begun = TurnRow{*payload.turn_id,
                                    head.owner,
                                    head.id,
                                    payload.begin.value_or(Begin::message),
                                    *payload.message_id,
                                    *payload.answer_id,
                                    payload.client_id,
                                    seq,
                                    TurnState::running,
                                    0};
    }
    return effect;
}

std::vector<Attachment> attachments_of(const MessageRow& row) {
    if (row.attachments)
        if (auto value = json::parse_value(*row.attachments))
            if (auto list = json::from_value<std::vector<Attachment>>(*value)) return std::move(*list);
    return {};
}

Message message_of(const MessageRow& row) {
    Message message{row.id,      row.parent,  row.role,      row.text, row.unheard, row.state,  row.created,
                    row.seq,     row.turn_id, row.client_id, {},       {},          row.hidden, row.pinned,
                    row.edit_of, {}};
    if (row.usage_prompt)
        message.usage =
            Usage{*row.usage_prompt, row.usage_reused.value_or(0), row.usage_completion.value_or(0)};
    if (row.trace)
        if (auto trace = json::parse<Trace>(*row.trace)) message.trace = std::move(*trace);
    if (row.attachments) message.attachments = attachments_of(row);
    return message;
}

Settings settings_of(const Head& head) {
    if (head.settings)
        if (auto settings = json::parse<Settings>(*head.settings)) return std::move(*settings);
    return {};
}

Conversation conversation_of(const Head& head) {
    auto settings = settings_of(head);
    return {head.id,
            head.character_id,
            head.title,
            head.seq,
            head.created,
            head.updated,
            head.titled,
            head.pinned,
            head.archived,
            settings.persona_id,
            std::move(settings.author_note),
            settings.layout,
            std::move(settings.model),
            head.removed,
            {}};
}

Event event_of(const EventRow& row, const Payload& payload) {
    Event event{row.conversation_id, row.seq, row.kind, row.at, {}};
    Head head;
    head.id = row.conversation_id;
    head.owner = row.owner;
    if (row.kind == EventKind::conversation_created) {
        event.data.character_id = payload.character_id;
        event.data.title = payload.title;
    }
    if (auto effect = effect_of(head, row.seq, row.kind, row.at, payload)) {
        if (effect->message) event.data.message = message_of(*effect->message);
        if (effect->turn_begun) event.data.answer_id = effect->turn_begun->answer_id;
    }
    if (row.kind == EventKind::conversation_changed) {
        event.data.title = payload.title;
        event.data.titled = payload.titled;
        event.data.pinned = payload.pinned;
        event.data.archived = payload.archived;
        event.data.settings = payload.settings;
    }
    if (!event.data.message) event.data.message_id = payload.message_id;
    if (row.kind == EventKind::message_hidden) event.data.hidden = payload.hidden;
    if (row.kind == EventKind::message_pinned) event.data.pinned = payload.pinned;
    event.data.edit_of = payload.edit_of;
    event.data.following = payload.following;
    event.data.leaf = payload.leaf;
    event.data.removed = payload.removed;
    event.data.turn_id = payload.turn_id;
    event.data.characters = payload.characters;
    event.data.device = payload.device;
    if (row.kind == EventKind::answer_asked) event.data.parent = payload.message_id;
    return event;
}

}  // namespace lares::chat
