#pragma once
// Every setting of the server. One table (table.cpp) says name, type, default, bounds and help; from it come
// the reading of environment, `.env` and TOML file, the errors, `.env.example` and docs/settings.md.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace lares::config {

struct Settings {
    // Where it listens and who may come
    std::vector<std::string> app_host;
    std::int64_t app_port = 0;
    std::string public_url;  // "https://lares.example", without a slash at the end; empty: none
    std::vector<std::string> allowed_hosts;
    std::vector<std::string> cors_origins;
    std::vector<std::string> trusted_proxies;
    std::filesystem::path tls_cert_file;
    std::filesystem::path tls_key_file;

    // Files
    std::filesystem::path data_dir;
    std::filesystem::path models_dir;  // empty: DATA_DIR/models

    // Secrets
    SecretText jwt_secret;
    std::vector<SecretText> api_key_encryption_keys;  // Fernet keys; the first encrypts

    // Sign-in
    std::string registration;  // open, local, closed
    std::int64_t access_token_lifetime_s = 0;
    std::int64_t refresh_token_lifetime_s = 0;
    std::int64_t argon2_memory_kib = 0;
    std::int64_t argon2_passes = 0;
    std::int64_t password_threads = 0;  // 0: half the cores

    // Limits
    std::int64_t rate_address_per_minute = 0;  // 0: no limit; weights of routes are counted
    std::int64_t rate_address_burst = 0;
    std::int64_t rate_account_per_minute = 0;
    std::int64_t rate_account_burst = 0;
    std::int64_t login_attempts = 0;  // wrong passwords of one account in 15 minutes
    std::int64_t login_attempts_per_address = 0;
    std::int64_t connections_max = 0;  // 0: as many as the system lets it have
    std::int64_t connections_per_address_max = 0;
    std::int64_t bodies_in_flight_mb = 0;
    std::int64_t socket_message_max_kb = 0;
    std::int64_t out_buffer_max_kb = 0;
    std::int64_t idle_timeout_s = 0;
    std::int64_t shutdown_grace_s = 0;
    std::int64_t http_threads = 0;  // 0: one per core

    // Model
    std::string llm_model;  // empty: engine::llm::Models::choose decides
    std::int64_t llm_threads = 0;
    std::int64_t llm_batch_threads = 0;
    std::int64_t llm_context = 0;
    std::int64_t llm_chats_max = 0;
    std::int64_t llm_queue_max = 0;
    std::int64_t kv_budget_mb = 0;
    std::int64_t kv_disk_budget_mb = 0;

    // Voice
    std::string voice_enabled;
    std::filesystem::path voices_dir;  // empty: those that come with the program
    std::int64_t voice_seats = 0;
    std::int64_t voice_threads = 0;  // 0: half the cores

    // Database and the outside
    std::int64_t db_readers = 0;
    std::vector<std::string> outgoing_allow;

    // Models of other servers
    SecretText openai_api_key, anthropic_api_key, openrouter_api_key, groq_api_key, mistral_api_key,
        deepseek_api_key, together_api_key, gemini_api_key;
    std::string openai_base_url, anthropic_base_url, ollama_base_url;
    std::filesystem::path gateway_file;
    std::string verify_api_keys;   // "true": a provider key is tried before it is kept
    std::int64_t ollama_port = 0;  // 0: none of its own

    // Logs
    std::string log_level;
    std::string log_format;

    std::filesystem::path models_folder() const {
        return models_dir.empty() ? data_dir / "models" : models_dir;
    }
};

// Texts of the sources, strongest first. A name is looked up in each in turn.
struct Sources {
    std::vector<std::pair<std::string, std::string>> command_line;  // NAME, value
    std::vector<std::pair<std::string, std::string>> environment;
    std::optional<std::string> dotenv;
    std::string dotenv_name = ".env";  // for messages
    std::optional<std::string> toml;
    std::string toml_name = "lares.toml";
};

enum class Purpose : std::uint8_t {
    serve,   // everything must be there
    command  // secrets may be absent (lares version, models, openapi)
};

struct Loaded {
    Settings settings;
    std::vector<std::string> warnings;  // a line each: names in files that are no settings
};

// Error: bad_request "invalid-setting", `field` the name; the message is one line with name, rule and remedy,
// and never shows a secret's value.
Result<Loaded> load(const Sources& sources, Purpose purpose);

// The environment of this process, `.env` and `lares.toml` of the folder (LARES_CONFIG names another TOML
// file).
Result<Sources> process_sources(const std::filesystem::path& folder);

std::string env_example();        // .env.example
std::string settings_markdown();  // docs/settings.md

}  // namespace lares::config
