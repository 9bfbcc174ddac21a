#pragma once
// Who there is, by name: for an admin, who gives people budgets and tiers.
#include <string>
#include <vector>

#include <boost/describe/class.hpp>

#include "auth/model.h"
#include "db/database.h"

namespace lares::auth {

struct Named {
    UserId id;
    std::string username;
};
BOOST_DESCRIBE_STRUCT(Named, (), (id, username))

// By name, at most `max` of those whose names hold `search` (any, where it is empty). Deleted accounts are no
// people any more.
Result<std::vector<Named>> people(db::Reader& reader, const std::string& search, std::int64_t max);

}  // namespace lares::auth
