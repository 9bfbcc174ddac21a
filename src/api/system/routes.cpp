#include "api/system/routes.h"

#include <utility>

#include <boost/json/serialize.hpp>

#include "api/access.h"
#include "api/caller.h"
#include "base/optional.h"
#include "http/openapi.h"
#include "observe/metrics.h"

namespace lares::api {
namespace {

EngineStatus to_wire(gateway::ProviderStatus status) {
    return {.kind = "llm",
            .name = std::move(status.name),
            .state = std::string(to_text(status.state)),
            .progress = status.progress,
            .model = std::move(status.model),
            .reason = unless_empty(std::move(status.reason)),
            .remedy = unless_empty(std::move(status.remedy)),
            .threads = status.threads,
            .batch_threads = status.batch_threads,
            .batch_tokens = status.batch_tokens,
            .context_tokens = status.context_tokens,
            .live = status.live,
            .waiting = status.waiting,
            .cells = static_cast<std::int64_t>(status.cells),
            .cells_used = static_cast<std::int64_t>(status.cells_used),
            .saved_bytes = static_cast<std::int64_t>(status.saved_bytes),
            .spilled_bytes = static_cast<std::int64_t>(status.spilled_bytes)};
}

EngineStatus to_wire(voice::VoiceStatus status, bool whole) {
    if (!whole && !status.reason.empty()) status.reason = voice::voice_unusable;
    const bool loading = status.state == voice::VoiceState::loading;
    const bool ready = status.state == voice::VoiceState::ready;
    return {.kind = "voice",
            .name = "voice",
            .state = ready     ? "ready"
                     : loading ? "loading"
                               : "failed",
            .progress = ready ? 1.0 : 0.0,
            .model = "hibari",
            .reason = unless_empty(std::move(status.reason)),
            .remedy = std::nullopt,
            .threads = static_cast<std::int64_t>(status.threads),
            .live = static_cast<std::int64_t>(status.taken),
            .waiting = static_cast<std::int64_t>(status.waiting)};
}

Model to_wire(gateway::ModelInfo info) {
    return {.id = std::move(info.id),
            .name = std::move(info.name),
            .provider = std::move(info.provider),
            .state = std::string(to_text(info.state)),
            .is_default = info.is_default,
            .size_bytes = static_cast<std::int64_t>(info.size_bytes),
            .context_tokens = info.context_tokens,
            .architecture = unless_empty(std::move(info.architecture)),
            .quantization = unless_empty(std::move(info.quantization)),
            .licence = unless_empty(std::move(info.licence)),
            .problem = unless_empty(std::move(info.problem))};
}

// The first engine that is not ready, and why.
std::optional<std::string> not_ready(const std::vector<EngineStatus>& engines, bool with_reason) {
    for (const auto& engine : engines) {
        if (engine.state == "ready") continue;
        if (engine.state == "loading" || !with_reason)
            return "The engine " + engine.name + " is " + engine.state + ".";
        return engine.reason.value_or("The engine " + engine.name + " has failed.") +
               (engine.remedy ? " " + *engine.remedy : "");
    }
    return std::nullopt;
}

constexpr std::string_view status_ok = R"({"status":"ok"})";

http::Answer constant(http::MediaType type, std::string_view body) {
    http::Answer answer;
    answer.content_type = std::move(type);
    answer.constant_body = body;
    return answer;
}

}  // namespace

SystemRoutes::SystemRoutes(Services services)
    : services_(std::move(services)), started_(services_.clock.steady()) {}

void SystemRoutes::add_to(http::Routes& routes) {
    using http::route;
    const auto get = [](std::string_view path, http::Access access, std::string_view summary) {
        return http::Row{
            .method = http::Method::get, .path = path, .access = access, .summary = summary, .tag = "system"};
    };
    routes.push_back(route<&SystemRoutes::root>(
        get("/", anyone(), "The app for browsers, a sign of life for programs."), *this));
    routes.push_back(route<&SystemRoutes::health>(get("/health", anyone(), "The process lives."), *this));
    routes.push_back(route<&SystemRoutes::ready>(
        get("/ready", anyone(),
            "Whether requests can be served; 503 says why not. engines=1 waits for the engines too."),
        *this));
    routes.push_back(route<&SystemRoutes::metrics>(get("/metrics", machine(), "Prometheus metrics."), *this));
    routes.push_back(route<&SystemRoutes::openapi>(
        get("/openapi.json", anyone(), "This description, OpenAPI 3.1."), *this));
    routes.push_back(
        route<&SystemRoutes::docs>(get("/docs", anyone(), "This description as a page."), *this));
    routes.push_back(route<&SystemRoutes::status>(
        get("/api/v1/status", person(auth::Scope::models), "Version and engines."), *this));
    routes.push_back(route<&SystemRoutes::models>(
        get("/api/v1/models", person(auth::Scope::models), "Models that can be talked with."), *this));
}

boost::json::object describe_api(const http::Routes& routes, const std::string& version) {
    return http::openapi(
        routes, {.title = "Lares",
                 .version = version,
                 .description = "A self-hosted server for AI companions. /api/X is the same as /api/v1/X.",
                 .access_name = &access_name,
                 .relation_name = &relation_name,
                 .scope_names = &scope_names});
}

void SystemRoutes::describe(const http::Routes& routes) {
    described_ = routes;
}

const SystemRoutes::Description& SystemRoutes::description() {
    std::call_once(written_, [this] {
        const auto object = describe_api(std::exchange(described_, {}), services_.version);
        description_ = {boost::json::serialize(object), docs_page(object)};
    });
    return description_;
}

Result<http::Answer> SystemRoutes::root(http::Call& call) {
    if (http::wants_html(call.head())) return services_.assets.page(call.head());
    auto answer = constant("application/json", status_ok);
    answer.headers.emplace_back("vary", "accept");
    return answer;
}

Result<http::Answer> SystemRoutes::health(http::Call&) {
    return constant("application/json", status_ok);
}

// Why not is for who may look into the machine: its words name folders and files.
Result<http::Answer> SystemRoutes::ready(http::Call& call, ReadyQuery query) {
    const bool local = call.head().local;
    Readiness readiness{"ready", {}, engines(local)};
    const auto health = services_.database.health();
    if (services_.stopping())
        readiness.reason = "The server is stopping.";
    else if (!health.ok)
        readiness.reason = local && health.error ? health.error->message : "The database cannot be written.";
    else if (const auto trouble = services_.accounting.trouble())
        readiness.reason = trouble->message;
    else if (query.engines == "1")
        readiness.reason = not_ready(readiness.engines, local);
    if (!local)
        for (auto& engine : readiness.engines) engine.reason = engine.remedy = std::nullopt;
    if (readiness.reason) readiness.status = "unready";
    std::string body = call.take_buffer();
    json::append(body, readiness);
    return http::json_answer(readiness.reason ? 503 : 200, std::move(body));
}

Result<http::Answer> SystemRoutes::metrics(http::Call&) {
    http::Answer answer;
    answer.content_type = "text/plain; version=0.0.4";
    answer.body = metrics::scrape();
    return answer;
}

Result<http::Answer> SystemRoutes::openapi(http::Call&) {
    return constant("application/json", description().openapi_json);
}
Result<http::Answer> SystemRoutes::docs(http::Call&) {
    const auto& page = description().docs;
    auto answer = constant("text/html; charset=utf-8", page.html);
    answer.own_policy = true;
    answer.headers.emplace_back("content-security-policy", page.policy);
    return answer;
}

Result<ServerStatus> SystemRoutes::status(http::Call& call) {
    const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(services_.clock.steady() - started_);
    return ServerStatus{services_.version, uptime.count(), engines(is_admin(call))};
}

Result<ModelList> SystemRoutes::models(http::Call&) {
    ModelList list;
    for (auto& info : services_.gateway.models())
        if (!info.embeds) list.items.push_back(to_wire(std::move(info)));
    return list;
}

std::vector<EngineStatus> SystemRoutes::engines(bool whole) {
    std::vector<EngineStatus> out;
    out.reserve(4);
    for (auto& status : services_.gateway.statuses()) out.push_back(to_wire(std::move(status)));
    if (auto voice = services_.voices.status(); voice.state != voice::VoiceState::off)
        out.push_back(to_wire(std::move(voice), whole));
    return out;
}

}  // namespace lares::api
