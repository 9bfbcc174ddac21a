// The product's own routes to models.
#include <algorithm>
#include <map>

#include "api/caller.h"
#include "api/gateway/routes.h"
#include "api/gateway/wishes.h"
#include "api/usage/admit.h"
#include "api/usage/payer.h"
#include "base/optional.h"
#include "gateway/dialects/openai/openai.h"

namespace lares::api {
namespace {

Result<gateway::ChatRequest> to_request(GenerateRequest asked) {
    gateway::ChatRequest request;
    if (asked.model) request.model = *asked.model;
    // Aliases stand in the list of providers under "alias", and are named without it.
    if (asked.provider && *asked.provider != "local" && *asked.provider != "alias") {
        if (request.model.empty()) return invalid_field("model", "is required where a provider is named");
        if (!request.model.starts_with(*asked.provider + "/"))
            request.model = *asked.provider + "/" + request.model;
    }
    if (asked.prompt.has_value() == asked.messages.has_value())
        return invalid_field("prompt", "one of prompt and messages is needed");
    if (asked.prompt) {
        request.messages.emplace_back();
        request.messages.back().content = std::move(*asked.prompt);
    } else {
        for (std::size_t i = 0; i < asked.messages->size(); ++i) {
            auto& [role, content] = (*asked.messages)[i];
            request.messages.emplace_back();
            if (role == "system")
                request.messages.back().role = gateway::Role::system;
            else if (role == "assistant")
                request.messages.back().role = gateway::Role::assistant;
            else if (role != "user")
                return invalid_field("messages[" + std::to_string(i) + "].role",
                                     "must be system, user or assistant");
            request.messages.back().content = std::move(content);
        }
        if (request.messages.empty()) return invalid_field("messages", "must hold at least one message");
    }
    if (asked.maxTokens) request.max_tokens = static_cast<std::uint32_t>(*asked.maxTokens);
    request.sampling.temperature = asked.temperature;
    request.whole = !asked.stream.value_or(false);
    return request;
}

bool offers(const std::vector<gateway::ModelInfo>& models, const std::string& provider) {
    return std::any_of(models.begin(), models.end(),
                       [&](const gateway::ModelInfo& one) { return one.provider == provider; });
}

}  // namespace

Task<Result<void>> GatewayRoutes::generate(http::Call& call, http::Body body, http::ByteStream& out) {
    LARES_CO_TRY(auto asked, json::parse<GenerateRequest>(body.data));
    const bool streams = asked.stream.value_or(false);
    LARES_CO_TRY(auto request, to_request(std::move(asked)));
    request.payer = payer_of(caller_of(call), std::string(call.head().path));
    GenerateAnswer answer;
    const auto began = services_.clock.steady();
    const auto elapsed = [&] {
        return std::chrono::duration_cast<async::Milliseconds>(services_.clock.steady() - began).count();
    };
    take_wishes(call, body.data, services_.gateway, request);
    const auto trace = request.trace;
    LARES_CO_CHECK(admit(services_.rates, call, request));
    auto begun = co_await services_.gateway.chat(std::move(request));
    tell(call, *trace);
    if (!begun) co_return fail(std::move(begun).error());
    auto stream = std::move(*begun);
    answer.provider = trace->provider;
    answer.model = trace->model.empty() ? services_.gateway.status().model : trace->model;
    for (;;) {
        LARES_CO_TRY(auto delta, co_await stream->next());
        if (!delta) break;
        if (delta->text.empty()) continue;
        if (!answer.first_token_ms) answer.first_token_ms = elapsed();
        answer.text += delta->text;
        if (streams) LARES_CO_CHECK(co_await out.send("token", json::write(GenerateDelta{delta->text}), {}));
    }
    const auto& end = stream->end();
    answer.finish_reason = gateway::openai::finish_name(end.finish);
    answer.usage = {end.usage.prompt, end.usage.completion, end.usage.reused};
    answer.cost_micros = end.cost_micros;
    answer.latency_ms = elapsed();
    if (wants_trace(call)) answer.trace = *trace;
    if (streams) co_return co_await out.send("done", json::write(answer), {});
    out.answer(http::json_answer(200, json::write(answer)));
    co_return Result<void>();
}

Task<Result<ProviderList>> GatewayRoutes::providers(http::Call& call) {
    const auto models = co_await offered(call);
    ProviderList list;
    const auto status = services_.gateway.status();
    list.items.push_back(
        {"local", "local", std::string(to_text(status.state)), unless_empty(status.reason), {}});
    for (const auto& one : services_.gateway.upstreams())
        if (one.has_own || offers(models, one.name))
            list.items.push_back({one.name, one.kind, one.state, unless_empty(one.problem), {}});
    list.items.push_back({"alias", "alias", "ready", {}, {}});
    for (const auto& model : models) {
        if (model.embeds) continue;
        OfferedModel offered;
        offered.id = model.id;
        offered.name = model.name;
        if (model.context_tokens > 0) offered.context_tokens = model.context_tokens;
        if (const auto* facts = services_.gateway.catalog().facts(model.name)) {
            offered.vision = facts->vision;
            offered.tools = facts->tools;
            offered.json_schema = facts->json_schema;
            offered.thinking = facts->thinking;
        }
        // As it is booked: what an admin set stands before what is known otherwise.
        if (const auto price = services_.gateway.prices().find(model.provider, model.name);
            price && model.provider != "alias") {
            offered.input_price = price->input;
            offered.output_price = price->output;
        }
        for (auto& provider : list.items)
            if (provider.name == model.provider) provider.models.push_back(std::move(offered));
    }
    if (list.items.back().models.empty()) list.items.pop_back();
    co_return list;
}

Task<Result<RequestPage>> GatewayRoutes::requests(http::Call&, LogQuery query) {
    auto page = services_.log.page(query);
    std::map<std::string, std::optional<std::string>> names;
    for (auto& item : page.items) {
        if (!item.person) continue;
        const auto [known, fresh] = names.try_emplace(*item.person);
        const auto id = fresh ? UserId::parse(*item.person) : std::nullopt;
        if (id) {
            // Who is gone has no name any more.
            if (const auto account = co_await services_.auth.account(*id)) known->second = account->username;
        }
        item.label = known->second;
    }
    co_return page;
}

}  // namespace lares::api
