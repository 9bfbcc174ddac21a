#pragma once
// What was used and what it cost: a person's own, and all of it for admins, with budgets and prices.
#include "api/usage/model.h"
#include "auth/service.h"
#include "db/database.h"
#include "gateway/gateway.h"
#include "gateway/usage/accounting.h"
#include "http/route.h"

namespace lares::api {

class UsageRoutes {
public:
    struct Services {
        db::Database& database;
        gateway::Accounting& accounting;
        gateway::Gateway& gateway;
        auth::Service& auth;
        async::Clock& clock;
    };
    explicit UsageRoutes(Services services) : services_(services) {}
    void add_to(http::Routes& routes);

    Task<Result<UsageReport>> mine(http::Call& call, UsageQuery query);
    Task<Result<UsageCalls>> my_calls(http::Call& call, CallsQuery query);
    Task<Result<void>> my_export(http::Call& call, UsageQuery query, http::ByteStream& out);
    Task<Result<BudgetList>> my_budgets(http::Call& call);

    Task<Result<UsageReport>> all(http::Call& call, AdminUsageQuery query);
    Task<Result<UsageCalls>> all_calls(http::Call& call, AdminCallsQuery query);
    Task<Result<void>> all_export(http::Call& call, AdminUsageQuery query, http::ByteStream& out);
    Task<Result<People>> people(http::Call& call, PeopleQuery query);
    Task<Result<BudgetList>> budgets(http::Call& call);
    Task<Result<void>> set_budget(http::Call& call, BudgetRequest request);
    Task<Result<void>> remove_budget(http::Call& call, BudgetName name);
    Task<Result<PriceList>> prices(http::Call& call, VersionQuery query);
    Task<Result<VersionItem>> set_prices(http::Call& call, PriceRequest request);
    Task<Result<VersionList>> price_versions(http::Call& call);

private:
    Task<Result<UsageReport>> report(gateway::UsageRange range, bool admin);
    Task<Result<UsageCalls>> calls(std::string person, std::string before, std::int64_t limit);
    Task<Result<void>> write_csv(gateway::UsageRange range, http::Call* call, http::ByteStream* out);
    Task<Result<void>> name_keys(std::string person, std::vector<UsageItem>* items);
    Task<void> name_people(std::vector<UsageItem>* items);
    Services services_;
};

}  // namespace lares::api
