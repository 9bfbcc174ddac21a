#include "api/auth/registration.h"

#include "api/access.h"
#include "api/caller.h"
#include "async/task.h"
#include "gateway/usage/store.h"

namespace lares::api {
namespace {

constexpr const char* kind = "registration";

}  // namespace

Result<void> RegistrationRoutes::load() {
    LARES_TRY(const auto found, services_.database.read_blocking([](db::Reader& reader) {
        return gateway::find_document(reader, kind, std::nullopt);
    }));
    if (!found) return {};
    LARES_TRY(const auto chosen, json::parse<RegistrationState>(found->body));
    if (chosen.setting == services_.setting) {
        services_.auth.set_registration(chosen.mode);
        return {};
    }
    // Over with that setting: it does not come back with it.
    gateway::Document document;
    document.body = json::write(RegistrationState{services_.setting, services_.setting});
    document.changed_ms = services_.clock.unix_ms();
    document.changed_by = found->changed_by;
    LARES_CHECK(services_.database.write_blocking(
        [&](db::Tx& tx) { return gateway::add_document(tx, kind, document); }));
    return {};
}

void RegistrationRoutes::add_to(http::Routes& routes) {
    using http::route;
    using M = http::Method;
    const auto row = [](M method, std::string_view summary) {
        return http::Row{.method = method,
                         .path = "/api/v1/admin/registration",
                         .access = person(auth::Role::admin),
                         .weight = 2,
                         .summary = summary,
                         .tag = "auth"};
    };
    routes.push_back(route<&RegistrationRoutes::get>(
        row(M::get, "Who may make an account, and what the server's setting says."), *this));
    auto set_row = row(M::put,
                       "Choose who may make an account from now on: whoever reaches the server "
                       "(open), who sits at it (local), nobody (closed).");
    set_row.errors = {Code::storage_full};
    routes.push_back(route<&RegistrationRoutes::set>(set_row, *this));
}

Result<RegistrationState> RegistrationRoutes::get(http::Call&) {
    return RegistrationState{services_.auth.registration(), services_.setting};
}

Task<Result<RegistrationState>> RegistrationRoutes::set(http::Call& call, RegistrationRequest request) {
    const RegistrationState chosen{request.mode, services_.setting};
    gateway::Document document;
    document.body = json::write(chosen);
    document.changed_ms = services_.clock.unix_ms();
    document.changed_by = user_of(call).text();
    LARES_CO_TRY(const auto version,
                 co_await async::unbroken(services_.database.write(
                     [document](db::Tx& tx) { return gateway::add_document(tx, kind, document); })));
    std::lock_guard lock(mutex_);
    if (version > version_) {
        version_ = version;
        services_.auth.set_registration(request.mode);
    }
    co_return chosen;
}

}  // namespace lares::api
