#include "auth/people.h"

#include "base/text.h"

namespace lares::auth {

Result<std::vector<Named>> people(db::Reader& reader, const std::string& search, std::int64_t max) {
    return reader.rows<Named>(
        "SELECT id, username FROM users WHERE state <> ?3 AND (?1 = '' OR instr(username_key, ?1) > 0) "
        "ORDER BY username_key LIMIT ?2",
        to_lower_ascii(search), max, AccountState::deleted);
}

}  // namespace lares::auth
