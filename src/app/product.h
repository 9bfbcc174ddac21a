#pragma once
// The product over its database and its models: services, guard and routes, without a socket. `lares serve`
// puts an HTTP server before it, `lares openapi` reads its table.
#include <deque>
#include <functional>
#include <memory>

#include "api/auth/registration.h"
#include "api/auth/routes.h"
#include "api/character/routes.h"
#include "api/chat/attachments.h"
#include "api/chat/conversations.h"
#include "api/chat/routes.h"
#include "api/chat/socket.h"
#include "api/gateway/model_routes.h"
#include "api/gateway/routes.h"
#include "api/guard.h"
#include "api/keys/routes.h"
#include "api/lorebook/own_book.h"
#include "api/lorebook/routes.h"
#include "api/persona/routes.h"
#include "api/prompt/routes.h"
#include "api/provider_keys/routes.h"
#include "api/removed/routes.h"
#include "api/system/routes.h"
#include "api/usage/limits.h"
#include "api/usage/routes.h"
#include "api/voice/routes.h"
#include "app/server.h"
#include "app/sweeper.h"
#include "async/clock.h"
#include "async/pool.h"
#include "auth/service.h"
#include "character/lorebooks.h"
#include "character/personas.h"
#include "character/service.h"
#include "chat/hub.h"
#include "chat/prompts.h"
#include "chat/service.h"
#include "config/settings.h"
#include "db/database.h"
#include "gateway/gateway.h"
#include "gateway/usage/accounting.h"
#include "limits/keeper.h"
#include "limits/rates.h"
#include "net/client.h"
#include "secrets/provider_keys.h"
#include "turn/card_companion.h"
#include "turn/titles.h"
#include "turn/turns.h"
#include "voice/local/voices.h"
#include "voice/settings/settings.h"

namespace lares::app {

inline constexpr const char* database_name = "lares.db";  // within the data folder
inline constexpr const char* usage_journal_name = "usage.journal";
std::vector<std::filesystem::path> voice_folders(const config::Settings& settings);
std::vector<db::MigrationSet> migrations();

class Product {
public:
    // database, gateway, voices and assets outlive it. stopping: whether the server that runs it is going
    // down.
    Product(const config::Settings& settings, db::Database& database, gateway::Gateway& gateway,
            voice::LocalVoices& voices, const http::Assets& assets, std::function<bool()> stopping);

    // Calls of models are signed with the keys of people and of the pool, too. `guarded` outlives the calls.
    void sign_with(net::Client& guarded);
    // Blocking, once, before the first request: bundled characters, answers that a crash cut off.
    Result<void> prepare();
    std::size_t running_turns() { return turns_.stats().running; }
    Task<Result<void>> stop();  // ends running turns and live streams

    http::Routes routes();
    http::Routes ollama_routes();  // of a port of its own; once
    api::Guard& guard() { return *guard_; }
    auth::Service& auth() { return auth_; }
    secrets::ProviderKeys& provider_keys() { return provider_keys_; }
    boost::json::object describe() { return api::describe_api(routes(), version_); }

private:
    void resolve_ids();
    Result<void> erase_old();

    gateway::Gateway& gateway_;
    std::string version_;
    async::SystemClock clock_;
    IdSource ids_;
    async::Pool passwords_;  // Argon2 takes tens of milliseconds and 19 MiB each
    async::Pool compute_;
    limits::Gcra limits_;
    limits::Rates rates_;
    limits::Keeper keeper_;
    auth::Service auth_;
    secrets::ProviderKeys provider_keys_;
    gateway::Accounting accounting_;
    character::Service characters_;
    character::Lorebooks lorebooks_;
    character::Personas personas_;
    voice::settings::Service voice_settings_;
    chat::Hub hub_;
    chat::Service chats_;
    chat::Prompts prompts_;
    chat::Attachments attachments_;
    turn::CardCompanions companions_;
    turn::Turns turns_;
    turn::Titles titles_;
    std::unique_ptr<api::Guard> guard_;
    api::AuthRoutes auth_routes_;
    api::RegistrationRoutes registration_routes_;
    api::KeyRoutes key_routes_;
    api::ProviderKeyRoutes provider_key_routes_;
    api::CharacterRoutes character_routes_;
    api::LorebookRoutes lorebook_routes_;
    api::OwnBookRoutes own_book_routes_;
    api::PersonaRoutes persona_routes_;
    api::ChatRoutes chat_routes_;
    api::ConversationRoutes conversation_routes_;
    api::AttachmentRoutes attachment_routes_;
    api::RemovedRoutes removed_routes_;
    api::PromptRoutes prompt_routes_;
    api::VoiceRoutes voice_routes_;
    api::RequestLog request_log_;
    api::GatewayRoutes gateway_routes_;
    api::ModelRoutes model_routes_;
    api::UsageRoutes usage_routes_;
    api::LimitRoutes limit_routes_;
    api::SystemRoutes system_routes_;
    std::deque<std::string> ollama_paths_;
    Sweeper sweeper_;  // the last: it stops before what it sweeps
};

}  // namespace lares::app
