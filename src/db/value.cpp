#include "db/value.h"

namespace lares::db {

void bad_cell(const char* wanted, const Cell& cell) {
    static constexpr const char* names[] = {"NULL", "an integer", "a real", "text", "a blob", "an id"};
    throw BadCell(std::string("the column holds ") + names[static_cast<int>(cell.kind)] +
                  ", the code reads " + wanted);
}

Uuid uuid_of(const Cell& cell) {
    if (cell.kind == Kind::text) {
        if (auto uuid = Uuid::parse(cell.bytes)) return *uuid;
    } else if (cell.kind == Kind::blob && cell.bytes.size() == 16) {
        Uuid uuid;
        std::copy(cell.bytes.begin(), cell.bytes.end(), uuid.bytes.begin());
        return uuid;
    }
    bad_cell("an id", cell);
}

}  // namespace lares::db
