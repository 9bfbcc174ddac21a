#pragma once
// What a model would be sent, without sending it.
#include "api/prompt/model.h"
#include "async/clock.h"
#include "async/pool.h"
#include "base/id.h"
#include "chat/prompts.h"
#include "gateway/provider.h"
#include "http/route.h"
#include "prompt/counter.h"
#include "prompt/lore/library.h"
#include "prompt/render.h"

namespace lares::api {

class PromptRoutes {
public:
    // All outlive it. Prompts are made on `compute`.
    struct Tools {
        gateway::Provider& provider;
        async::Pool& compute;
        async::Clock& clock;
        chat::Prompts& prompts;
    };
    explicit PromptRoutes(Tools tools)
        : provider_(tools.provider),
          compute_(tools.compute),
          clock_(tools.clock),
          prompts_(tools.prompts),
          counter_(tools.provider) {}
    void add_to(http::Routes& routes);

    Task<Result<RenderAnswer>> render(http::Call& call, RenderBody body);
    Task<Result<CountAnswer>> count(http::Call& call, CountBody body);
    Task<Result<SentPromptBody>> sent(http::Call& call, SentPromptPath path);
    Task<Result<ChatSettingsBody>> settings(http::Call& call);
    Task<Result<ChatSettingsBody>> set_settings(http::Call& call, ChatSettingsBody body);

private:
    gateway::Provider& provider_;
    async::Pool& compute_;
    async::Clock& clock_;
    chat::Prompts& prompts_;
    prompt::TokenCounter counter_;
    prompt::lore::Library library_;
};

// How a person likes their prompts, for turns.
Task<Result<prompt::RenderSettings>> chat_settings_of(chat::Prompts& prompts, OwnerId owner);

}  // namespace lares::api
