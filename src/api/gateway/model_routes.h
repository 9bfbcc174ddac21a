#pragma once
// Who answers: how each model stands, which one is the server's default, and which one a person chose for
// one conversation or for all of theirs.
#include "api/gateway/model.h"
#include "async/clock.h"
#include "chat/prompts.h"
#include "chat/service.h"
#include "db/database.h"
#include "gateway/gateway.h"
#include "http/route.h"

namespace lares::api {

class ModelRoutes {
public:
    struct Services {
        gateway::Gateway& gateway;
        db::Database& database;
        chat::Service& chats;
        chat::Prompts& prompts;
        async::Clock& clock;
        std::string setting;  // LLM_MODEL: what an admin chose holds while this is what it was then
    };
    explicit ModelRoutes(Services services) : services_(std::move(services)) {}
    Result<void> load();  // blocking, once: puts the last choice of an admin in force
    void add_to(http::Routes& routes);

    Task<Result<ModelStatusList>> status(http::Call& call);
    Task<Result<ModelStatus>> switch_default(http::Call& call, ModelSwitch request);
    Task<Result<ChatModel>> chosen(http::Call& call, ChatModelQuery query);
    Task<Result<ChatModel>> switch_chat(http::Call& call, ChatModelSwitch request);

private:
    Task<std::vector<ModelStatus>> offered(http::Call* call);
    Services services_;
};

}  // namespace lares::api
