#pragma once
// The wire dialects towards programs, and the product's own routes to models. Dialects are in
// gateway/dialects; here they get their paths, callers and sockets.
#include <memory>
#include <string>
#include <vector>

#include "api/gateway/model.h"
#include "api/gateway/request_log.h"
#include "async/clock.h"
#include "async/pool.h"
#include "auth/service.h"
#include "base/id.h"
#include "gateway/dialects/dialect.h"
#include "gateway/gateway.h"
#include "http/route.h"
#include "limits/rates.h"
#include "voice/local/voices.h"

namespace lares::api {

class GatewayRoutes {
public:
    struct Services {
        gateway::Gateway& gateway;
        async::Clock& clock;
        IdSource& ids;
        async::Pool& compute;  // large bodies are read there
        limits::Rates& rates;
        voice::LocalVoices& voices;
        RequestLog& log;
        auth::Service& auth;
    };
    explicit GatewayRoutes(Services services) : services_(services) {}
    void add_to(http::Routes& routes);

    // OpenAI
    Task<Result<void>> chat_completions(http::Call& call, http::Body body, http::ByteStream& out);
    Task<Result<void>> completions(http::Call& call, http::Body body, http::ByteStream& out);
    Task<Result<void>> responses(http::Call& call, http::Body body, http::ByteStream& out);
    Task<Result<http::Answer>> models(http::Call& call);
    Task<Result<http::Answer>> model(http::Call& call);
    Task<Result<http::Answer>> embeddings(http::Call& call, http::Body body);
    Task<Result<void>> speech(http::Call& call, http::Body body, http::ByteStream& out);
    Task<Result<void>> pass_json(http::Call& call, http::Body body, http::ByteStream& out);
    Task<Result<void>> pass_form(http::Call& call, http::Body body, http::ByteStream& out);
    // Anthropic
    Task<Result<void>> messages(http::Call& call, http::Body body, http::ByteStream& out);
    Task<Result<http::Answer>> count_tokens(http::Call& call, http::Body body);
    // Ollama
    Task<Result<void>> ollama_chat(http::Call& call, http::Body body, http::ByteStream& out);
    Task<Result<void>> ollama_generate(http::Call& call, http::Body body, http::ByteStream& out);
    Task<Result<http::Answer>> ollama_tags(http::Call& call);
    Task<Result<http::Answer>> ollama_show(http::Call& call, http::Body body);
    Task<Result<http::Answer>> ollama_ps(http::Call& call);
    Task<Result<http::Answer>> ollama_embed(http::Call& call, http::Body body);
    Task<Result<http::Answer>> ollama_embeddings(http::Call& call, http::Body body);
    Result<http::Answer> ollama_version(http::Call& call);
    // Ours
    Task<Result<void>> generate(http::Call& call, http::Body body, http::ByteStream& out);
    Task<Result<ProviderList>> providers(http::Call& call);
    Task<Result<RequestPage>> requests(http::Call& call, LogQuery query);

private:
    Task<Result<void>> serve(const gateway::Endpoint* endpoint, http::Call* call, http::Body body,
                             http::ByteStream* out);
    Task<Result<void>> answer_stream(std::string_view type, std::unique_ptr<gateway::StreamEncoder> encoder,
                                     std::unique_ptr<gateway::ChatStream> stream, http::ByteStream* out);
    Task<Result<void>> pass_on(http::Call* call, gateway::PassRequest request, http::ByteStream* out);
    Task<std::vector<gateway::ModelInfo>> offered(http::Call& call);  // what the caller may use
    Task<Result<boost::json::object>> object_of(std::shared_ptr<const std::string> body);
    Task<Result<gateway::Asked>> read_elsewhere(const gateway::Endpoint* endpoint,
                                                std::shared_ptr<const std::string> body);
    template <class Write>
    Task<Result<http::Answer>> written(gateway::Embedding made, Write write);
    Services services_;
};

}  // namespace lares::api
