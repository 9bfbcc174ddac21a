#include "character/removed.h"

namespace lares::character::removed {

Result<bool> holds(db::Reader& reader, std::string_view kind, Row row) {
    LARES_TRY(const auto found,
              reader.one<std::int64_t>("SELECT 1 FROM removed WHERE id = ?1 AND owner = ?2 AND kind = ?3",
                                       row.id, row.owner, kind));
    return found.has_value();
}

Result<void> put(db::Tx& tx, std::string_view kind, Row row, std::int64_t now_ms) {
    LARES_CHECK(tx.run("INSERT INTO removed (id, owner, kind, at) VALUES (?1, ?2, ?3, ?4)", row.id, row.owner,
                       kind, now_ms));
    return {};
}

Result<void> take(db::Tx& tx, std::string_view kind, Row row) {
    LARES_CHECK(
        tx.run("DELETE FROM removed WHERE id = ?1 AND owner = ?2 AND kind = ?3", row.id, row.owner, kind));
    return {};
}

Result<std::optional<Row>> beyond(db::Reader& reader, std::string_view kind, OwnerId owner,
                                  std::size_t most) {
    return reader.one<Row>(
        "SELECT owner, id FROM removed WHERE owner = ?1 AND kind = ?2 ORDER BY at DESC, id DESC LIMIT 1 "
        "OFFSET ?3",
        owner, kind, most);
}

Result<std::optional<Row>> oldest(db::Reader& reader, std::string_view kind, std::int64_t until_ms) {
    return reader.one<Row>("SELECT owner, id FROM removed WHERE kind = ?1 AND at <= ?2 ORDER BY at LIMIT 1",
                           kind, until_ms);
}

}  // namespace lares::character::removed
