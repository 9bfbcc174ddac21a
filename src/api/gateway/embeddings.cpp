// Embeddings in the two dialects that have them.
#include "gateway/dialects/openai/embeddings.h"

#include "api/caller.h"
#include "api/gateway/routes.h"
#include "api/usage/admit.h"
#include "api/usage/payer.h"
#include "gateway/dialects/ollama/embed.h"
#include "gateway/dialects/ollama/ollama.h"

namespace lares::api {
namespace {

constexpr std::size_t write_here_max = 16'384;  // numbers; more of them take over a millisecond

}  // namespace

// Writes the answer; a large one on a thread of the pool, which is then the only one that has it.
template <class Write>
Task<Result<http::Answer>> GatewayRoutes::written(gateway::Embedding made, Write write) {
    if (!made.raw.empty()) co_return http::json_answer(200, std::move(made.raw));
    if (made.values.size() <= write_here_max) co_return http::json_answer(200, write(made));
    auto shared = std::make_shared<const gateway::Embedding>(std::move(made));
    LARES_CO_TRY(auto json,
                 co_await services_.compute.run(
                     [shared, write = std::move(write)]() -> Result<std::string> { return write(*shared); }));
    co_return http::json_answer(200, std::move(json));
}

Task<Result<http::Answer>> GatewayRoutes::embeddings(http::Call& call, http::Body body) {
    const auto raw = std::make_shared<const std::string>(std::move(body.data));
    LARES_CO_TRY(const auto object, co_await object_of(raw));
    LARES_CO_TRY(auto asked, gateway::openai::parse_embeddings(object));
    asked.request.payer = payer_of(caller_of(call), std::string(call.head().path));
    LARES_CO_CHECK(admit(services_.rates, call, asked.request));
    asked.request.wire = gateway::Wire::openai;
    asked.request.raw_model = asked.request.model;
    asked.request.raw = raw;
    auto request = asked.request;
    asked.request.inputs.clear();
    LARES_CO_TRY(auto made, co_await services_.gateway.embed(std::move(request)));
    co_return co_await written(std::move(made), [asked = std::move(asked)](const gateway::Embedding& done) {
        return gateway::openai::embeddings_json(asked, done);
    });
}

Task<Result<http::Answer>> GatewayRoutes::ollama_embed(http::Call& call, http::Body body) {
    LARES_CO_TRY(const auto object,
                 co_await object_of(std::make_shared<const std::string>(std::move(body.data))));
    LARES_CO_TRY(auto asked, gateway::ollama::parse_embed(object));
    asked.payer = payer_of(caller_of(call), std::string(call.head().path));
    LARES_CO_CHECK(admit(services_.rates, call, asked));
    const auto began = services_.clock.steady();
    gateway::Embedding made;
    if (!asked.inputs.empty()) {
        LARES_CO_TRY(made, co_await services_.gateway.embed(asked));
        asked.inputs.clear();
    }
    const auto took =
        std::chrono::duration_cast<async::Milliseconds>(services_.clock.steady() - began).count();
    co_return co_await written(std::move(made),
                               [asked = std::move(asked), took](const gateway::Embedding& done) {
                                   return gateway::ollama::embed_json(asked, done, took);
                               });
}

Task<Result<http::Answer>> GatewayRoutes::ollama_embeddings(http::Call& call, http::Body body) {
    LARES_CO_TRY(const auto object,
                 co_await object_of(std::make_shared<const std::string>(std::move(body.data))));
    LARES_CO_TRY(auto asked, gateway::ollama::parse_embeddings(object));
    asked.payer = payer_of(caller_of(call), std::string(call.head().path));
    LARES_CO_CHECK(admit(services_.rates, call, asked));
    gateway::Embedding made;
    if (!asked.inputs.empty()) {
        LARES_CO_TRY(made, co_await services_.gateway.embed(std::move(asked)));
    }
    co_return http::json_answer(200, gateway::ollama::embeddings_json(made));
}

}  // namespace lares::api
