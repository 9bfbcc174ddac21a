// The projection against the events: checked and rebuilt, one conversation at a time.
#include <map>

#include "chat/search.h"
#include "chat/search_text.h"
#include "chat/service.h"
#include "chat/store.h"
#include "crypto/hash.h"

namespace lares::chat {

namespace {

constexpr std::size_t problems_max = 100;
constexpr std::int64_t batch = 200;

struct Folded {
    Head head;
    std::map<MessageId, MessageRow> messages;
    std::map<TurnId, TurnRow> turns;
    std::int64_t events = 0;
    bool deleted = false;
};

// What is not removed of these messages and all below them.
void remove_below(Folded& into, const Effect::Removal& removal) {
    std::multimap<MessageId, MessageRow*> children;
    for (auto& [id, row] : into.messages)
        if (row.parent) children.emplace(*row.parent, &row);
    std::vector<MessageId> left = removal.roots;
    while (!left.empty()) {
        const auto id = left.back();
        left.pop_back();
        const auto found = into.messages.find(id);
        if (found == into.messages.end() || found->second.removed_by) continue;
        found->second.removed_by = removal.by;
        const auto [first, last] = children.equal_range(id);
        for (auto child = first; child != last; ++child) left.push_back(child->second->id);
    }
}

void fold_tree(Folded& into, const Effect& effect) {
    if (const auto& mark = effect.mark) {
        if (const auto found = into.messages.find(mark->id); found != into.messages.end()) {
            found->second.hidden = mark->hidden.value_or(found->second.hidden);
            found->second.pinned = mark->pinned.value_or(found->second.pinned);
            found->second.seq = mark->seq;
        }
    }
    if (const auto& move = effect.rehang)
        for (auto& [id, row] : into.messages)
            if (row.parent == move->from) row.parent = move->to;
    if (effect.removal) remove_below(into, *effect.removal);
    if (effect.restored)
        for (auto& [id, row] : into.messages)
            if (row.removed_by == effect.restored) row.removed_by.reset();
    for (const auto& choice : effect.choices)
        if (const auto found = into.messages.find(choice.parent); found != into.messages.end())
            found->second.chosen = choice.child;
}

void fold(Folded& into, Effect effect) {
    if (effect.deleted) {
        into.messages.clear();
        into.turns.clear();
        into.deleted = true;
    }
    if (effect.message) {
        auto& row = into.messages[effect.message->id];
        if (row.place > 0) keep_standing(*effect.message, row);
        row = std::move(*effect.message);
    }
    if (effect.turn_begun) into.turns[effect.turn_begun->id] = std::move(*effect.turn_begun);
    if (effect.turn_ended) {
        if (const auto turn = into.turns.find(effect.turn_ended->id); turn != into.turns.end()) {
            turn->second.state = effect.turn_ended->state;
            turn->second.frames = effect.turn_ended->frames;
        }
    }
    fold_tree(into, effect);
}

// Walks all events of a conversation; `visit` gets each with what it does. Problems of the chain itself go to
// `problem`.
template <class Visit, class Problem>
Result<Folded> replay(db::Reader& reader, ConversationId conversation, Visit visit, Problem problem) {
    Folded folded;
    folded.head.id = conversation;
    bool erased = false;
    for (;;) {
        LARES_TRY(const auto rows, store::events_after(reader, conversation, folded.head.seq, batch));
        for (const auto& row : rows) {
            ++folded.events;
            folded.head.owner = row.owner;
            if (row.seq != folded.head.seq + 1)
                problem("event " + std::to_string(folded.head.seq + 1) + " is missing");
            if (row.payload && crypto::sha256(*row.payload) != row.payload_hash.bytes)
                problem("event " + std::to_string(row.seq) + ": the payload is not the one that was stored");
            if (chain_hash(folded.head.chain_hash.bytes, conversation, row.seq, row.kind, row.at, row.owner,
                           row.payload_hash.bytes) != row.chain_hash.bytes)
                problem("event " + std::to_string(row.seq) + ": the chain of hashes is broken");
            folded.head.chain_hash = row.chain_hash;
            if (!row.payload) {  // erased: nothing of it is projected, and the conversation must end deleted
                erased = true;
                folded.head.seq = row.seq;
                if (row.kind != EventKind::conversation_deleted) continue;
            }
            Payload payload;
            if (row.payload) {
                LARES_TRY(payload, read_payload(*row.payload));
            }
            LARES_TRY(auto effect, effect_of(folded.head, row.seq, row.kind, row.at, payload));
            LARES_CHECK(visit(folded.head, effect));
            fold(folded, std::move(effect));
        }
        if (static_cast<std::int64_t>(rows.size()) < batch) break;
    }
    if (erased && !folded.deleted) problem("events are erased, but the conversation is not deleted");
    return folded;
}

struct Checked {
    bool waiting = false;  // for its rebuild
    std::int64_t events = 0, messages = 0;
    std::vector<std::string> problems;
};

template <class Id, class Row>
void compare(const std::map<Id, Row>& wanted, const std::vector<Row>& found, const std::string& what,
             std::vector<std::string>& problems) {
    std::size_t known = 0;
    for (const auto& row : found) {
        const auto want = wanted.find(row.id);
        if (want == wanted.end())
            problems.push_back(what + " " + row.id.text() + " follows from no event");
        else if (++known; !(want->second == row))
            problems.push_back(what + " " + row.id.text() + " differs from its events");
    }
    if (known != wanted.size()) problems.push_back(what + "s are missing");
}

Result<void> compare_index(db::Reader& reader, ConversationId conversation,
                           const std::map<MessageId, MessageRow>& wanted,
                           std::vector<std::string>& problems) {
    LARES_TRY(const auto indexed, search::indexed(reader, conversation));
    std::size_t known = 0;
    for (const auto& each : indexed) {
        const auto want = wanted.find(each.id);
        if (want == wanted.end())
            problems.push_back("the index has message " + each.id.text() + ", which follows from no event");
        else if (++known; to_indexed(want->second.text) != each.words)
            problems.push_back("the index of message " + each.id.text() + " differs from its text");
    }
    if (known != wanted.size()) problems.push_back("messages are missing in the index");
    return {};
}

Result<Checked> check_one(db::Reader& reader, ConversationId conversation) {
    Checked out;
    const auto problem = [&](std::string text) { out.problems.push_back(std::move(text)); };
    const auto nothing = [](const Head&, const Effect&) -> Result<void> { return {}; };
    LARES_TRY(const auto folded, replay(reader, conversation, nothing, problem));
    LARES_TRY(const auto head, store::head_of(reader, conversation));
    LARES_TRY(const auto messages, store::messages_of(reader, conversation));
    LARES_TRY(const auto turns, store::turns_of(reader, conversation));
    out.events = folded.events;
    out.messages = static_cast<std::int64_t>(messages.size());
    LARES_TRY(out.waiting, store::waits_for_rebuild(reader, conversation));
    if (out.waiting) return out;
    if (folded.deleted ? head.has_value() : !head || !(*head == folded.head))
        problem("the conversation's row differs from its events");
    compare(folded.messages, messages, "message", out.problems);
    compare(folded.turns, turns, "turn", out.problems);
    LARES_CHECK(compare_index(reader, conversation, folded.messages, out.problems));
    return out;
}

Result<void> rebuild_one(db::Tx& tx, ConversationId conversation) {
    LARES_CHECK(store::drop_projection(tx, conversation, false));
    const auto write = [&tx](const Head& head, const Effect& effect) {
        return store::apply(tx, effect, head);
    };
    LARES_TRY(const auto folded, replay(tx, conversation, write, [](const std::string&) {}));
    LARES_CHECK(store::rebuilt(tx, conversation));
    if (folded.deleted) return {};
    return store::save(tx, folded.head);
}

}  // namespace

Task<Result<CheckReport>> Service::check_projection() {
    CheckReport report;
    ConversationId after;
    for (;;) {
        LARES_CO_TRY(const auto ids, co_await database_.read([after](db::Reader& reader) {
            return store::conversations_after(reader, after, batch);
        }));
        for (const auto id : ids) {
            LARES_CO_TRY(auto checked,
                         co_await database_.read([id](db::Reader& reader) { return check_one(reader, id); }));
            ++report.conversations;
            report.waiting += checked.waiting ? 1 : 0;
            report.events += checked.events;
            report.messages += checked.messages;
            for (auto& problem : checked.problems)
                if (report.problems.size() < problems_max)
                    report.problems.push_back("conversation " + id.text() + ": " + std::move(problem));
        }
        if (static_cast<std::int64_t>(ids.size()) < batch) break;
        after = ids.back();
    }
    LARES_CO_TRY(const auto strays, co_await database_.read([](db::Reader& reader) {
        return reader.one<std::int64_t>(
            "SELECT (SELECT COUNT(*) FROM conversations c WHERE NOT EXISTS"
            " (SELECT 1 FROM events e WHERE e.conversation_id = c.id))"
            " + (SELECT COUNT(*) FROM messages m WHERE NOT EXISTS"
            " (SELECT 1 FROM events e WHERE e.conversation_id = m.conversation_id))");
    }));
    if (strays.value_or(0) > 0)
        report.problems.push_back(std::to_string(*strays) + " rows belong to no event at all");
    co_return report;
}

Task<Result<void>> Service::rebuild_waiting() {
    for (;;) {
        LARES_CO_TRY(const auto ids, co_await database_.read([](db::Reader& reader) {
            return store::waiting_for_rebuild(reader, batch);
        }));
        if (ids.empty()) co_return Result<void>();
        for (const auto id : ids)
            LARES_CO_CHECK(co_await database_.write([id](db::Tx& tx) { return rebuild_one(tx, id); }));
    }
}

Task<Result<void>> Service::rebuild() {
    ConversationId after;
    for (;;) {
        LARES_CO_TRY(const auto ids, co_await database_.read([after](db::Reader& reader) {
            return store::conversations_after(reader, after, batch);
        }));
        for (const auto id : ids)
            LARES_CO_CHECK(co_await database_.write([id](db::Tx& tx) { return rebuild_one(tx, id); }));
        if (static_cast<std::int64_t>(ids.size()) < batch) co_return Result<void>();
        after = ids.back();
    }
}

}  // namespace lares::chat
