#include "api/gateway/routes.h"

#include <algorithm>

#include <boost/json/monotonic_resource.hpp>

#include "api/access.h"
#include "api/caller.h"
#include "api/gateway/forms.h"
#include "api/gateway/wishes.h"
#include "api/usage/admit.h"
#include "api/usage/payer.h"
#include "gateway/dialects/anthropic/anthropic.h"
#include "gateway/dialects/ollama/ollama.h"
#include "gateway/dialects/openai/openai.h"
#include "gateway/fields.h"
#include "json/parse_in.h"
#include "json/write.h"

namespace lares::api {
namespace {

namespace bj = boost::json;
using gateway::ChatStream;

constexpr std::size_t body_cap = 32 * 1024 * 1024;  // pictures come in it
constexpr std::size_t head_lines_likely = 512;
constexpr std::size_t read_here_max = 128 * 1024;           // larger JSON takes over a millisecond
constexpr std::string_view ollama_version_text = "0.12.6";  // whose API it is

Result<bj::object> parse_object(std::string_view text) {
    LARES_TRY(auto value, json::parse_value(text, {.bytes = body_cap}));
    if (!value.is_object()) return fail(Code::bad_request, "invalid-json", "The body must be a JSON object.");
    return std::move(value.get_object());
}

// In memory that is let go all at once: a value for each field costs more than the reading.
Result<gateway::Asked> read_here(const gateway::Endpoint& endpoint, std::string_view text) {
    unsigned char first[4096];
    bj::monotonic_resource memory(first, sizeof first);
    LARES_TRY(const auto value, json::parse_value_in(text, {.bytes = body_cap}, &memory));
    if (!value.is_object()) return fail(Code::bad_request, "invalid-json", "The body must be a JSON object.");
    return endpoint.parse(value.get_object());
}

// An answer that is given whole.
struct Whole {
    gateway::Collector collector;
    std::string raw;
    std::size_t bytes = 0;
    void add(gateway::ChatDelta delta) {
        bytes += delta.text.size();
        for (const auto& event : delta.events) bytes += event.text.size();
        collector.add(delta);
        if (raw.empty())
            raw = std::move(delta.raw);
        else
            raw += delta.raw;
    }
};

// It is the one field of a client's head that goes on to a provider.
bool are_betas(std::string_view list) {
    constexpr std::size_t bytes_max = 1024;
    return list.size() <= bytes_max && std::ranges::all_of(list, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_' || c == '.' || c == ',' || c == ' ';
           });
}

const gateway::ModelInfo* named(const std::vector<gateway::ModelInfo>& models, std::string_view name) {
    for (const auto& model : models)
        if (model.id == name || model.name == name) return &model;
    return nullptr;
}

Error no_model(std::string_view name) {
    return {Code::not_found,
            "model-not-found",
            "There is no model named '" + std::string(name) + "'.",
            "model",
            {},
            {}};
}

}  // namespace

void GatewayRoutes::add_to(http::Routes& routes) {
    using http::Method;
    using http::route;
    const auto row = [this](Method method, std::string_view path, const http::ErrorForm& form,
                            std::string_view tag, std::string_view summary) {
        return http::Row{.method = method,
                         .path = path,
                         .access = program(Scope::llm),
                         .weight = method == Method::post ? 5u : 1u,
                         .body_cap = body_cap,
                         .summary = summary,
                         .tag = tag,
                         .any_content_type = true,
                         .error_form = &form,
                         .watcher = &services_.log};
    };
    const auto openai = [&](Method method, std::string_view path, std::string_view summary) {
        return row(method, path, openai_form(), "OpenAI", summary);
    };
    const auto anthropic = [&](Method method, std::string_view path, std::string_view summary) {
        return row(method, path, anthropic_form(), "Anthropic", summary);
    };
    const auto ollama = [&](Method method, std::string_view path, std::string_view summary) {
        return row(method, path, ollama_form(), "Ollama", summary);
    };
    using R = GatewayRoutes;
    routes.push_back(route<&R::chat_completions>(
        openai(Method::post, "/v1/chat/completions", "Chat completions, as OpenAI has them."), *this));
    routes.push_back(route<&R::completions>(
        openai(Method::post, "/v1/completions", "Completions of a prompt, the older form."), *this));
    routes.push_back(route<&R::responses>(
        openai(Method::post, "/v1/responses", "Responses, as OpenAI has them, without a store."), *this));
    routes.push_back(route<&R::models>(
        openai(Method::get, "/v1/models", "Models; in Anthropic's form for its clients."), *this));
    routes.push_back(route<&R::model>(openai(Method::get, "/v1/models/{model*}", "One model."), *this));
    routes.push_back(
        route<&R::embeddings>(openai(Method::post, "/v1/embeddings", "Embeddings of texts."), *this));
    routes.push_back(route<&R::speech>(
        openai(Method::post, "/v1/audio/speech",
               "A text as sound; model `local` is this server's voice: speed 0.25 to 4, spoken at 0.5 to 2."),
        *this));
    const struct {
        std::string_view path, summary;
    } json_ones[] = {{"/v1/images/generations", "Pictures, by a provider that makes them."},
                     {"/v1/moderations", "What is wrong with a text, by a provider that judges."}},
      forms[] = {{"/v1/audio/transcriptions", "Sound as text, by a provider that has it."},
                 {"/v1/audio/translations", "Sound as English text, by a provider that has it."},
                 {"/v1/images/edits", "A picture changed, by a provider that does."},
                 {"/v1/images/variations", "A picture once more, by a provider that does."}};
    for (const auto& [path, summary] : json_ones)
        routes.push_back(route<&R::pass_json>(openai(Method::post, path, summary), *this));
    for (const auto& [path, summary] : forms)
        routes.push_back(route<&R::pass_form>(openai(Method::post, path, summary), *this));
    routes.push_back(route<&R::messages>(
        anthropic(Method::post, "/v1/messages", "Messages, as Anthropic has them."), *this));
    routes.push_back(route<&R::count_tokens>(
        anthropic(Method::post, "/v1/messages/count_tokens", "How many tokens a request would take."),
        *this));
    routes.push_back(
        route<&R::ollama_chat>(ollama(Method::post, "/ollama/api/chat", "Chat, as Ollama has it."), *this));
    routes.push_back(route<&R::ollama_generate>(
        ollama(Method::post, "/ollama/api/generate", "Answers to a prompt, as Ollama has them."), *this));
    routes.push_back(route<&R::ollama_tags>(ollama(Method::get, "/ollama/api/tags", "Models."), *this));
    routes.push_back(route<&R::ollama_show>(ollama(Method::post, "/ollama/api/show", "One model."), *this));
    routes.push_back(
        route<&R::ollama_ps>(ollama(Method::get, "/ollama/api/ps", "Models that are loaded."), *this));
    routes.push_back(
        route<&R::ollama_embed>(ollama(Method::post, "/ollama/api/embed", "Embeddings of texts."), *this));
    routes.push_back(route<&R::ollama_embeddings>(
        ollama(Method::post, "/ollama/api/embeddings", "The embedding of one text, the older form."), *this));
    routes.push_back(
        route<&R::ollama_version>(ollama(Method::get, "/ollama/api/version", "Whose API this is."), *this));

    const auto own = [](Method method, std::string_view path, http::Access access, std::string_view summary) {
        return http::Row{
            .method = method, .path = path, .access = access, .summary = summary, .tag = "models"};
    };
    auto generate_row =
        own(Method::post, "/api/v1/llm/generate", program(Scope::llm),
            "One answer of any model: {provider?, model?, prompt | messages, maxTokens?, temperature?, "
            "stream?}; streamed as events token and done.");
    generate_row.weight = 5;
    generate_row.body_cap = 1024 * 1024;
    generate_row.watcher = &services_.log;
    generate_row.errors = {Code::unprocessable, Code::unavailable, Code::upstream, Code::timeout};
    routes.push_back(route<&R::generate>(generate_row, *this));
    auto log_row = own(Method::get, "/api/v1/admin/requests", person(auth::Role::admin),
                       "The last requests of programs: who asked, how it was answered, by whom and why not. "
                       "Never what was said.");
    routes.push_back(route<&R::requests>(log_row, *this));
    routes.push_back(route<&R::providers>(own(Method::get, "/api/v1/llm/providers", program(Scope::llm),
                                              "Providers with their models, and what is known of them."),
                                          *this));
}

Task<Result<bj::object>> GatewayRoutes::object_of(std::shared_ptr<const std::string> body) {
    if (body->size() <= read_here_max) co_return parse_object(*body);
    co_return co_await services_.compute.run([body] { return parse_object(*body); });
}

Task<Result<gateway::Asked>> GatewayRoutes::read_elsewhere(const gateway::Endpoint* endpoint,
                                                           std::shared_ptr<const std::string> body) {
    LARES_CO_TRY(const auto object, co_await object_of(body));
    co_return endpoint->parse(object);
}

Task<Result<void>> GatewayRoutes::serve(const gateway::Endpoint* endpoint, http::Call* call, http::Body body,
                                        http::ByteStream* out) {
    const auto raw = std::make_shared<const std::string>(std::move(body.data));
    auto read =
        raw->size() <= read_here_max ? read_here(*endpoint, *raw) : co_await read_elsewhere(endpoint, raw);
    if (!read) co_return fail(std::move(read).error());
    auto& asked = *read;
    auto& request = asked.request;
    request.payer = payer_of(caller_of(*call), std::string(call->head().path));
    if (endpoint->wire() != gateway::Wire::none) {
        request.wire = endpoint->wire();
        request.raw = raw;
        request.raw_model = request.model;
    }
    take_wishes(*call, *raw, services_.gateway, request);
    if (request.wire == gateway::Wire::anthropic) {
        request.betas = call->head().header("anthropic-beta");
        if (!are_betas(request.betas))
            co_return invalid_field("anthropic-beta", "must be a list of names, at most 1024 bytes");
        // What it switches on changes the answer.
        if (!request.betas.empty() && !request.cache.what.empty()) request.cache.what += '\n' + request.betas;
    }
    const auto trace = request.trace;
    const std::int64_t now = services_.clock.unix_ms();
    if (request.messages.empty()) {  // Ollama's way to have a model loaded
        LARES_CO_CHECK(services_.gateway.may_use(request.payer, request.model));
        out->answer(http::json_answer(200, gateway::ollama::loaded_json(request.model, now)));
        co_return Result<void>();
    }
    gateway::Stamp stamp{services_.ids.next(now).text(), request.model, now};
    auto& lines = call->head_lines();
    lines.reserve(head_lines_likely);
    lines.append("request-id: ").append(call->request_id()).append("\r\n");
    LARES_CO_CHECK(admit(services_.rates, *call, request));
    // What is said of the answer's form is read before the request is used up.
    std::unique_ptr<gateway::StreamEncoder> encoder;
    if (asked.stream) encoder = endpoint->stream(asked, stamp);
    auto stream = co_await services_.gateway.chat(&request);
    request.payer.hold.reset();  // what is left of it is the stream's
    tell(*call, *trace);
    if (!stream) co_return fail(std::move(stream).error());
    if (encoder) {
        request = {};  // not kept for as long as the answer grows
        co_return co_await answer_stream(endpoint->stream_type(), std::move(encoder), std::move(*stream),
                                         out);
    }
    Whole whole;
    for (;;) {
        auto delta = (*stream)->next_now();
        if (!delta) delta.emplace(co_await (*stream)->next());
        if (!*delta) co_return fail(std::move(*delta).error());
        if (!**delta) break;
        whole.add(std::move(***delta));
    }
    if (!whole.raw.empty()) {
        out->answer(http::json_answer(200, std::move(whole.raw)));
    } else if (whole.bytes <= read_here_max) {
        out->answer(
            http::json_answer(200, endpoint->whole(asked, stamp, whole.collector.take((*stream)->end()))));
    } else {
        LARES_CO_TRY(auto json,
                     co_await services_.compute.run(
                         [endpoint, asked = std::move(asked), stamp,
                          answer = whole.collector.take((*stream)->end())]() -> Result<std::string> {
                             return endpoint->whole(asked, stamp, answer);
                         }));
        out->answer(http::json_answer(200, std::move(json)));
    }
    co_return Result<void>();
}

// Nothing is sent before something of the answer is there: an error until then is an ordinary answer.
Task<Result<void>> GatewayRoutes::answer_stream(std::string_view type,
                                                std::unique_ptr<gateway::StreamEncoder> encoder,
                                                std::unique_ptr<ChatStream> stream, http::ByteStream* out) {
    bool begun = false, passes = false;
    for (;;) {
        auto delta = stream->next_now();
        if (!delta) {
            if (auto waits = stream->wait()) {
                co_await std::move(*waits);
                continue;
            }
            delta.emplace(co_await stream->next());
        }
        if (!*delta) {
            if (!begun) co_return fail(std::move(*delta).error());
            co_return co_await out->write(encoder->failed(delta->error()), type);
        }
        if (!**delta) break;
        std::string bytes = std::move((**delta)->raw);
        passes = passes || !bytes.empty();
        for (const auto& event : gateway::events_of(std::move(***delta))) bytes += encoder->event(event);
        if (bytes.empty()) continue;
        begun = true;
        auto written = out->write_now(bytes, type);
        if (!written) written.emplace(co_await out->room());
        LARES_CO_CHECK(std::move(*written));
    }
    if (passes) co_return Result<void>();
    co_return co_await out->write(encoder->close(stream->end()), type);
}

// --- OpenAI
// --------------------------------------------------------------------------------------------------

Task<Result<void>> GatewayRoutes::chat_completions(http::Call& call, http::Body body, http::ByteStream& out) {
    return serve(&gateway::openai::chat_completions(), &call, std::move(body), &out);
}
Task<Result<void>> GatewayRoutes::completions(http::Call& call, http::Body body, http::ByteStream& out) {
    return serve(&gateway::openai::completions(), &call, std::move(body), &out);
}
Task<Result<void>> GatewayRoutes::responses(http::Call& call, http::Body body, http::ByteStream& out) {
    return serve(&gateway::openai::responses(), &call, std::move(body), &out);
}

Task<std::vector<gateway::ModelInfo>> GatewayRoutes::offered(http::Call& call) {
    return services_.gateway.offered(payer_of(caller_of(call), std::string(call.head().path)));
}

namespace {

bj::object model_json(const gateway::ModelInfo& model, bool anthropic) {
    if (anthropic)
        return {{"type", "model"},
                {"id", json::text_value(model.id)},
                {"display_name", json::text_value(model.name)},
                {"created_at", "1970-01-01T00:00:00Z"}};
    return {{"id", json::text_value(model.id)},
            {"object", "model"},
            {"created", 0},
            {"owned_by", json::text_value(model.provider)}};
}

}  // namespace

Task<Result<http::Answer>> GatewayRoutes::models(http::Call& call) {
    const bool anthropic = call.head().has("anthropic-version");
    bj::array list;
    for (const auto& model : co_await offered(call)) list.push_back(model_json(model, anthropic));
    bj::object out;
    if (anthropic) {
        out = {{"has_more", false},
               {"first_id", list.empty() ? bj::value(nullptr) : list.front().at("id")},
               {"last_id", list.empty() ? bj::value(nullptr) : list.back().at("id")}};
    } else {
        out["object"] = "list";
    }
    out["data"] = std::move(list);
    co_return http::json_answer(200, json::write(bj::value(std::move(out))));
}

Task<Result<http::Answer>> GatewayRoutes::model(http::Call& call) {
    const std::string name(call.param("model"));
    const auto models = co_await offered(call);
    const auto* found = named(models, name);
    if (!found) co_return fail(no_model(name));
    co_return http::json_answer(
        200, json::write(bj::value(model_json(*found, call.head().has("anthropic-version")))));
}

// --- Anthropic
// -----------------------------------------------------------------------------------------------

Task<Result<void>> GatewayRoutes::messages(http::Call& call, http::Body body, http::ByteStream& out) {
    return serve(&gateway::anthropic::messages(), &call, std::move(body), &out);
}

Task<Result<http::Answer>> GatewayRoutes::count_tokens(http::Call& call, http::Body body) {
    LARES_CO_TRY(const auto object,
                 co_await object_of(std::make_shared<const std::string>(std::move(body.data))));
    LARES_CO_TRY(auto asked, gateway::anthropic::parse_count(object));
    auto& request = asked.request;
    // What the model is told of tools is part of the prompt.
    for (const auto& tool : request.tools) {
        request.messages.emplace_back();
        request.messages.back().role = gateway::Role::system;
        request.messages.back().content =
            tool.name + " " + tool.description + " " + tool.schema + tool.extras;
    }
    LARES_CO_CHECK(
        services_.gateway.may_use(payer_of(caller_of(call), std::string(call.head().path)), request.model));
    // A long prompt takes a tokeniser longer than an event loop may give.
    const auto work = std::make_shared<const gateway::ChatRequest>(std::move(request));
    LARES_CO_TRY(const auto tokens, co_await services_.compute.run([&gateway = services_.gateway, work] {
        return gateway.count_tokens(work->model, work->messages);
    }));
    call.set_header("request-id", std::string(call.request_id()));
    // Tools stand in a prompt otherwise than here.
    if (!work->tools.empty() || !services_.gateway.counts_exactly(work->model))
        call.set_header("x-lares-estimate", "1");
    co_return http::json_answer(200, gateway::anthropic::count_json(tokens));
}

// --- Ollama
// --------------------------------------------------------------------------------------------------

Task<Result<void>> GatewayRoutes::ollama_chat(http::Call& call, http::Body body, http::ByteStream& out) {
    return serve(&gateway::ollama::chat(), &call, std::move(body), &out);
}
Task<Result<void>> GatewayRoutes::ollama_generate(http::Call& call, http::Body body, http::ByteStream& out) {
    return serve(&gateway::ollama::generate(), &call, std::move(body), &out);
}

Task<Result<http::Answer>> GatewayRoutes::ollama_tags(http::Call& call) {
    const auto models = co_await offered(call);
    co_return http::json_answer(200, gateway::ollama::tags_json(models, services_.clock.unix_ms()));
}

Task<Result<http::Answer>> GatewayRoutes::ollama_show(http::Call& call, http::Body body) {
    LARES_CO_TRY(const auto object, parse_object(body.data));
    std::optional<Error> error;
    gateway::Fields fields(object, {}, error);
    std::string name = fields.text("model");
    if (name.empty()) name = fields.text("name");
    if (name.empty()) fields.refuse("model", "is required");
    if (error) co_return fail(std::move(*error));
    name = gateway::ollama::bare_name(name);
    const auto models = co_await offered(call);
    const auto* found = named(models, name);
    if (!found) co_return fail(no_model(name));
    auto shown = *found;
    if (const auto info = services_.gateway.find_model(found->id)) shown.sees_images = info->sees_images;
    co_return http::json_answer(200, gateway::ollama::show_json(shown, services_.clock.unix_ms()));
}

Task<Result<http::Answer>> GatewayRoutes::ollama_ps(http::Call&) {
    co_return http::json_answer(
        200, gateway::ollama::running_json(services_.gateway.models(), services_.clock.unix_ms()));
}

Result<http::Answer> GatewayRoutes::ollama_version(http::Call&) {
    return http::json_answer(200, json::write(bj::value{{"version", ollama_version_text}}));
}

}  // namespace lares::api
