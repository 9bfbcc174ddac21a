// Service, of turns and what is read: how a turn begins and ends, recovery, history, events. Over 500 lines:
// what an end writes is judged by what the beginning asked for.
#include "chat/service.h"

#include "base/text.h"
#include "chat/changes.h"
#include "chat/prompts.h"
#include "chat/store.h"
#include "chat/transcript.h"
#include "chat/tree.h"

namespace lares::chat {

namespace {

Accepted accepted_of(const TurnRow& turn, bool repeated) {
    return {turn.conversation_id, turn.message_id, turn.seq, turn.id, repeated};
}

// The greetings are siblings; the one that was chosen is shown.
Result<Head> create(db::Tx& tx, OwnerId owner, ConversationId id, const NewConversation& what,
                    const std::vector<MessageId>& greeting_ids, std::int64_t at, std::vector<Event>& events) {
    Head head;
    head.id = id;
    head.owner = owner;
    Payload created;
    created.character_id = what.character_id;
    created.title = what.title;
    LARES_TRY(auto event, store::append(tx, head, EventKind::conversation_created, at, created));
    events.push_back(std::move(event));
    for (std::size_t i = 0; i < greeting_ids.size(); ++i) {
        const auto& text = i == 0 ? what.greeting : what.alternates[i - 1];
        if (text.empty()) continue;
        Payload greeting;
        greeting.message_id = greeting_ids[i];
        greeting.role = Role::assistant;
        greeting.text = text;
        if (i != what.chosen) greeting.aside = true;
        LARES_TRY(auto added, store::append(tx, head, EventKind::message_added, at, greeting));
        if (i < what.states.size() && !what.states[i].empty())
            LARES_CHECK(keep_state(tx, owner, id, greeting_ids[i], {what.states[i], {}}, at));
        events.push_back(std::move(added));
    }
    return head;
}

std::vector<MessageId> ids_of_greetings(IdSource& ids, const NewConversation& what, std::int64_t at) {
    std::vector<MessageId> out;
    const auto count = std::min(what.alternates.size() + 1, Limits::greetings_max);
    for (std::size_t i = 0; i < count; ++i) out.push_back(ids.make<MessageId>(at));
    return out;
}

// What must hold of the conversation before a turn may begin in it.
Result<void> may_begin(db::Tx& tx, const Head& head, const Accept& what) {
    LARES_TRY(const auto running, store::running_turn(tx, head.id));
    if (running) return turn_running(running->id);
    if (what.begin == Begin::message) {
        if (head.leaf != what.parent) return changed();
        return {};
    }
    LARES_TRY(const auto asked, store::message(tx, head.id, what.message_id));
    if (!asked || asked->removed_by) return changed();
    if (what.begin == Begin::carry_on) {
        LARES_TRY(const auto answer, store::message(tx, head.id, what.answer_id));
        if (!answer || answer->state == State::done || head.leaf != answer->id) return changed();
        // Its question was edited, and it moved along: the turn would move it back.
        if (answer->parent != what.message_id) return changed();
        // More of it was heard since: what follows would be written over that.
        if (answer->text != what.text) return changed();
    }
    return {};
}

constexpr std::int64_t beginning_part = -1;

Result<Changed<Accepted>> accept_in(db::Tx& tx, OwnerId owner, const Accept& what,
                                    const std::vector<MessageId>& greetings, std::int64_t at) {
    Changed<Accepted> out;
    if (what.client_id) {
        LARES_TRY(const auto known, store::turn_by_client_id(tx, owner, *what.client_id));
        if (known) {
            out.answer = accepted_of(*known, true);
            return out;
        }
    }
    Head head;
    auto parent = what.parent;
    if (what.create) {
        LARES_TRY(head, create(tx, owner, what.conversation_id, *what.create, greetings, at, out.events));
        parent = head.leaf;
    } else {
        LARES_TRY(auto found, store::head(tx, owner, what.conversation_id));
        if (!found) return no_conversation();
        head = std::move(*found);
        LARES_CHECK(may_begin(tx, head, what));
    }
    Payload payload;
    payload.message_id = what.message_id;
    payload.begin = what.begin;
    payload.turn_id = what.turn_id;
    payload.answer_id = what.answer_id;
    payload.client_id = what.client_id;
    auto kind = EventKind::answer_asked;
    if (what.begin == Begin::message) {
        kind = EventKind::message_accepted;
        payload.parent = parent;
        payload.role = Role::user;
        payload.text = what.text;
        if (!what.attachments.empty()) {
            LARES_TRY(payload.attachments, attachments::find(tx, owner, what.attachments));
            LARES_CHECK(attachments::check_room(tx, head.id, *payload.attachments));
        }
    } else if (what.begin != Begin::carry_on) {
        LARES_TRY(payload.choices, tree::choices_to(tx, head, what.message_id));
    }
    LARES_TRY(auto event, append_last(tx, head, kind, at, payload));
    if (what.left) LARES_CHECK(keep_state(tx, owner, head.id, what.message_id, *what.left, at));
    // What a crash leaves of an answer that goes on beside another begins with that one's text.
    if (what.begin == Begin::extend)
        LARES_CHECK(store::append_part(tx, what.turn_id, beginning_part, what.text));
    out.answer = {head.id, what.message_id, event.seq, what.turn_id, false};
    out.events.push_back(std::move(event));
    return out;
}

// An event tells the whole message: also what it does not change.
void keep_marks(Payload& payload, const MessageRow& row) {
    if (row.hidden) payload.hidden = true;
    if (row.pinned) payload.pinned = true;
    payload.edit_of = row.edit_of;
}

void keep_cost(Payload& payload, const MessageRow& row) {
    if (row.usage_prompt)
        payload.usage =
            Usage{*row.usage_prompt, row.usage_reused.value_or(0), row.usage_completion.value_or(0)};
    payload.trace = message_of(row).trace;
}

// An answer that was to go on and got no further is what it was, but for why.
void keep_answer(Payload& payload, const MessageRow& row) {
    auto failure = std::move(payload.trace->failure);
    keep_cost(payload, row);
    if (!payload.trace) payload.trace.emplace();
    payload.trace->failure = std::move(failure);
    if (!row.tokens.bytes.empty()) payload.tokens = to_base64(row.tokens.bytes);
    payload.unheard = row.unheard;
}

// The answer as it was heard, with what its row has besides.
Payload heard_payload(const MessageRow& row, const Heard& what, std::int64_t frames) {
    const auto whole = row.text + row.unheard.value_or("");
    const auto kept = utf8_offset(whole, static_cast<std::size_t>(what.characters));
    Payload payload;
    payload.message_id = row.id;
    payload.parent = row.parent;
    payload.turn_id = row.turn_id;
    payload.text = whole.substr(0, kept);
    payload.unheard = whole.substr(kept);
    payload.characters = what.characters;
    if (!what.device.empty()) payload.device = what.device;
    if (!what.tokens.empty()) payload.tokens = to_base64(pack_tokens(what.tokens));
    keep_cost(payload, row);
    payload.frames = frames;
    payload.created = row.created;
    keep_marks(payload, row);
    return payload;
}

// Reports only grow: an answer that was cut by one device is longer for another that heard more of it.
bool is_news(const MessageRow& row, std::int64_t characters) {
    if (characters < 0) return false;
    const auto now = static_cast<std::int64_t>(count_code_points(row.text));
    if (!row.unheard) return characters < now;
    return characters > now && characters <= now + static_cast<std::int64_t>(count_code_points(*row.unheard));
}

Result<Changed<Message>> heard_in(db::Tx& tx, OwnerId owner, TurnId id, const Heard& what, std::int64_t at) {
    Changed<Message> out;
    LARES_TRY(const auto turn, store::turn(tx, owner, id));
    if (!turn) return no_turn();
    if (turn->state == TurnState::running) return turn_running(id);
    LARES_TRY(const auto row, store::message(tx, turn->conversation_id, turn->answer_id));
    if (!row) return no_turn();
    LARES_TRY(auto head, store::head(tx, owner, turn->conversation_id));
    if (!head) return no_conversation();
    // A turn that runs goes on from the answer as it was read.
    LARES_TRY(const auto running, store::running_turn(tx, head->id));
    if (running || head->leaf != row->id || row->turn_id != id || !is_news(*row, what.characters)) {
        out.answer = message_of(*row);
        return out;
    }
    LARES_TRY(auto event,
              store::append(tx, *head, EventKind::answer_heard, at, heard_payload(*row, what, turn->frames)));
    LARES_CHECK(store::save(tx, *head));
    out.answer = *event.data.message;
    out.events.push_back(std::move(event));
    return out;
}

Result<Changed<Message>> end_in(db::Tx& tx, OwnerId owner, const AnswerEnd& what, std::int64_t at) {
    Changed<Message> out;
    LARES_TRY(const auto turn, store::turn(tx, owner, what.turn_id));
    if (!turn) return no_turn();
    LARES_TRY(const auto before, store::message(tx, turn->conversation_id, turn->answer_id));
    if (turn->state != TurnState::running) {
        if (!before) return no_turn();
        out.answer = message_of(*before);
        return out;
    }
    LARES_TRY(auto head, store::head(tx, owner, turn->conversation_id));
    if (!head) return no_conversation();
    Payload payload;
    payload.message_id = turn->answer_id;
    payload.parent = turn->message_id;
    payload.turn_id = turn->id;
    payload.text = what.text;
    payload.usage = what.usage;
    payload.trace = what.trace;
    payload.frames = what.frames;
    if (!what.tokens.empty()) payload.tokens = to_base64(pack_tokens(what.tokens));
    if (before) {
        payload.created = before->created;
        keep_marks(payload, *before);
        if (what.state != State::done && what.text == before->text) keep_answer(payload, *before);
    }
    const auto kind = what.state == State::done  ? EventKind::answer_done
                      : what.state == State::cut ? EventKind::answer_cut
                                                 : EventKind::answer_interrupted;
    LARES_TRY(auto event, store::append(tx, *head, kind, at, payload));
    out.answer = *event.data.message;
    out.events.push_back(std::move(event));
    if (what.heard) {
        LARES_TRY(const auto row, store::message(tx, turn->conversation_id, turn->answer_id));
        if (row && is_news(*row, what.heard->characters)) {
            LARES_TRY(auto heard, store::append(tx, *head, EventKind::answer_heard, at,
                                                heard_payload(*row, *what.heard, what.frames)));
            out.answer = *heard.data.message;
            out.events.push_back(std::move(heard));
        }
    }
    LARES_CHECK(store::save(tx, *head));
    return out;
}

// A turn that nobody runs any more, as far as the store has it.
Result<AnswerEnd> cut_off(db::Reader& reader, const TurnRow& turn) {
    AnswerEnd end{turn.id, State::interrupted, {}, {}, {}, {}, 0, {}};
    if (turn.begin == Begin::carry_on) {
        LARES_TRY(const auto before, store::message(reader, turn.conversation_id, turn.answer_id));
        if (before) {
            end.text = before->text;
        }
    }
    LARES_TRY(const auto so_far, store::text_so_far(reader, turn.id));
    end.text += so_far;
    return end;
}

Result<HistoryPage> history_in(db::Reader& reader, OwnerId owner, const HistoryQuery& query,
                               std::int64_t limit) {
    std::optional<Head> head;
    if (query.conversation_id) {
        LARES_TRY(head, store::head(reader, owner, *query.conversation_id));
    } else {
        LARES_TRY(head, store::latest_with(reader, owner, *query.character_id));
    }
    if (!head) return no_conversation();
    HistoryPage page{head->id, head->character_id, head->title, head->seq, {}, {}, {}};
    auto from = head->leaf;
    if (query.before) {
        LARES_TRY(const auto before, store::message(reader, head->id, *query.before));
        if (!before) return invalid_field("before", "must be a message of this conversation");
        from = before->parent;
    }
    if (from) {
        LARES_TRY(auto rows, store::branch(reader, head->id, *from, limit + 1));
        const bool more = static_cast<std::int64_t>(rows.size()) > limit;
        if (more) rows.pop_back();
        for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
            page.items.push_back(message_of(*row));
            LARES_TRY(page.items.back().siblings,
                      tree::siblings_around(reader, head->id, row->parent, row->id));
        }
        if (more) page.next = page.items.front().id;
    }
    LARES_TRY(const auto running, store::running_turn(reader, head->id));
    if (running) {
        LARES_TRY(auto so_far, cut_off(reader, *running));
        page.running = Running{running->id, running->answer_id, running->message_id, std::move(so_far.text)};
    }
    return page;
}

Result<std::optional<TurnRecord>> record_of(db::Reader& reader, const std::optional<TurnRow>& turn) {
    if (!turn) return std::nullopt;
    TurnRecord record{turn->id,         turn->conversation_id, turn->begin,
                      turn->message_id, turn->answer_id,       turn->seq,
                      turn->state,      turn->frames,          {}};
    if (turn->state != TurnState::running) {
        LARES_TRY(const auto answer, store::message(reader, turn->conversation_id, turn->answer_id));
        if (answer) record.answer = message_of(*answer);
    }
    return record;
}

constexpr std::int64_t recover_batch = 64;

}  // namespace

Result<void> check_message(std::string_view text) {
    if (!is_utf8(text)) return invalid_field("message", "must be valid UTF-8");
    if (text.find('\0') != std::string_view::npos) return invalid_field("message", "must not contain NUL");
    if (trim(text).empty()) return invalid_field("message", "must not be empty");
    if (count_code_points(text) > Limits::message_code_points_max)
        return invalid_field("message", "must have at most " +
                                            std::to_string(Limits::message_code_points_max) + " characters");
    return {};
}

Result<void> check_client_id(const std::optional<std::string>& client_id) {
    if (!client_id) return {};
    if (!is_utf8(*client_id) || client_id->find('\0') != std::string::npos)
        return invalid_field("client_id", "must be valid UTF-8 without NUL");
    const auto length = count_code_points(*client_id);
    if (length < 1 || length > Limits::client_id_max)
        return invalid_field("client_id",
                             "must have 1 to " + std::to_string(Limits::client_id_max) + " characters");
    return {};
}

Result<std::string> first_words(const NewConversation& what) {
    if (what.chosen == 0) return what.greeting;
    if (what.chosen > what.alternates.size() || what.chosen >= Limits::greetings_max)
        return invalid_field("greeting", "the companion has no such greeting");
    return what.alternates[what.chosen - 1];
}

Service::Service(db::Database& database, Hub& hub, async::Clock& clock, IdSource& ids)
    : database_(database), hub_(hub), clock_(clock), ids_(ids) {}

Task<Result<std::int64_t>> Service::recover() {
    LARES_CO_CHECK(co_await rebuild_waiting());
    LARES_CO_CHECK(co_await drop_unfinished());
    std::int64_t count = 0;
    for (;;) {
        const auto at = clock_.unix_ms();
        LARES_CO_TRY(const auto ended, co_await database_.write([at](db::Tx& tx) -> Result<std::int64_t> {
            LARES_TRY(const auto turns, store::running_turns(tx, recover_batch));
            for (const auto& turn : turns) {
                LARES_TRY(const auto end, cut_off(tx, turn));
                LARES_CHECK(end_in(tx, turn.owner, end, at));
            }
            return static_cast<std::int64_t>(turns.size());
        }));
        count += ended;
        if (ended < recover_batch) co_return count;
    }
}

Task<Result<Conversation>> Service::open(OwnerId owner, NewConversation what) {
    LARES_CO_CHECK(first_words(what));
    const auto at = clock_.unix_ms();
    const auto id = what.id ? *what.id : ids_.make<ConversationId>(at);
    auto write = [owner, id, greetings = ids_of_greetings(ids_, what, at), at,
                  what = std::move(what)](db::Tx& tx) -> Result<Changed<Conversation>> {
        Changed<Conversation> out;
        LARES_TRY(const auto head, create(tx, owner, id, what, greetings, at, out.events));
        LARES_CHECK(store::save(tx, head));
        out.answer = conversation_of(head);
        return out;
    };
    co_return co_await commit(owner, std::move(write));
}

Task<Result<Conversation>> Service::get(OwnerId owner, ConversationId conversation) {
    LARES_CO_TRY(const auto head, co_await database_.read([owner, conversation](db::Reader& reader) {
        return needed_head(reader, owner, conversation);
    }));
    co_return conversation_of(head);
}

Task<Result<bool>> Service::owns(OwnerId owner, ConversationId conversation) {
    LARES_CO_TRY(const auto head, co_await database_.read([owner, conversation](db::Reader& reader) {
        return store::any_head(reader, owner, conversation);
    }));
    co_return head && !head->unfinished;
}

Task<Result<ConversationPage>> Service::list(OwnerId owner, ListQuery query) {
    LARES_CO_TRY(const auto size, page_size(query.limit));
    auto read = [owner, query, size](db::Reader& reader) -> Result<ConversationPage> {
        store::HeadsQuery wanted{query.character, query.pinned, query.archived, query.removed, {}, size + 1};
        if (query.before) {
            LARES_TRY(wanted.before, store::any_head(reader, owner, *query.before));
            if (!wanted.before) return invalid_field("before", "must be one of your conversations");
        }
        LARES_TRY(auto heads, store::heads(reader, owner, wanted));
        ConversationPage page;
        const bool more = static_cast<std::int64_t>(heads.size()) > size;
        if (more) heads.pop_back();
        for (const auto& head : heads) {
            page.items.push_back(conversation_of(head));
            LARES_TRY(page.items.back().last, store::last_of(reader, head));
        }
        if (more) page.next = page.items.back().id;
        return page;
    };
    co_return co_await database_.read(std::move(read));
}

Task<Result<HistoryPage>> Service::history(OwnerId owner, HistoryQuery query) {
    LARES_CO_TRY(const auto limit, page_size(query.limit));
    if (query.conversation_id.has_value() == query.character_id.has_value())
        co_return invalid_field("conversation_id", "give either this or character_id");
    co_return co_await database_.read(
        [owner, query, limit](db::Reader& reader) { return history_in(reader, owner, query, limit); });
}

Task<Result<std::vector<Event>>> Service::events_after(OwnerId owner, ConversationId conversation,
                                                       std::int64_t seq) {
    auto read = [owner, conversation, seq](db::Reader& reader) -> Result<std::vector<Event>> {
        LARES_TRY(const auto head, store::head(reader, owner, conversation));
        if (!head) return no_conversation();
        if (seq > head->seq)
            return fail(Code::conflict, "seq-ahead",
                        "The conversation has not come that far. Reload the history.", "seq");
        LARES_TRY(const auto rows, store::events_after(reader, conversation, seq, Limits::events_max));
        std::vector<Event> events;
        events.reserve(rows.size());
        for (const auto& row : rows) {
            Payload payload;
            if (row.payload) {
                LARES_TRY(payload, read_payload(*row.payload));
            }
            events.push_back(event_of(row, payload));
        }
        return events;
    };
    co_return co_await database_.read(std::move(read));
}

Task<Result<Accepted>> Service::accept(OwnerId owner, Accept what) {
    const auto at = clock_.unix_ms();
    std::vector<MessageId> greetings;
    if (what.create) greetings = ids_of_greetings(ids_, *what.create, at);
    co_return co_await commit(owner, [owner, greetings, at, what = std::move(what)](db::Tx& tx) {
        return accept_in(tx, owner, what, greetings, at);
    });
}

Task<Result<void>> Service::append(TurnId turn, std::int64_t part, std::string text) {
    co_return co_await database_.write([turn, part, text = std::move(text)](db::Tx& tx) {
        return store::append_part(tx, turn, part, text);
    });
}

Task<Result<Message>> Service::end(OwnerId owner, AnswerEnd what) {
    const auto at = clock_.unix_ms();
    co_return co_await commit(
        owner, [owner, at, what = std::move(what)](db::Tx& tx) { return end_in(tx, owner, what, at); });
}

Task<Result<Message>> Service::heard(OwnerId owner, TurnId turn, Heard what) {
    const auto at = clock_.unix_ms();
    co_return co_await commit(owner, [owner, turn, at, what = std::move(what)](db::Tx& tx) {
        return heard_in(tx, owner, turn, what, at);
    });
}

Task<Result<Context>> Service::context(OwnerId owner, ConversationId conversation,
                                       std::optional<MessageId> until) {
    auto read = [owner, conversation, until](db::Reader& reader) -> Result<Context> {
        LARES_TRY(const auto head, store::head(reader, owner, conversation));
        if (!head) return no_conversation();
        Context context{conversation_of(*head), until ? until : head->leaf, {}};
        // A file may name any conversation; only the owner's own counts.
        if (head->from_conversation) {
            LARES_TRY(const auto source, store::any_head(reader, owner, *head->from_conversation));
            if (source) context.branched_from = source->id;
        }
        if (!context.leaf) return context;
        LARES_TRY(auto rows, store::branch(reader, conversation, *context.leaf, Limits::context_messages));
        if (rows.empty() && until)
            return fail(Code::not_found, "message-not-found", "There is no such message.");
        for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
            Said said{row->id, row->parent, row->role, std::move(row->text), row->state, {}, {}, row->hidden};
            if (!row->tokens.bytes.empty()) {
                said.tokens = unpack_tokens(row->tokens.bytes);
                if (auto trace = message_of(*row).trace) said.model = std::move(trace->model);
            }
            LARES_TRY(said.files, attachments::said(reader, owner, attachments_of(*row)));
            if (row->extra) {
                auto speaker = speaker_of(*row->extra, said.text);
                said.name = std::move(speaker.name);
                said.narrator = speaker.narrator;
            }
            context.said.push_back(std::move(said));
        }
        return context;
    };
    co_return co_await database_.read(std::move(read));
}

Task<Result<std::optional<TurnRecord>>> Service::find_turn(OwnerId owner, TurnId turn) {
    co_return co_await database_.read([owner, turn](db::Reader& reader) -> Result<std::optional<TurnRecord>> {
        LARES_TRY(const auto row, store::turn(reader, owner, turn));
        return record_of(reader, row);
    });
}

Task<Result<std::optional<TurnRecord>>> Service::find_client_id(OwnerId owner, std::string client_id) {
    co_return co_await database_.read(
        [owner, client_id = std::move(client_id)](db::Reader& reader) -> Result<std::optional<TurnRecord>> {
            LARES_TRY(const auto row, store::turn_by_client_id(reader, owner, client_id));
            return record_of(reader, row);
        });
}

}  // namespace lares::chat
