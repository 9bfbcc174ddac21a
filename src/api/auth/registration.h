#pragma once
// Who may make an account after the first: what an admin chooses on the page stands before the setting.
#include <cstdint>
#include <mutex>

#include "api/auth/model.h"
#include "async/clock.h"
#include "auth/service.h"
#include "db/database.h"
#include "http/route.h"

namespace lares::api {

class RegistrationRoutes {
public:
    struct Services {
        auth::Service& auth;
        db::Database& database;
        async::Clock& clock;
        auth::RegistrationMode setting;  // what an admin chose holds while this is what it was then
    };
    explicit RegistrationRoutes(Services services) : services_(services) {}
    Result<void> load();  // blocking, once: puts the last choice of an admin in force
    void add_to(http::Routes& routes);

    Result<RegistrationState> get(http::Call& call);
    Task<Result<RegistrationState>> set(http::Call& call, RegistrationRequest request);

private:
    Services services_;
    std::mutex mutex_;
    std::int64_t version_ = 0;  // of the choice in force: two at once may end in either order
};

}  // namespace lares::api
