#include "api/gateway/model_routes.h"

#include <algorithm>

#include "api/access.h"
#include "api/caller.h"
#include "api/usage/payer.h"
#include "async/task.h"
#include "base/optional.h"
#include "gateway/usage/store.h"
#include "observe/log.h"

namespace lares::api {
namespace {

constexpr const char* kind = "default-model";

struct Chosen {
    std::string model, setting;
};
BOOST_DESCRIBE_STRUCT(Chosen, (), (model, setting))

std::string whole_name(const std::optional<std::string>& provider, const std::string& model) {
    if (!provider || *provider == "local" || *provider == "alias" || model.empty()) return model;
    return model.starts_with(*provider + "/") ? model : *provider + "/" + model;
}

const ModelStatus* named(const std::vector<ModelStatus>& models, const std::string& name) {
    const auto found = std::ranges::find_if(models, [&](const ModelStatus& one) {
        return name.empty() ? one.is_default : one.id == name || one.id == one.provider + "/" + name;
    });
    return found == models.end() ? nullptr : &*found;
}

tl::unexpected<Error> no_model(const std::string& name) {
    return fail(Code::not_found, "model-not-found", "You can use no model named '" + name + "'.", "model");
}

}  // namespace

Result<void> ModelRoutes::load() {
    LARES_TRY(const auto found, services_.database.read_blocking([](db::Reader& reader) {
        return gateway::find_document(reader, kind, std::nullopt);
    }));
    if (!found) return {};
    LARES_TRY(const auto chosen, json::parse<Chosen>(found->body));
    if (chosen.setting != services_.setting) return {};
    if (const auto used = services_.gateway.use(chosen.model); !used)
        log::warn("the default model that an admin chose is not there",
                  {{"model", chosen.model}, {"error", used.error().type}});
    return {};
}

void ModelRoutes::add_to(http::Routes& routes) {
    using http::Method;
    using http::route;
    using R = ModelRoutes;
    const auto row = [](Method method, std::string_view path, http::Access access, std::string_view summary) {
        return http::Row{
            .method = method, .path = path, .access = access, .summary = summary, .tag = "models"};
    };
    routes.push_back(route<&R::status>(
        row(Method::get, "/api/v1/models/status", person(), "How each model stands that you can use."),
        *this));
    auto default_row = row(Method::post, "/api/v1/models/switch", person(auth::Role::admin),
                           "Makes another model the default: of this server (it is loaded when nobody "
                           "speaks), of a provider, or an alias.");
    default_row.errors = {Code::unprocessable, Code::conflict, Code::storage_full};
    routes.push_back(route<&R::switch_default>(default_row, *this));
    auto chosen_row = row(Method::get, "/api/v1/chat/switch", person(auth::Scope::chat),
                          "Who answers in your chats, or in one of them.");
    chosen_row.touches = {touch<chat::ConversationId>(Relation::owner)};
    routes.push_back(route<&R::chosen>(chosen_row, *this));
    auto chat_row = row(Method::post, "/api/v1/chat/switch", person(auth::Scope::chat),
                        "Choose who answers from now on: in one conversation, or in all of yours that have "
                        "no model of their own. An empty model takes the choice back.");
    chat_row.touches = chosen_row.touches;
    chat_row.errors = {Code::unprocessable, Code::storage_full};
    routes.push_back(route<&R::switch_chat>(chat_row, *this));
}

// Of an upstream that rests, every model does.
Task<std::vector<ModelStatus>> ModelRoutes::offered(http::Call* call) {
    auto models =
        co_await services_.gateway.offered(payer_of(caller_of(*call), std::string(call->head().path)));
    const auto local = services_.gateway.status();
    const auto upstreams = services_.gateway.upstreams();
    std::vector<ModelStatus> out;
    for (auto& model : models) {
        if (model.embeds) continue;
        ModelStatus one{std::move(model.id),
                        std::move(model.name),
                        std::move(model.provider),
                        std::string(to_text(model.state)),
                        model.is_default,
                        {},
                        {},
                        {}};
        if (const auto whole = services_.gateway.find_model(one.id)) {
            one.sees_images = whole->sees_images;
            one.reads_documents = whole->reads_documents;
        }
        if (model.context_tokens > 0) one.context_tokens = model.context_tokens;
        if (one.id == local.model && model.state == gateway::ModelState::loading)
            one.progress = local.progress;
        one.problem = unless_empty(std::move(model.problem));
        const auto upstream =
            std::ranges::find(upstreams, one.provider, &gateway::Gateway::UpstreamInfo::name);
        if (upstream != upstreams.end() && (upstream->state != "ready" || !upstream->problem.empty())) {
            one.state = upstream->state == "ready" ? one.state : upstream->state;
            one.problem = unless_empty(upstream->problem);
        }
        out.push_back(std::move(one));
    }
    co_return out;
}

Task<Result<ModelStatusList>> ModelRoutes::status(http::Call& call) {
    co_return ModelStatusList{co_await offered(&call)};
}

Task<Result<ModelStatus>> ModelRoutes::switch_default(http::Call& call, ModelSwitch request) {
    const auto name = whole_name(request.provider, request.model);
    LARES_CO_CHECK(services_.gateway.use(name));
    gateway::Document document;
    document.body = json::write(Chosen{name, services_.setting});
    document.changed_ms = services_.clock.unix_ms();
    document.changed_by = user_of(call).text();
    document.note = name;
    LARES_CO_CHECK(co_await async::unbroken(services_.database.write(
        [document](db::Tx& tx) { return gateway::add_document(tx, kind, document); })));
    auto models = co_await offered(&call);
    if (const auto* now = named(models, {})) co_return *now;
    co_return no_model(name);
}

Task<Result<ChatModel>> ModelRoutes::chosen(http::Call& call, ChatModelQuery query) {
    ChatModel out;
    LARES_CO_TRY(auto mine, co_await services_.prompts.model(user_of(call)));
    out.mine = unless_empty(std::move(mine));
    if (query.conversation_id) {
        LARES_CO_TRY(const auto conversation,
                     co_await services_.chats.get(user_of(call), *query.conversation_id));
        out.conversation = conversation.model;
    }
    const auto name = out.conversation ? *out.conversation : out.mine.value_or("");
    const auto models = co_await offered(&call);
    if (const auto* one = named(models, name)) {
        out.answers = *one;
    } else {
        out.answers.id = name.empty() ? services_.gateway.status().model : name;
        out.answers.state = "failed";
        out.answers.problem = no_model(out.answers.id).value().message;
    }
    co_return out;
}

Task<Result<ChatModel>> ModelRoutes::switch_chat(http::Call& call, ChatModelSwitch request) {
    auto name = whole_name(request.provider, request.model);
    if (!name.empty()) {
        const auto models = co_await offered(&call);
        const auto* one = named(models, name);
        if (!one) co_return no_model(name);
        name = one->id;
    }
    if (request.conversation_id) {
        chat::ConversationChange change;
        change.model = name;
        LARES_CO_CHECK(co_await services_.chats.change(user_of(call), *request.conversation_id, change));
    } else {
        LARES_CO_CHECK(co_await async::unbroken(services_.prompts.set_model(user_of(call), std::move(name))));
    }
    co_return co_await chosen(call, {request.conversation_id});
}

}  // namespace lares::api
