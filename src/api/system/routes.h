#pragma once
// The server about itself: alive, ready, engines, models, metrics, the API's description, the page.
#include <functional>
#include <mutex>
#include <string>

#include "api/system/docs_page.h"
#include "api/system/model.h"
#include "async/clock.h"
#include "db/database.h"
#include "gateway/gateway.h"
#include "gateway/usage/accounting.h"
#include "http/assets.h"
#include "http/route.h"
#include "voice/speaker.h"

namespace lares::api {

class SystemRoutes {
public:
    struct Services {
        db::Database& database;
        gateway::Gateway& gateway;
        gateway::Accounting& accounting;
        voice::Voices& voices;
        async::Clock& clock;
        const http::Assets& assets;
        std::string version;
        std::function<bool()> stopping;
    };
    explicit SystemRoutes(Services services);
    void add_to(http::Routes& routes);
    void describe(
        const http::Routes& routes);  // once the table is whole: what /openapi.json and /docs answer

    Result<http::Answer> root(http::Call& call);
    Result<http::Answer> health(http::Call& call);
    Result<http::Answer> ready(http::Call& call, ReadyQuery query);
    Result<http::Answer> metrics(http::Call& call);
    Result<http::Answer> openapi(http::Call& call);
    Result<http::Answer> docs(http::Call& call);
    Result<ServerStatus> status(http::Call& call);
    Result<ModelList> models(http::Call& call);

private:
    std::vector<EngineStatus> engines(bool whole);  // with words that name folders
    Services services_;
    async::SteadyTime started_;

    // Written when somebody asks: it costs as much as half of a start.
    struct Description {
        std::string openapi_json;
        DocsPage docs;
    };
    const Description& description();
    http::Routes described_;
    std::once_flag written_;
    Description description_;
};

// The whole description, as `lares openapi` prints it.
boost::json::object describe_api(const http::Routes& routes, const std::string& version);

}  // namespace lares::api
