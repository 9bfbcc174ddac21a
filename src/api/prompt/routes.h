#pragma once
// What a model would be sent, without sending it.
#include "api/prompt/model.h"
#include "async/clock.h"
#include "async/pool.h"
#include "base/id.h"
#include "gateway/provider.h"
#include "http/route.h"
#include "prompt/counter.h"
#include "prompt/lore/library.h"

namespace lares::api {

class PromptRoutes {
public:
    // All outlive it. Prompts are made on `compute`.
    PromptRoutes(gateway::Provider& provider, async::Pool& compute, async::Clock& clock)
        : provider_(provider), compute_(compute), clock_(clock), counter_(provider) {}
    void add_to(http::Routes& routes);

    Task<Result<RenderAnswer>> render(http::Call& call, RenderBody body);

private:
    gateway::Provider& provider_;
    async::Pool& compute_;
    async::Clock& clock_;
    prompt::TokenCounter counter_;
    prompt::lore::Library library_;
};

}  // namespace lares::api
