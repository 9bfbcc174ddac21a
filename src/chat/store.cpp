#include "chat/store.h"

#include "chat/attachments.h"
#include "chat/prompts.h"
#include "chat/search.h"
#include "crypto/hash.h"

// The columns in the order of the structs' members; SQL text is a literal, so these are, too.
#define HEAD_COLUMNS                                                                                     \
    "id, owner, character_id, title, seq, leaf, chain_hash, created, updated, titled, pinned, archived," \
    " settings, removed, unfinished, metadata, from_conversation, from_message"
#define MESSAGE_COLUMNS(m)                                                                                  \
    m "id, " m "conversation_id, " m "parent, " m "role, " m "text, " m "state, " m "created, " m "seq, " m \
      "turn_id, " m "client_id, " m "tokens, " m "usage_prompt, " m "usage_reused, " m                      \
      "usage_completion, " m "trace, " m "unheard, " m "place, " m "hidden, " m "pinned, " m                \
      "removed_by, " m "edit_of, " m "chosen, " m "extra, " m "attachments"
#define TURN_COLUMNS "id, owner, conversation_id, begin, message_id, answer_id, client_id, seq, state, frames"

namespace lares::chat::store {

Result<std::optional<Head>> head(db::Reader& reader, OwnerId owner, ConversationId conversation) {
    return reader.one<Head>("SELECT " HEAD_COLUMNS
                            " FROM conversations WHERE id = ?1 AND owner = ?2 AND removed IS NULL"
                            " AND unfinished = 0",
                            conversation, owner);
}

Result<std::optional<Head>> any_head(db::Reader& reader, OwnerId owner, ConversationId conversation) {
    return reader.one<Head>("SELECT " HEAD_COLUMNS " FROM conversations WHERE id = ?1 AND owner = ?2",
                            conversation, owner);
}

Result<std::optional<Head>> head_of(db::Reader& reader, ConversationId conversation) {
    return reader.one<Head>("SELECT " HEAD_COLUMNS " FROM conversations WHERE id = ?1", conversation);
}

Result<std::optional<Head>> latest_with(db::Reader& reader, OwnerId owner, CharacterId character) {
    return reader.one<Head>("SELECT " HEAD_COLUMNS
                            " FROM conversations WHERE owner = ?1 AND character_id = ?2 AND removed IS NULL"
                            " AND unfinished = 0 ORDER BY updated DESC, id DESC LIMIT 1",
                            owner, character);
}

Result<std::vector<Head>> heads(db::Reader& reader, OwnerId owner, const HeadsQuery& query) {
    const std::int64_t updated = query.before ? query.before->updated : INT64_MAX;
    const std::optional<ConversationId> id = query.before ? std::optional(query.before->id) : std::nullopt;
    if (query.character)
        return reader.rows<Head>(
            "SELECT " HEAD_COLUMNS
            " FROM conversations WHERE owner = ?1 AND character_id = ?2 AND updated <= ?3"
            " AND (updated < ?3 OR id < ?4) AND unfinished = 0 AND (removed IS NOT NULL) = ?5"
            " AND (?6 IS NULL OR pinned = ?6) AND (?7 IS NULL OR archived = ?7)"
            " ORDER BY updated DESC, id DESC LIMIT ?8",
            owner, *query.character, updated, id, query.removed, query.pinned, query.archived, query.limit);
    return reader.rows<Head>(
        "SELECT " HEAD_COLUMNS
        " FROM conversations WHERE owner = ?1 AND updated <= ?2"
        " AND (updated < ?2 OR id < ?3) AND unfinished = 0 AND (removed IS NOT NULL) = ?4"
        " AND (?5 IS NULL OR pinned = ?5) AND (?6 IS NULL OR archived = ?6)"
        " ORDER BY updated DESC, id DESC LIMIT ?7",
        owner, updated, id, query.removed, query.pinned, query.archived, query.limit);
}

Result<std::vector<RemovedHead>> removed_heads(db::Reader& reader, OwnerId owner,
                                               const character::RemovedQuery& query) {
    return reader.rows<RemovedHead>(
        "SELECT id, character_id, title, removed FROM conversations WHERE owner = ?1 AND removed IS NOT NULL"
        " AND unfinished = 0 AND (removed, id) < (?2, ?3) ORDER BY removed DESC, id DESC LIMIT ?4",
        owner, query.before ? query.before->at_ms : INT64_MAX,
        query.before ? query.before->id.text() : std::string("~"), query.limit);
}

Result<std::optional<LastMessage>> last_of(db::Reader& reader, const Head& head) {
    if (!head.leaf) return std::nullopt;
    return reader.one<LastMessage>(
        "SELECT id, role, substr(text, 1, ?2), created FROM messages WHERE id = ?1", *head.leaf,
        Limits::last_code_points);
}

Result<std::vector<ConversationId>> removed_before(db::Reader& reader, std::int64_t at, std::int64_t limit) {
    return reader.rows<ConversationId>(
        "SELECT id FROM conversations WHERE removed IS NOT NULL AND removed <= ?1 ORDER BY removed LIMIT ?2",
        at, limit);
}

Result<std::vector<ConversationId>> unfinished(db::Reader& reader, std::int64_t limit) {
    return reader.rows<ConversationId>("SELECT id FROM conversations WHERE unfinished = 1 LIMIT ?1", limit);
}

Result<std::vector<ConversationId>> waiting_for_rebuild(db::Reader& reader, std::int64_t limit) {
    return reader.rows<ConversationId>("SELECT conversation_id FROM rebuild_waiting LIMIT ?1", limit);
}

Result<bool> waits_for_rebuild(db::Reader& reader, ConversationId conversation) {
    LARES_TRY(
        const auto found,
        reader.one<std::int64_t>("SELECT 1 FROM rebuild_waiting WHERE conversation_id = ?1", conversation));
    return found.has_value();
}

Result<void> rebuilt(db::Tx& tx, ConversationId conversation) {
    LARES_CHECK(tx.run("DELETE FROM rebuild_waiting WHERE conversation_id = ?1", conversation));
    return {};
}

Result<std::vector<ConversationId>> conversations_after(db::Reader& reader, ConversationId after,
                                                        std::int64_t limit) {
    return reader.rows<ConversationId>(
        "SELECT DISTINCT conversation_id FROM events WHERE conversation_id > ?1 ORDER BY conversation_id "
        "LIMIT ?2",
        after, limit);
}

Result<Event> append(db::Tx& tx, Head& head, EventKind kind, std::int64_t at, const Payload& payload) {
    const std::int64_t seq = head.seq + 1;
    EventRow row{head.id, seq, head.owner, kind, at, write_payload(payload), {}, {}};
    row.payload_hash.bytes = crypto::sha256(*row.payload);
    row.chain_hash.bytes =
        chain_hash(head.chain_hash.bytes, head.id, seq, kind, at, head.owner, row.payload_hash.bytes);
    LARES_TRY(const auto effect, effect_of(head, seq, kind, at, payload));
    head.chain_hash = row.chain_hash;
    LARES_CHECK(
        tx.run("INSERT INTO events (conversation_id, seq, owner, kind, at, payload, payload_hash, chain_hash)"
               " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
               row.conversation_id, row.seq, row.owner, row.kind, row.at, row.payload, row.payload_hash,
               row.chain_hash));
    LARES_CHECK(apply(tx, effect, head));
    return event_of(row, payload);
}

namespace {

Result<void> put_message(db::Tx& tx, const MessageRow& m, const Head& head) {
    LARES_CHECK(tx.run(
        "INSERT INTO messages (id, conversation_id, parent, role, text, state, created, seq, turn_id,"
        " client_id, tokens, usage_prompt, usage_reused, usage_completion, trace, unheard, place, hidden,"
        " pinned, removed_by, edit_of, chosen, extra, attachments)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,"
        " ?21, ?22, ?23, ?24)"
        // What keep_standing() names stays as it is.
        " ON CONFLICT (id) DO UPDATE SET parent = excluded.parent, role = excluded.role,"
        " text = excluded.text, state = excluded.state, created = excluded.created, seq = excluded.seq,"
        " turn_id = excluded.turn_id, client_id = excluded.client_id, tokens = excluded.tokens,"
        " usage_prompt = excluded.usage_prompt, usage_reused = excluded.usage_reused,"
        " usage_completion = excluded.usage_completion, trace = excluded.trace, unheard = excluded.unheard",
        m.id, m.conversation_id, m.parent, m.role, m.text, m.state, m.created, m.seq, m.turn_id, m.client_id,
        m.tokens, m.usage_prompt, m.usage_reused, m.usage_completion, m.trace, m.unheard, m.place, m.hidden,
        m.pinned, m.removed_by, m.edit_of, m.chosen, m.extra, m.attachments));
    if (m.attachments) LARES_CHECK(attachments::hold(tx, head.id, attachments_of(m)));
    return search::put(tx, head.owner, head.character_id, m);
}

Result<void> move_in_tree(db::Tx& tx, const Effect& effect, const Head& head) {
    if (const auto& m = effect.mark)
        LARES_CHECK(tx.run(
            "UPDATE messages SET hidden = coalesce(?2, hidden), pinned = coalesce(?3, pinned), seq = ?4"
            " WHERE id = ?1 AND conversation_id = ?5",
            m->id, m->hidden, m->pinned, m->seq, head.id));
    if (const auto& r = effect.rehang)
        LARES_CHECK(tx.run("UPDATE messages SET parent = ?2 WHERE conversation_id = ?3 AND parent = ?1",
                           r->from, r->to, head.id));
    if (const auto& r = effect.removal)
        for (const auto root : r->roots)
            LARES_CHECK(tx.run(
                "UPDATE messages SET removed_by = ?1 WHERE id IN ("
                "WITH RECURSIVE below (id) AS ("
                " SELECT id FROM messages WHERE id = ?2 AND conversation_id = ?3 AND removed_by IS NULL"
                " UNION ALL SELECT m.id FROM below b JOIN messages m ON m.conversation_id = ?3"
                " AND m.parent = b.id AND m.removed_by IS NULL) SELECT id FROM below)",
                r->by, root, head.id));
    if (effect.restored)
        LARES_CHECK(
            tx.run("UPDATE messages SET removed_by = NULL WHERE conversation_id = ?2 AND removed_by = ?1",
                   *effect.restored, head.id));
    for (const auto& choice : effect.choices)
        LARES_CHECK(tx.run("UPDATE messages SET chosen = ?2 WHERE id = ?1 AND conversation_id = ?3",
                           choice.parent, choice.child, head.id));
    return {};
}

}  // namespace

Result<void> apply(db::Tx& tx, const Effect& effect, const Head& head) {
    if (effect.deleted) return drop_projection(tx, head.id, true);
    if (const auto& m = effect.message) LARES_CHECK(put_message(tx, *m, head));
    if (const auto& t = effect.turn_begun)
        LARES_CHECK(
            tx.run("INSERT INTO turns (id, owner, conversation_id, begin, message_id, answer_id, client_id, "
                   "seq, state,"
                   " frames) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                   t->id, t->owner, t->conversation_id, t->begin, t->message_id, t->answer_id, t->client_id,
                   t->seq, t->state, t->frames));
    if (const auto& t = effect.turn_ended) {
        LARES_CHECK(
            tx.run("UPDATE turns SET state = ?1, frames = ?2 WHERE id = ?3", t->state, t->frames, t->id));
        LARES_CHECK(tx.run("DELETE FROM turn_parts WHERE turn_id = ?1", t->id));
    }
    return move_in_tree(tx, effect, head);
}

Result<void> save(db::Tx& tx, const Head& head) {
    LARES_CHECK(tx.run(
        "INSERT INTO conversations (id, owner, character_id, title, seq, leaf, chain_hash, created, updated,"
        " titled, pinned, archived, settings, removed, unfinished, metadata, from_conversation, from_message)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)"
        " ON CONFLICT (id) DO UPDATE SET title = excluded.title, seq = excluded.seq, leaf = excluded.leaf,"
        " chain_hash = excluded.chain_hash, updated = excluded.updated, titled = excluded.titled,"
        " pinned = excluded.pinned, archived = excluded.archived, settings = excluded.settings,"
        " removed = excluded.removed, unfinished = excluded.unfinished",
        head.id, head.owner, head.character_id, head.title, head.seq, head.leaf, head.chain_hash,
        head.created, head.updated, head.titled, head.pinned, head.archived, head.settings, head.removed,
        head.unfinished, head.metadata, head.from_conversation, head.from_message));
    return {};
}

Result<std::vector<EventRow>> events_after(db::Reader& reader, ConversationId conversation, std::int64_t seq,
                                           std::int64_t limit) {
    return reader.rows<EventRow>(
        "SELECT conversation_id, seq, owner, kind, at, payload, payload_hash, chain_hash FROM events"
        " WHERE conversation_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
        conversation, seq, limit);
}

Result<void> erase_payloads(db::Tx& tx, ConversationId conversation) {
    LARES_CHECK(tx.run("UPDATE events SET payload = NULL WHERE conversation_id = ?1", conversation));
    return {};
}

Result<void> drop_projection(db::Tx& tx, ConversationId conversation, bool with_parts) {
    if (with_parts)
        LARES_CHECK(tx.run(
            "DELETE FROM turn_parts WHERE turn_id IN (SELECT id FROM turns WHERE conversation_id = ?1)",
            conversation));
    LARES_CHECK(search::drop(tx, conversation));
    LARES_CHECK(tx.run("DELETE FROM turns WHERE conversation_id = ?1", conversation));
    LARES_CHECK(tx.run("DELETE FROM messages WHERE conversation_id = ?1", conversation));
    LARES_CHECK(tx.run("DELETE FROM conversations WHERE id = ?1", conversation));
    return {};
}

Result<void> drop_wholly(db::Tx& tx, ConversationId conversation) {
    LARES_CHECK(drop_projection(tx, conversation, true));
    LARES_CHECK(erase_prompts(tx, conversation));
    LARES_CHECK(attachments::release(tx, conversation));
    LARES_CHECK(tx.run("DELETE FROM events WHERE conversation_id = ?1", conversation));
    return {};
}

Result<std::optional<MessageRow>> message(db::Reader& reader, ConversationId conversation,
                                          MessageId message) {
    return reader.one<MessageRow>(
        "SELECT " MESSAGE_COLUMNS("") " FROM messages WHERE id = ?1 AND conversation_id = ?2", message,
        conversation);
}

Result<std::optional<MessageRow>> message_by_client_id(db::Reader& reader, ConversationId conversation,
                                                       std::string_view client_id) {
    return reader.one<MessageRow>("SELECT " MESSAGE_COLUMNS("") " FROM messages WHERE conversation_id = ?1"
                                  " AND client_id = ?2",
                                  conversation, client_id);
}

Result<bool> owns_message(db::Reader& reader, OwnerId owner, MessageId message) {
    LARES_TRY(const auto found,
              reader.one<bool>("SELECT 1 FROM messages m JOIN conversations c ON c.id = m.conversation_id"
                               " WHERE m.id = ?1 AND c.owner = ?2",
                               message, owner));
    return found.has_value();
}

Result<std::vector<MessageRow>> branch(db::Reader& reader, ConversationId conversation, MessageId leaf,
                                       std::int64_t limit) {
    return reader.rows<MessageRow>(
        "WITH RECURSIVE branch (id, parent, depth) AS ("
        " SELECT id, parent, 1 FROM messages WHERE id = ?1 AND conversation_id = ?2"
        " UNION ALL SELECT m.id, m.parent, b.depth + 1 FROM branch b JOIN messages m ON m.id = b.parent"
        " WHERE b.depth < ?3)"
        " SELECT " MESSAGE_COLUMNS("m.") " FROM branch b JOIN messages m ON m.id = b.id ORDER BY b.depth",
        leaf, conversation, limit);
}

Result<std::vector<MessageRow>> messages_of(db::Reader& reader, ConversationId conversation) {
    return reader.all_rows<MessageRow>(
        "SELECT " MESSAGE_COLUMNS("") " FROM messages WHERE conversation_id = ?1 ORDER BY place, id",
        conversation);
}

Result<std::vector<MessageRow>> pinned(db::Reader& reader, ConversationId conversation, std::size_t limit) {
    return reader.rows<MessageRow>("SELECT " MESSAGE_COLUMNS("") " FROM messages WHERE conversation_id = ?1"
                                   " AND pinned = 1 AND removed_by IS NULL ORDER BY place LIMIT ?2",
                                   conversation, limit);
}

Result<std::optional<TurnRow>> turn(db::Reader& reader, OwnerId owner, TurnId turn) {
    return reader.one<TurnRow>("SELECT " TURN_COLUMNS " FROM turns WHERE id = ?1 AND owner = ?2", turn,
                               owner);
}

Result<std::optional<TurnRow>> turn_by_client_id(db::Reader& reader, OwnerId owner,
                                                 std::string_view client_id) {
    return reader.one<TurnRow>("SELECT " TURN_COLUMNS " FROM turns WHERE owner = ?1 AND client_id = ?2",
                               owner, client_id);
}

Result<std::optional<TurnRow>> running_turn(db::Reader& reader, ConversationId conversation) {
    return reader.one<TurnRow>(
        "SELECT " TURN_COLUMNS " FROM turns WHERE state = 'running' AND conversation_id = ?1", conversation);
}

Result<std::vector<TurnRow>> running_turns(db::Reader& reader, std::int64_t limit) {
    return reader.rows<TurnRow>(
        "SELECT " TURN_COLUMNS " FROM turns WHERE state = 'running' ORDER BY id LIMIT ?1", limit);
}

Result<std::vector<TurnRow>> turns_of(db::Reader& reader, ConversationId conversation) {
    return reader.all_rows<TurnRow>("SELECT " TURN_COLUMNS " FROM turns WHERE conversation_id = ?1",
                                    conversation);
}

Result<void> append_part(db::Tx& tx, TurnId turn, std::int64_t part, std::string_view text) {
    // A part that comes after its turn's end (a slow writer) must not outlive it.
    LARES_CHECK(
        tx.run("INSERT INTO turn_parts (turn_id, part, text)"
               " SELECT ?1, ?2, ?3 FROM turns WHERE id = ?1 AND state = 'running'"
               " ON CONFLICT (turn_id, part) DO UPDATE SET text = excluded.text",
               turn, part, text));
    return {};
}

Result<std::string> text_so_far(db::Reader& reader, TurnId turn) {
    std::string text;
    LARES_CHECK(reader.for_each(
        "SELECT text FROM turn_parts WHERE turn_id = ?1 ORDER BY part",
        [&](const db::Row& row) { text += row.get<std::string>(0); }, turn));
    return text;
}

}  // namespace lares::chat::store
