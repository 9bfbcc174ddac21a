#include "chat/search.h"

#include <algorithm>

#include "chat/search_text.h"

namespace lares::chat::search {

namespace {

// A hit's number: its time, then what tells messages of one millisecond apart.
constexpr int below_time = 20;
constexpr std::int64_t time_max = (INT64_MAX >> below_time) - 1;  // one more, and the next one's is no number

std::int64_t number_from(std::int64_t at) {
    return std::clamp<std::int64_t>(at, 0, time_max) << below_time;
}

// An id as one word of the index.
template <class Tag>
std::string word_of(Id<Tag> id, char kind) {
    std::string out(1, kind);
    for (const char c : id.text())
        if (c != '-') out += c;
    return out;
}

struct HitRow {
    std::int64_t number = 0;
    ConversationId conversation_id;
    MessageId message_id;
    CharacterId character_id;
    std::string title;
    Role role = Role::user;
    std::int64_t at = 0;
    std::string text;
    std::string marked;
};

}  // namespace

Result<void> put(db::Tx& tx, OwnerId owner, CharacterId character, const MessageRow& row) {
    LARES_TRY(auto number, tx.one<std::int64_t>("SELECT id FROM search_rows WHERE message_id = ?1", row.id));
    if (number) {
        LARES_CHECK(tx.run("DELETE FROM search_words WHERE rowid = ?1", *number));
    } else {
        const auto first = number_from(row.created);
        LARES_TRY(number, tx.one<std::int64_t>("SELECT coalesce(max(id) + 1, ?1) FROM search_rows"
                                               " WHERE id >= ?1 AND id < ?2",
                                               first, first + (std::int64_t{1} << below_time)));
        LARES_CHECK(tx.run("INSERT INTO search_rows (id, message_id, conversation_id) VALUES (?1, ?2, ?3)",
                           *number, row.id, row.conversation_id));
    }
    LARES_CHECK(tx.run("INSERT INTO search_words (rowid, scope, words) VALUES (?1, ?2, ?3)", *number,
                       word_of(owner, 'o') + " " + word_of(character, 'c'), to_indexed(row.text)));
    return {};
}

Result<void> drop(db::Tx& tx, ConversationId conversation) {
    LARES_CHECK(tx.run(
        "DELETE FROM search_words WHERE rowid IN (SELECT id FROM search_rows WHERE conversation_id = ?1)",
        conversation));
    LARES_CHECK(tx.run("DELETE FROM search_rows WHERE conversation_id = ?1", conversation));
    return {};
}

Result<std::vector<Found>> find(db::Reader& reader, OwnerId owner, const Query& query) {
    // The owner is a word of the index, too: what others said is not even looked at. The join says it again.
    std::string match = "scope: " + word_of(owner, 'o');
    if (query.character) match += " AND scope: " + word_of(*query.character, 'c');
    if (!query.match.empty()) match += " AND words: (" + query.match + ")";
    const auto before = std::min(query.before, number_from(query.to));
    LARES_TRY(auto rows,
              reader.rows<HitRow>(find_sql, match, number_from(query.from), before, owner, query.limit));
    std::vector<Found> out;
    out.reserve(rows.size());
    for (auto& row : rows) {
        auto snippet = snippet_of(row.text, row.marked);
        out.push_back(
            {row.number,
             {row.conversation_id, row.message_id, row.character_id, std::move(row.title), row.role, row.at,
              std::move(snippet.text), snippet.cut_before, snippet.cut_after, std::move(snippet.matches)}});
    }
    return out;
}

Result<std::vector<Indexed>> indexed(db::Reader& reader, ConversationId conversation) {
    return reader.all_rows<Indexed>(
        "SELECT s.message_id, coalesce(w.words, '') FROM search_rows s LEFT JOIN search_words w ON w.rowid = "
        "s.id"
        " WHERE s.conversation_id = ?1 ORDER BY s.message_id",
        conversation);
}

}  // namespace lares::chat::search
