#include "api/usage/limits.h"

#include "api/access.h"
#include "api/caller.h"
#include "async/task.h"
#include "gateway/usage/store.h"

namespace lares::api {
namespace {

constexpr const char* kind = "limits";
constexpr std::int64_t versions_max = 200;

}  // namespace

Result<void> LimitRoutes::load() {
    LARES_TRY(const auto found, database_.read_blocking([](db::Reader& reader) {
        return gateway::find_document(reader, kind, std::nullopt);
    }));
    if (!found) return {};
    LARES_TRY(auto rules, limits::parse_rules(found->body));
    rates_.set(std::move(rules), found->version);
    return {};
}

void LimitRoutes::add_to(http::Routes& routes) {
    using http::route;
    using M = http::Method;
    const auto row = [](M method, std::string_view path, std::string_view summary) {
        return http::Row{.method = method,
                         .path = path,
                         .access = person(auth::Role::admin),
                         .weight = 2,
                         .summary = summary,
                         .tag = "usage"};
    };
    auto get_row = row(M::get, "/api/v1/admin/limits",
                       "Limits of requests and tokens in a minute, or an earlier version of them.");
    get_row.errors = {Code::not_found};
    routes.push_back(route<&LimitRoutes::get>(get_row, *this));
    auto set_row =
        row(M::put, "/api/v1/admin/limits", "Put other limits in force; those before are kept as a version.");
    set_row.body_cap = limits::rules_bytes_max;
    set_row.errors = {Code::storage_full};
    routes.push_back(route<&LimitRoutes::set>(set_row, *this));
    routes.push_back(route<&LimitRoutes::versions>(
        row(M::get, "/api/v1/admin/limits/versions", "Who changed the limits, and when."), *this));
}

Task<Result<LimitList>> LimitRoutes::get(http::Call&, VersionQuery query) {
    LARES_CO_TRY(const auto found, co_await database_.read([version = query.version](db::Reader& reader) {
        return gateway::find_document(reader, kind, version);
    }));
    if (!found && query.version) co_return fail(Code::not_found, "not-found", "There is no such version.");
    if (!found) co_return LimitList{};
    LARES_CO_TRY(auto rules, limits::parse_rules(found->body));
    co_return LimitList{std::move(rules), found->version};
}

Task<Result<VersionItem>> LimitRoutes::set(http::Call& call, LimitRequest request) {
    limits::Rules rules = std::move(request);
    LARES_CO_CHECK(limits::check(rules));
    gateway::Document document;
    document.body = json::write(rules);
    document.changed_ms = clock_.unix_ms();
    document.changed_by = user_of(call).text();
    document.note = request.note.value_or("");
    LARES_CO_TRY(document.version, co_await async::unbroken(database_.write([document](db::Tx& tx) {
                     return gateway::add_document(tx, kind, document);
                 })));
    rates_.set(std::move(rules), document.version);
    co_return VersionItem{document.version, document.changed_ms, document.changed_by, document.note};
}

Task<Result<VersionList>> LimitRoutes::versions(http::Call&) {
    LARES_CO_TRY(const auto found, co_await database_.read([](db::Reader& reader) {
        return gateway::document_versions(reader, kind, versions_max);
    }));
    VersionList out;
    for (const auto& one : found)
        out.items.push_back({one.version, one.changed_ms, one.changed_by, one.note});
    co_return out;
}

}  // namespace lares::api
