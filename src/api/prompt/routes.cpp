#include "api/prompt/routes.h"

#include "api/access.h"
#include "api/caller.h"
#include "api/prompt/convert.h"
#include "api/prompt/render.h"

namespace lares::api {

namespace {

constexpr std::size_t body_max = std::size_t{16} << 20;
constexpr std::size_t count_body_max = std::size_t{1} << 20;

}  // namespace

void PromptRoutes::add_to(http::Routes& routes) {
    routes.push_back(http::route<&PromptRoutes::render>(
        http::Row{.method = http::Method::post,
                  .path = "/api/v1/prompts/render",
                  .access = person(auth::Scope::characters),
                  .weight = 5,
                  .body_cap = body_max,
                  .summary =
                      "The prompt that a card, books and a chat make, and why each part is in it. Nothing is "
                      "stored or sent.",
                  .tag = "prompts",
                  .errors = {Code::too_large, Code::unprocessable, Code::unavailable}},
        *this));
    routes.push_back(http::route<&PromptRoutes::count>(
        http::Row{.method = http::Method::post,
                  .path = "/api/v1/prompts/count",
                  .access = person(auth::Scope::characters),
                  .weight = 2,
                  .body_cap = count_body_max,
                  .summary = "How many tokens texts are to the model that answers you, or to another.",
                  .tag = "prompts",
                  .errors = {Code::not_found, Code::too_large, Code::unavailable}},
        *this));
    routes.push_back(http::route<&PromptRoutes::sent>(
        http::Row{.method = http::Method::get,
                  .path = "/api/v1/conversations/{conversation_id}/messages/{message_id}/prompt",
                  .access = person(auth::Scope::chat),
                  .touches = {touch<chat::ConversationId>(Relation::owner),
                              touch<chat::MessageId>(Relation::owner)},
                  .weight = 2,
                  .summary = "Exactly what the model was sent for this answer, and why each part was in it.",
                  .tag = "prompts"},
        *this));
    routes.push_back(
        http::route<&PromptRoutes::settings>(http::Row{.method = http::Method::get,
                                                       .path = "/api/v1/prompts/settings",
                                                       .access = person(auth::Scope::characters),
                                                       .summary = "How you like the prompts of your chats.",
                                                       .tag = "prompts"},
                                             *this));
    routes.push_back(http::route<&PromptRoutes::set_settings>(
        http::Row{.method = http::Method::put,
                  .path = "/api/v1/prompts/settings",
                  .access = person(auth::Scope::characters),
                  .body_cap = std::size_t{1} << 20,
                  .summary = "Change how the prompts of your chats are made; what is absent is as usual.",
                  .tag = "prompts",
                  .errors = {Code::too_large, Code::storage_full}},
        *this));
}

Task<Result<CountAnswer>> PromptRoutes::count(http::Call& call, CountBody body) {
    if (!body.model) {
        LARES_CO_TRY(body.model, co_await prompts_.model(user_of(call)));
    }
    auto work = [this, body = std::move(body)]() -> Result<CountAnswer> {
        CountAnswer out;
        const auto info = provider_.find_model(*body.model);
        out.model = info ? info->id : *body.model;
        out.exact = info && info->provider == "local";  // where a count comes, its tokenizer was there
        for (const auto& text : body.texts) {
            LARES_TRY(const auto tokens, counter_.of_text(*body.model, text));
            out.tokens.push_back(static_cast<std::int64_t>(tokens));
        }
        return out;
    };
    co_return co_await compute_.run(std::move(work));
}

Task<Result<SentPromptBody>> PromptRoutes::sent(http::Call& call, SentPromptPath path) {
    LARES_CO_TRY(auto found, co_await prompts_.find(user_of(call), path.conversation_id, path.message_id));
    if (!found)
        co_return fail(Code::not_found, "prompt-not-found",
                       "Nothing is known of what was sent for this message.");
    SentPromptBody out{std::move(found->prompt), {}, {}, {}, {}};
    if (found->usage) {
        out.prompt_tokens = found->usage->prompt;
        out.reused = found->usage->reused;
        out.new_tokens = found->usage->prompt - found->usage->reused;
        out.completion = found->usage->completion;
    }
    co_return out;
}

Task<Result<ChatSettingsBody>> PromptRoutes::settings(http::Call& call) {
    LARES_CO_TRY(const auto stored, co_await prompts_.settings(user_of(call)));
    if (stored.empty()) co_return ChatSettingsBody();
    co_return json::parse<ChatSettingsBody>(stored);
}

Task<Result<ChatSettingsBody>> PromptRoutes::set_settings(http::Call& call, ChatSettingsBody body) {
    namespace macros = prompt::macros;
    if (!body.time_zone.empty() && !macros::is_time_zone(body.time_zone))
        co_return invalid_field("time_zone", "must be the name of a time zone, as Europe/Madrid or UTC+2");
    if (!body.locale.empty() && !macros::is_locale(body.locale))
        co_return invalid_field("locale", "must be a language tag, as en or es-MX");
    std::string json;
    json::append(json, body);
    LARES_CO_CHECK(co_await prompts_.set_settings(user_of(call), std::move(json)));
    co_return body;
}

Task<Result<prompt::RenderSettings>> chat_settings_of(chat::Prompts& prompts, OwnerId owner) {
    LARES_CO_TRY(const auto stored, co_await prompts.settings(owner));
    ChatSettingsBody body;
    if (!stored.empty()) {
        LARES_CO_TRY(body, json::parse<ChatSettingsBody>(stored));
    }
    co_return settings_of(body);
}

Task<Result<RenderAnswer>> PromptRoutes::render(http::Call&, RenderBody body) {
    auto work = [this, body = std::move(body)] {
        return render_prompt(body, {library_, [this](const std::string& model) { return counter_.of(model); },
                                    clock_.unix_ms()});
    };
    co_return co_await compute_.run(std::move(work));
}

}  // namespace lares::api
