#include "db/tx.h"

namespace lares::db {

namespace {

// Resets the statement on every way out, so that a cached one holds no lock and no borrowed argument.
struct Running {
    Statement& statement;
    ~Running() { statement.reset(); }
};

tl::unexpected<Error> unreadable(Sql sql, const std::exception& error) {
    Error out{Code::internal, "storage-mismatch", "A stored row could not be read.", {}, {}, {}};
    out.detail = std::string(error.what()) + " in: " + std::string(sql.text());
    return fail(std::move(out));
}

}  // namespace

void Row::expect_columns(std::size_t members) const {
    if (statement_.columns() != members)
        throw BadCell("the statement has " + std::to_string(statement_.columns()) +
                      " columns, the code reads " + std::to_string(members));
}

Result<void> Reader::select(Sql sql, std::span<const Param> params, std::size_t limit, void* into,
                            bool (*take)(void*, const Row&)) {
    LARES_TRY(auto* statement, connection_.prepare(sql));
    const Running running{*statement};
    LARES_CHECK(statement->bind(params));
    for (std::size_t count = 0;; ++count) {
        LARES_TRY(const bool row, statement->step());
        if (!row) return {};
        try {
            if (count == limit) throw BadCell("more rows than rows_max: the statement needs a LIMIT");
            if (!take(into, Row(*statement))) return {};
        } catch (const BadCell& error) {
            return unreadable(sql, error);
        }
    }
}

Result<std::int64_t> Tx::execute(Sql sql, std::span<const Param> params) {
    LARES_TRY(auto* statement, connection_.prepare(sql));
    const Running running{*statement};
    LARES_CHECK(statement->bind(params));
    for (;;) {
        LARES_TRY(const bool row, statement->step());
        if (!row) return connection_.changes();
    }
}

bool is_unique_violation(const Error& error) {
    return error.type == "storage-unique";
}

}  // namespace lares::db
