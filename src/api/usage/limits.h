#pragma once
// What admins write about how much programs may ask in a minute. Every version is kept.
#include "api/usage/model.h"
#include "async/clock.h"
#include "db/database.h"
#include "http/route.h"
#include "limits/rates.h"

namespace lares::api {

struct LimitList : limits::Rules {
    std::int64_t version = 0;  // 0: nobody wrote any yet
};
BOOST_DESCRIBE_STRUCT(LimitList, (limits::Rules), (version))

struct LimitRequest : limits::Rules {
    std::optional<std::string> note;
};
BOOST_DESCRIBE_STRUCT(LimitRequest, (limits::Rules), (note))
constexpr auto json_rules(const LimitRequest*) {
    return std::array{json::length("note", 0, 200)};
}

class LimitRoutes {
public:
    LimitRoutes(db::Database& database, async::Clock& clock, limits::Rates& rates)
        : database_(database), clock_(clock), rates_(rates) {}
    Result<void> load();  // blocking, once: puts the last version in force
    void add_to(http::Routes& routes);

    Task<Result<LimitList>> get(http::Call& call, VersionQuery query);
    Task<Result<VersionItem>> set(http::Call& call, LimitRequest request);
    Task<Result<VersionList>> versions(http::Call& call);

private:
    db::Database& database_;
    async::Clock& clock_;
    limits::Rates& rates_;
};

}  // namespace lares::api
