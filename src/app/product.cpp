#include "app/product.h"

#include <algorithm>
#include <thread>

#include <boost/describe/enum_from_string.hpp>

#include "api/usage/admit.h"
#include "app/blocking.h"
#include "app/version.h"
#include "auth/migrations.h"
#include "character/migrations.h"
#include "chat/migrations.h"
#include "gateway/migrations.h"
#include "gateway/signing.h"
#include "gateway/usage/metrics.h"
#include "limits/migrations.h"
#include "secrets/migrations.h"
#include "turn/chat_prompt.h"
#include "voice/settings/migrations.h"

namespace lares::app {
namespace {

constexpr async::Milliseconds sweep_pause{3'600'000};

std::size_t cores() {
    return std::max(1u, std::thread::hardware_concurrency());
}

std::size_t password_threads(const config::Settings& settings) {
    if (settings.password_threads > 0) return static_cast<std::size_t>(settings.password_threads);
    return std::max<std::size_t>(1, cores() / 2);
}

auth::RegistrationMode registration_of(const config::Settings& settings) {
    auto mode = auth::RegistrationMode::local;
    boost::describe::enum_from_string(settings.registration.c_str(), mode);
    return mode;
}

turn::Limits turn_limits(const config::Settings& settings) {
    turn::Limits limits;
    limits.model_queue_max = static_cast<std::size_t>(settings.llm_queue_max);
    return limits;
}

auth::Options auth_options(const config::Settings& settings) {
    return {.jwt_secret = settings.jwt_secret,
            .access_lifetime_s = settings.access_token_lifetime_s,
            .refresh_lifetime_s = settings.refresh_token_lifetime_s,
            .public_name_set = !settings.public_url.empty() || !settings.trusted_proxies.empty(),
            .registration = registration_of(settings),
            .argon2_memory_kib = static_cast<std::uint32_t>(settings.argon2_memory_kib),
            .argon2_passes = static_cast<std::uint32_t>(settings.argon2_passes),
            .login_attempts = settings.login_attempts,
            .login_attempts_per_address = settings.login_attempts_per_address};
}

// The settings were judged when they were read; a key that cannot be is none.
secrets::Vault vault_of(const config::Settings& settings) {
    return secrets::Vault::open(settings.api_key_encryption_keys).value_or(secrets::Vault());
}

secrets::ProviderKeys::Options provider_key_options(const config::Settings& settings) {
    secrets::ProviderKeys::Options out;
    const auto add = [&out](std::string provider, const SecretText& key, const std::string& endpoint) {
        if (!key.empty() || !endpoint.empty()) out.environment[std::move(provider)] = {key, endpoint};
    };
    add("openai", settings.openai_api_key, settings.openai_base_url);
    add("anthropic", settings.anthropic_api_key, settings.anthropic_base_url);
    add("openrouter", settings.openrouter_api_key, {});
    add("groq", settings.groq_api_key, {});
    add("mistral", settings.mistral_api_key, {});
    add("ollama", SecretText(), settings.ollama_base_url);
    return out;
}

gateway::Accounting::Options accounting_options(const db::Database& database) {
    gateway::Accounting::Options out;
    if (database.file() != ":memory:") out.journal = database.file().parent_path() / usage_journal_name;
    return out;
}

api::ProviderKeyRoutes::Verify verify_of(const config::Settings& settings, gateway::Gateway& gateway) {
    if (settings.verify_api_keys != "true") return {};
    return [gateway = &gateway](std::string provider, SecretText key, std::string endpoint) {
        return gateway->check_key(std::move(provider), std::move(key), std::move(endpoint));
    };
}

limits::Rate rate(std::int64_t per_minute, std::int64_t burst) {
    return {static_cast<double>(per_minute), std::max<std::int64_t>(1, burst)};
}

api::Guard::Options guard_options(const config::Settings& settings) {
    return {rate(settings.rate_address_per_minute, settings.rate_address_burst),
            rate(settings.rate_account_per_minute, settings.rate_account_burst)};
}

// What a companion calls the person: their username. A parameter and not a capture: a coroutine outlives its
// lambda.
Task<Result<prompt::Persona>> persona_of(auth::Service* auth, OwnerId owner) {
    LARES_CO_TRY(auto account, co_await auth->account(owner));
    co_return prompt::Persona{std::move(account.username), ""};
}

// The same before the first conversation: their default persona, if they have one.
Task<Result<prompt::Persona>> first_persona_of(auth::Service* auth, character::Personas* personas,
                                               OwnerId owner) {
    LARES_CO_TRY(const auto chosen, co_await personas->find_default(owner));
    if (chosen) co_return turn::to_prompt(*chosen);
    co_return co_await persona_of(auth, owner);
}

Task<Result<std::string>> role_of(auth::Service* auth, UserId user) {
    LARES_CO_TRY(const auto account, co_await auth->account(user));
    co_return std::string(auth::to_text(account.role));
}

}  // namespace

std::vector<std::filesystem::path> voice_folders(const config::Settings& settings) {
    return settings.voices_dir.empty() ? engine::tts::bundled_voice_folders()
                                       : std::vector{settings.voices_dir};
}

std::vector<db::MigrationSet> migrations() {
    return {{"auth", auth::migrations},           {"secrets", secrets::migrations},
            {"gateway", gateway::migrations},     {"limits", limits::migrations},
            {"character", character::migrations}, {"chat", chat::migrations},
            {"prompts", chat::prompt_migrations}, {"voice", voice::settings::migrations}};
}

Product::Product(const config::Settings& settings, db::Database& database, gateway::Gateway& gateway,
                 voice::LocalVoices& voices, const http::Assets& assets, std::function<bool()> stopping)
    : gateway_(gateway),
      version_(version()),
      passwords_({.name = "passwords", .threads = password_threads(settings), .queue_max = 256, .nice = 15}),
      compute_({.name = "compute", .threads = cores(), .queue_max = 64}),
      limits_(clock_),
      rates_(limits_),
      keeper_(database, limits_),
      auth_(database, passwords_, clock_, ids_, auth_options(settings)),
      provider_keys_(database, vault_of(settings), clock_, ids_, provider_key_options(settings)),
      accounting_(database, clock_, gateway.prices(), accounting_options(database)),
      characters_(database, compute_, clock_, ids_),
      lorebooks_(database, compute_, clock_, ids_),
      personas_(database, compute_, clock_, ids_),
      voice_settings_(database, clock_),
      chats_(database, hub_, clock_, ids_),
      prompts_(database, clock_),
      attachments_(database, compute_, clock_, ids_),
      companions_(
          characters_, gateway, compute_, [auth = &auth_](OwnerId owner) { return persona_of(auth, owner); },
          [voices = &voice_settings_](OwnerId owner, character::CharacterId character) {
              return voices->choice(owner, character.value);
          },
          {},
          {&lorebooks_, &personas_, &prompts_,
           [prompts = &prompts_](OwnerId owner) { return api::chat_settings_of(*prompts, owner); },
           [clock = &clock_] { return clock->unix_ms(); }, &attachments_}),
      turns_(chats_, companions_, gateway, clock_, ids_, turn_limits(settings), &voices),
      titles_(chats_, gateway, clock_),
      guard_(std::make_unique<api::Guard>(auth_, limits_, guard_options(settings))),
      auth_routes_(auth_),
      registration_routes_({auth_, database, clock_, registration_of(settings)}),
      key_routes_(auth_.access_keys()),
      provider_key_routes_(provider_keys_, verify_of(settings, gateway)),
      character_routes_(characters_, compute_,
                        [auth = &auth_, personas = &personas_](OwnerId owner) {
                            return first_persona_of(auth, personas, owner);
                        }),
      lorebook_routes_({lorebooks_, characters_, chats_, gateway, compute_}),
      own_book_routes_(characters_),
      persona_routes_(personas_),
      chat_routes_(chats_, hub_, turns_),
      conversation_routes_({chats_, turns_, titles_, companions_, compute_}),
      attachment_routes_(attachments_),
      removed_routes_({database, chats_, clock_}),
      prompt_routes_({gateway, compute_, clock_, prompts_}),
      voice_routes_({voices, voice_settings_, characters_}),
      request_log_(clock_),
      gateway_routes_({gateway, clock_, ids_, compute_, rates_, voices, request_log_, auth_}),
      model_routes_({gateway, database, chats_, prompts_, clock_, settings.llm_model}),
      usage_routes_({database, accounting_, gateway, auth_, clock_}),
      limit_routes_(database, clock_, rates_),
      system_routes_(
          {database, gateway, accounting_, voices, clock_, assets, version_, std::move(stopping)}) {
    turns_.on_answered(
        [titles = &titles_](OwnerId owner, chat::ConversationId conversation, Executor executor) {
            titles->after_answer(owner, conversation, std::move(executor));
        });
    turns_.on_ask([rates = &rates_](gateway::ChatRequest& request) { return api::admit(*rates, request); });
    resolve_ids();
    gateway.on_reserve([this](gateway::Planned planned) { return accounting_.reserve(std::move(planned)); },
                       [this](const gateway::Planned& planned) { return accounting_.reserve_now(planned); });
    gateway.on_settled([this](const gateway::Settled& settled) {
        gateway::count_call(settled);
        accounting_.settle(settled);
    });
}

void Product::sign_with(net::Client& guarded) {
    character_routes_.fetch_with(guarded);
    gateway_.sign_with(std::make_shared<gateway::Signing>(
        provider_keys_, guarded, [auth = &auth_](UserId user) { return role_of(auth, user); }));
}

Result<void> Product::prepare() {
    LARES_CHECK(accounting_.start());
    LARES_CHECK(limit_routes_.load());
    LARES_CHECK(registration_routes_.load());
    LARES_CHECK(model_routes_.load());
    LARES_CHECK(keeper_.start());
    LARES_CHECK(characters_.seed_bundled());
    LARES_CHECK(run_blocking(chats_.recover()));
    sweeper_.start({{"deleted conversations", [this] { return erase_old(); }},
                    {"deleted companions", [this] { return run_blocking(characters_.erase_old()); }},
                    {"deleted lorebooks", [this] { return run_blocking(lorebooks_.erase_old()); }},
                    {"deleted personas", [this] { return run_blocking(personas_.erase_old()); }},
                    {"uploads that no message took",
                     [this]() -> Result<void> {
                         LARES_CHECK(run_blocking(attachments_.drop_unused()));
                         return {};
                     }}},
                   sweep_pause);
    return {};
}

// What was deleted thirty days ago; the model keeps nothing of it either.
Result<void> Product::erase_old() {
    LARES_TRY(const auto erased, run_blocking(chats_.erase_old()));
    for (const auto id : erased) turns_.forget(id);
    return {};
}

Task<Result<void>> Product::stop() {
    sweeper_.stop();
    co_await turns_.stop();
    co_await titles_.stop();
    (void)co_await provider_keys_.flush();
    hub_.close_all();
    co_return Result<void>();
}

// Ollama's own addresses: its API at /api (http reads /api/X as /api/v1/X), and those of OpenAI beside it.
http::Routes Product::ollama_routes() {
    http::Routes all, table;
    gateway_routes_.add_to(all);
    for (auto& route : all) {
        constexpr std::string_view prefix = "/ollama/api/";
        if (route.row.path.starts_with(prefix)) {
            ollama_paths_.push_back("/api/v1/" + std::string(route.row.path.substr(prefix.size())));
            route.row.path = ollama_paths_.back();
        } else if (!route.row.path.starts_with("/v1/")) {
            continue;
        }
        table.push_back(std::move(route));
    }
    return table;
}

http::Routes Product::routes() {
    http::Routes table;
    system_routes_.add_to(table);
    auth_routes_.add_to(table);
    registration_routes_.add_to(table);
    key_routes_.add_to(table);
    provider_key_routes_.add_to(table);
    character_routes_.add_to(table);
    persona_routes_.add_to(table);
    lorebook_routes_.add_to(table);
    own_book_routes_.add_to(table);
    chat_routes_.add_to(table);
    conversation_routes_.add_to(table);
    attachment_routes_.add_to(table);
    removed_routes_.add_to(table);
    voice_routes_.add_to(table);
    prompt_routes_.add_to(table);
    api::ChatSocket::add_to(table, {chats_, hub_, turns_, version_});
    gateway_routes_.add_to(table);
    model_routes_.add_to(table);
    usage_routes_.add_to(table);
    limit_routes_.add_to(table);
    system_routes_.describe(table);
    return table;
}

}  // namespace lares::app
