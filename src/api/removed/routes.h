#pragma once
// What a person deleted and can bring back: companions, lorebooks and their entries, personas, conversations.
#include "api/removed/model.h"
#include "async/clock.h"
#include "chat/service.h"
#include "db/database.h"
#include "http/route.h"

namespace lares::api {

class RemovedRoutes {
public:
    struct Services {
        db::Database& database;
        chat::Service& chats;
        async::Clock& clock;
    };
    explicit RemovedRoutes(Services services) : to_(services) {}
    void add_to(http::Routes& routes);

    Task<Result<RemovedList>> list(http::Call& call, RemovedListQuery query);

private:
    Services to_;
};

}  // namespace lares::api
