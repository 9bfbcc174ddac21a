#include "chat/tree.h"

#include <algorithm>
#include <unordered_map>

namespace lares::chat::tree {

namespace {

// Most moves are near the end: so many messages are looked at before the whole way up is.
constexpr std::int64_t near = 64;

struct Step {
    MessageId id;
    std::optional<MessageId> parent, chosen;
};

// From `message` towards the beginning.
Result<std::vector<Step>> way_up(db::Reader& reader, ConversationId conversation, MessageId message,
                                 std::int64_t limit) {
    return reader.rows<Step>(
        "WITH RECURSIVE way (id, parent, chosen, n) AS ("
        " SELECT id, parent, chosen, 1 FROM messages WHERE id = ?1 AND conversation_id = ?2"
        " UNION ALL SELECT m.id, m.parent, m.chosen, w.n + 1 FROM way w JOIN messages m ON m.id = w.parent"
        " WHERE w.n < ?3) SELECT id, parent, chosen FROM way ORDER BY n",
        message, conversation, limit);
}

void add_choice(std::vector<Choice>& out, const Step& above, MessageId child) {
    if (above.chosen != child) out.push_back({above.id, child});
}

}  // namespace

Result<std::vector<Choice>> choices_to(db::Reader& reader, const Head& head, MessageId message) {
    std::unordered_map<MessageId, Step> shown;
    if (head.leaf) {
        LARES_TRY(const auto steps, way_up(reader, head.id, *head.leaf, near));
        for (const auto& step : steps) shown.emplace(step.id, step);
    }
    std::vector<Choice> out;
    if (shown.contains(message)) return out;
    LARES_TRY(auto steps, way_up(reader, head.id, message, near));
    const auto ends = [&](const std::vector<Step>& way) -> bool {
        out.clear();
        for (std::size_t i = 0; i < way.size(); ++i) {
            const auto& parent = way[i].parent;
            if (!parent) return true;
            if (const auto joint = shown.find(*parent); joint != shown.end()) {
                add_choice(out, joint->second, way[i].id);
                return true;
            }
            if (i + 1 < way.size()) add_choice(out, way[i + 1], way[i].id);
        }
        return false;
    };
    if (!ends(steps)) {
        LARES_TRY(steps, way_up(reader, head.id, message, static_cast<std::int64_t>(Limits::messages_max)));
        ends(steps);
    }
    return out;
}

Result<MessageId> last_leaf(db::Reader& reader, ConversationId conversation, MessageId message) {
    // A child that was never shown is there when an answer came while another branch was read: then the
    // newest.
    LARES_TRY(
        const auto leaf,
        reader.one<MessageId>("WITH RECURSIVE down (id, n) AS (SELECT ?1, 0 UNION ALL SELECT coalesce("
                              " (SELECT c.id FROM messages m JOIN messages c ON c.id = m.chosen"
                              "  WHERE m.id = d.id AND c.parent = m.id AND c.removed_by IS NULL),"
                              " (SELECT c.id FROM messages c WHERE c.conversation_id = ?2 AND c.parent = d.id"
                              "  AND c.removed_by IS NULL ORDER BY c.place DESC LIMIT 1)), d.n + 1"
                              " FROM down d WHERE d.id IS NOT NULL AND d.n < ?3)"
                              " SELECT id FROM down WHERE id IS NOT NULL ORDER BY n DESC LIMIT 1",
                              message, conversation, Limits::messages_max));
    return leaf.value_or(message);
}

Result<std::vector<MessageId>> siblings(db::Reader& reader, const MessageRow& row) {
    return reader.all_rows<MessageId>(
        "SELECT id FROM messages WHERE conversation_id = ?1 AND parent IS ?2 AND removed_by IS NULL"
        " ORDER BY place, id",
        row.conversation_id, row.parent);
}

Result<std::optional<Siblings>> siblings_around(db::Reader& reader, ConversationId conversation,
                                                std::optional<MessageId> parent, MessageId message) {
    LARES_TRY(auto ids,
              reader.all_rows<MessageId>("SELECT id FROM messages WHERE conversation_id = ?1 AND parent IS ?2"
                                         " AND removed_by IS NULL ORDER BY place, id",
                                         conversation, parent));
    if (ids.size() < 2) return std::nullopt;
    const auto at = std::ranges::find(ids, message);
    if (at == ids.end()) return std::nullopt;
    const auto index = static_cast<std::size_t>(at - ids.begin());
    const auto count = ids.size();
    const auto shown = std::min(count, Limits::sibling_ids);
    const auto first = std::min(index > shown / 2 ? index - shown / 2 : 0, count - shown);
    const auto begin = ids.begin() + static_cast<std::ptrdiff_t>(first);
    return Siblings{static_cast<std::int64_t>(index),
                    static_cast<std::int64_t>(count),
                    {begin, begin + static_cast<std::ptrdiff_t>(shown)}};
}

Result<bool> is_below(db::Reader& reader, ConversationId conversation, MessageId message, MessageId above) {
    LARES_TRY(const auto found,
              reader.one<bool>(
                  "WITH RECURSIVE way (id, parent, n) AS ("
                  " SELECT id, parent, 1 FROM messages WHERE id = ?1 AND conversation_id = ?2"
                  " UNION ALL SELECT m.id, m.parent, w.n + 1 FROM way w JOIN messages m ON m.id = w.parent"
                  " WHERE w.n < ?4 AND w.id <> ?3) SELECT 1 FROM way WHERE id = ?3 LIMIT 1",
                  message, conversation, above, Limits::messages_max));
    return found.has_value();
}

}  // namespace lares::chat::tree
