#include "config/table.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/text.h"
#include "config/strength.h"

namespace lares::config {
namespace {

// scheme://host[:port], nothing behind it.
std::string check_origin(const std::string& value) {
    const auto colon = value.find("://");
    if (colon == 0 || colon == std::string::npos) return "must be scheme://host[:port]";
    const std::string_view host = std::string_view(value).substr(colon + 3);
    if (host.empty() || host.find_first_of("/?#@\\* \t") != host.npos)
        return "must be scheme://host[:port] without a path";
    return {};
}

std::string check_public_url(const std::string& value) {
    if (!value.starts_with("https://") && !value.starts_with("http://"))
        return "must begin with https:// or http://";
    return check_origin(value);
}

std::string check_base_url(const std::string& value) {
    if (!value.starts_with("https://") && !value.starts_with("http://"))
        return "must begin with https:// or http://";
    return value.find_first_of(" \t\r\n") == std::string::npos ? "" : "must not hold white space";
}

std::string check_no_space(const std::string& value) {
    return value.find_first_of(" \t\r\n") == std::string::npos ? "" : "must not hold white space";
}

// As http::Shared::trusts reads it.
std::string check_network(const std::string& value) {
    const auto slash = std::min(value.find('/'), value.size());
    const std::string address = value.substr(0, slash);
    const bool v6 = address.find(':') != std::string::npos;
    unsigned char bytes[sizeof(in6_addr)];
    bool good = ::inet_pton(v6 ? AF_INET6 : AF_INET, address.c_str(), bytes) == 1;
    if (slash < value.size()) {
        unsigned bits = 0;
        const char* end = value.data() + value.size();
        const auto read = std::from_chars(value.data() + slash + 1, end, bits);
        good = good && read.ec == std::errc() && read.ptr == end && bits <= (v6 ? 128u : 32u);
    }
    return good ? "" : "must be addresses or networks, as 10.0.0.5, 10.0.0.0/8 or fd00::/8";
}

// As a request's Host is read: in lower case, an IPv6 address in its usual form, neither with the port.
std::string check_host(const std::string& value) {
    const bool name = std::ranges::all_of(to_lower_ascii(value), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    });
    in6_addr address{};
    char usual[INET6_ADDRSTRLEN] = "";
    if (::inet_pton(AF_INET6, value.c_str(), &address) == 1)
        ::inet_ntop(AF_INET6, &address, usual, sizeof usual);
    return name || to_lower_ascii(value) == usual
               ? ""
               : "must be host names or addresses, without scheme and port";
}

constexpr std::int64_t cores_max = 256;
constexpr std::int64_t million = 1'000'000;

const auto rows = std::to_array<Setting>({
    {.group = "Where it listens and who may come",
     .name = "APP_HOST",
     .member = &Settings::app_host,
     .standard = "127.0.0.1",
     .help = "Addresses to listen on. The default is this machine only; 0.0.0.0 and :: are all networks.",
     .check = check_no_space},
    {.name = "APP_PORT",
     .member = &Settings::app_port,
     .standard = "3000",
     .help = "Port to listen on; 0 takes any free one.",
     .min = 0,
     .max = 65'535},
    {.name = "PUBLIC_URL",
     .member = &Settings::public_url,
     .standard = "",
     .help = "The address that people use, as https://lares.example. Its host is accepted, https turns on "
             "HSTS and secure "
             "cookies, and the first account then needs the code that is printed at start.",
     .check = check_public_url},
    {.name = "ALLOWED_HOSTS",
     .member = &Settings::allowed_hosts,
     .standard = "",
     .help = "Further host names that requests may carry in Host, beside localhost, the addresses and "
             "PUBLIC_URL.",
     .check = check_host},
    {.name = "CORS_ORIGINS",
     .member = &Settings::cors_origins,
     .standard = "http://localhost:5173,tauri://localhost",
     .help = "Origins of other sites whose pages may call the API with credentials; compared exactly.",
     .check = check_origin},
    {.name = "TRUSTED_PROXIES",
     .member = &Settings::trusted_proxies,
     .standard = "",
     .help = "Addresses or networks (10.0.0.0/8) of proxies whose X-Forwarded-For and X-Forwarded-Proto are "
             "believed. Set it behind any proxy, also one on this machine: without it everybody who comes "
             "through has the proxy's address.",
     .check = check_network},
    {.name = "TLS_CERT_FILE",
     .member = &Settings::tls_cert_file,
     .standard = "",
     .help = "PEM file with the certificate chain; with TLS_KEY_FILE the server speaks TLS itself."},
    {.name = "TLS_KEY_FILE",
     .member = &Settings::tls_key_file,
     .standard = "",
     .help = "PEM file with the private key."},

    {.group = "Files",
     .name = "DATA_DIR",
     .member = &Settings::data_dir,
     .standard = "data",
     .help = "Folder of the database and all that people store."},
    {.name = "MODELS_DIR",
     .member = &Settings::models_dir,
     .standard = "",
     .help = "Folder of GGUF models that were added; empty: DATA_DIR/models."},

    {.group = "Secrets",
     .name = "JWT_SECRET",
     .member = &Settings::jwt_secret,
     .standard = "",
     .help = "Signs sign-ins. Changing it signs everybody out.",
     .check = check_jwt_secret,
     .remedy = "openssl rand -hex 32",
     .required = true},
    {.name = "API_KEY_ENCRYPTION_KEY",
     .member = &Settings::api_key_encryption_keys,
     .standard = "",
     .help = "Fernet key for provider keys that people store; several with commas: the first encrypts, all "
             "decrypt.",
     .check = check_fernet_key,
     .remedy = "openssl rand -base64 32 | tr '+/' '-_'"},

    {.group = "Sign-in",
     .name = "REGISTRATION",
     .member = &Settings::registration,
     .standard = "local",
     .help = "Who may make an account after the first one. open: whoever reaches the server; local: who asks "
             "on this machine itself, as long as neither PUBLIC_URL nor TRUSTED_PROXIES is set; closed: "
             "nobody. What an admin chooses on the page stands before it until it is changed.",
     .choices = "open local closed"},
    {.name = "ACCESS_TOKEN_LIFETIME_S",
     .member = &Settings::access_token_lifetime_s,
     .standard = "900",
     .help = "Seconds that an access token is good for.",
     .min = 30,
     .max = 86'400},
    {.name = "REFRESH_TOKEN_LIFETIME_S",
     .member = &Settings::refresh_token_lifetime_s,
     .standard = "2592000",
     .help = "Seconds after which a sign-in that was not used ends.",
     .min = 300,
     .max = 31'536'000},
    {.name = "ARGON2_MEMORY_KIB",
     .member = &Settings::argon2_memory_kib,
     .standard = "19456",
     .help = "Memory of one password check (Argon2id).",
     .min = 19'456,
     .max = 1'048'576},
    {.name = "ARGON2_PASSES",
     .member = &Settings::argon2_passes,
     .standard = "2",
     .help = "Passes of one password check.",
     .min = 2,
     .max = 16},
    {.name = "PASSWORD_THREADS",
     .member = &Settings::password_threads,
     .standard = "0",
     .help = "Password checks at once; 0: half the cores.",
     .min = 0,
     .max = cores_max},

    {.group = "Limits",
     .name = "RATE_ADDRESS_PER_MINUTE",
     .member = &Settings::rate_address_per_minute,
     .standard = "3000",
     .help = "Requests of one address (heavy ones count several times); 0: no limit.",
     .min = 0,
     .max = 100 * million},
    {.name = "RATE_ADDRESS_BURST",
     .member = &Settings::rate_address_burst,
     .standard = "600",
     .help = "How many of them at once.",
     .min = 1,
     .max = 100 * million},
    {.name = "RATE_ACCOUNT_PER_MINUTE",
     .member = &Settings::rate_account_per_minute,
     .standard = "1500",
     .help = "Requests of one account (heavy ones count several times); 0: no limit.",
     .min = 0,
     .max = 100 * million},
    {.name = "RATE_ACCOUNT_BURST",
     .member = &Settings::rate_account_burst,
     .standard = "300",
     .help = "How many of them at once.",
     .min = 1,
     .max = 100 * million},
    {.name = "LOGIN_ATTEMPTS",
     .member = &Settings::login_attempts,
     .standard = "10",
     .help = "Wrong passwords of one account, or one login name, that are looked at within 15 minutes.",
     .min = 1,
     .max = 1000},
    {.name = "LOGIN_ATTEMPTS_PER_ADDRESS",
     .member = &Settings::login_attempts_per_address,
     .standard = "50",
     .help = "Wrong passwords from one address (not this machine's own) within 15 minutes, and new accounts "
             "within a day.",
     .min = 1,
     .max = million},
    {.name = "CONNECTIONS_MAX",
     .member = &Settings::connections_max,
     .standard = "0",
     .help = "Open connections in all; 0: as many as the system lets this process have, at most 20000.",
     .min = 0,
     .max = million},
    {.name = "CONNECTIONS_PER_ADDRESS_MAX",
     .member = &Settings::connections_per_address_max,
     .standard = "4096",
     .help = "Open connections of one address (not this machine's own).",
     .min = 1,
     .max = million},
    {.name = "BODIES_IN_FLIGHT_MB",
     .member = &Settings::bodies_in_flight_mb,
     .standard = "128",
     .help =
         "Memory of request bodies being read or handled, all together; of it an account or address has a "
         "quarter, or one body of up to three quarters. Each route has its own smaller limit.",
     .min = 1,
     .max = 65'536},
    {.name = "SOCKET_MESSAGE_MAX_KB",
     .member = &Settings::socket_message_max_kb,
     .standard = "1028",
     .help = "The largest message that a socket takes.",
     .min = 64,
     .max = 65'536},
    {.name = "OUT_BUFFER_MAX_KB",
     .member = &Settings::out_buffer_max_kb,
     .standard = "8192",
     .help =
         "What may wait to be sent on one socket or event stream, and so the largest event: a client that "
         "falls further behind is disconnected.",
     .min = 1024,
     .max = 1'048'576},
    {.name = "IDLE_TIMEOUT_S",
     .member = &Settings::idle_timeout_s,
     .standard = "75",
     .help = "Seconds that a connection may be silent between requests.",
     .min = 1,
     .max = 3600},
    {.name = "SHUTDOWN_GRACE_S",
     .member = &Settings::shutdown_grace_s,
     .standard = "10",
     .help = "Seconds that running requests get to end when the server stops.",
     .min = 0,
     .max = 600},
    {.name = "HTTP_THREADS",
     .member = &Settings::http_threads,
     .standard = "0",
     .help = "Event loops; 0: one per core.",
     .min = 0,
     .max = cores_max},

    {.group = "Model",
     .name = "LLM_MODEL",
     .member = &Settings::llm_model,
     .standard = "",
     .help =
         "Name of the model that answers when a request names none; empty: the largest that was added, else "
         "the bundled one. What an admin chooses on the page stands before it until it is changed."},
    {.name = "LLM_THREADS",
     .member = &Settings::llm_threads,
     .standard = "0",
     .help = "Threads for one token at a time; 0: what was measured best for this machine.",
     .min = 0,
     .max = cores_max},
    {.name = "LLM_BATCH_THREADS",
     .member = &Settings::llm_batch_threads,
     .standard = "0",
     .help = "Threads for prompts and several chats at once; 0: all cores, at most 16.",
     .min = 0,
     .max = cores_max},
    {.name = "LLM_CONTEXT",
     .member = &Settings::llm_context,
     .standard = "0",
     .help = "Tokens of one chat; 0: what the model was trained for.",
     .min = 0,
     .max = 1'048'576},
    {.name = "LLM_CHATS_MAX",
     .member = &Settings::llm_chats_max,
     .standard = "16",
     .help = "Chats that are answered at once.",
     .min = 1,
     .max = 256},
    {.name = "LLM_QUEUE_MAX",
     .member = &Settings::llm_queue_max,
     .standard = "32",
     .help = "Chats that wait for their turn; past it they are refused for the moment.",
     .min = 1,
     .max = 10'000},
    {.name = "KV_BUDGET_MB",
     .member = &Settings::kv_budget_mb,
     .standard = "512",
     .help = "Memory for what the model remembers of chats (KV cache); 4096 tokens of them have room "
             "whatever it says.",
     .min = 16,
     .max = million},
    {.name = "KV_DISK_BUDGET_MB",
     .member = &Settings::kv_disk_budget_mb,
     .standard = "2048",
     .help = "Disk for what memory has no room for; 0: none.",
     .min = 0,
     .max = 100 * million},

    {.group = "Voice",
     .name = "VOICE_ENABLED",
     .member = &Settings::voice_enabled,
     .standard = "true",
     .help = "Whether answers are spoken.",
     .choices = "true false"},
    {.name = "VOICES_DIR",
     .member = &Settings::voices_dir,
     .standard = "",
     .help = "Folder of the voices; empty: those that come with the program."},
    {.name = "VOICE_SEATS",
     .member = &Settings::voice_seats,
     .standard = "8",
     .help = "Answers that are spoken at once; who comes later reads, and hears when a seat is free.",
     .min = 1,
     .max = 256},
    {.name = "VOICE_THREADS",
     .member = &Settings::voice_threads,
     .standard = "0",
     .help = "Threads that speak; 0: half the cores.",
     .min = 0,
     .max = cores_max},

    {.group = "Database and the outside",
     .name = "DB_READERS",
     .member = &Settings::db_readers,
     .standard = "2",
     .help = "Connections that read, a thread each.",
     .min = 1,
     .max = 64},
    {.name = "OUTGOING_ALLOW",
     .member = &Settings::outgoing_allow,
     .standard = "",
     .help = "Private hosts or networks that the server may call (host, host:port, 10.0.0.0/8); public ones "
             "always.",
     .check = check_no_space},

    {.group = "Models of other servers",
     .name = "OPENAI_API_KEY",
     .member = &Settings::openai_api_key,
     .standard = "",
     .help = "Key for OpenAI; with it its models can be used."},
    {.name = "OPENAI_BASE_URL",
     .member = &Settings::openai_base_url,
     .standard = "",
     .help = "Another server that speaks OpenAI's format, as http://localhost:8000/v1.",
     .check = check_base_url},
    {.name = "ANTHROPIC_API_KEY",
     .member = &Settings::anthropic_api_key,
     .standard = "",
     .help = "Key for Anthropic; with it its models can be used."},
    {.name = "ANTHROPIC_BASE_URL",
     .member = &Settings::anthropic_base_url,
     .standard = "",
     .help = "Another server that speaks Anthropic's format.",
     .check = check_base_url},
    {.name = "OLLAMA_BASE_URL",
     .member = &Settings::ollama_base_url,
     .standard = "",
     .help = "An Ollama server, as http://localhost:11434.",
     .check = check_base_url},
    {.name = "OPENROUTER_API_KEY",
     .member = &Settings::openrouter_api_key,
     .standard = "",
     .help = "Key for OpenRouter; with it its models can be used."},
    {.name = "GROQ_API_KEY",
     .member = &Settings::groq_api_key,
     .standard = "",
     .help = "Key for Groq; with it its models can be used."},
    {.name = "MISTRAL_API_KEY",
     .member = &Settings::mistral_api_key,
     .standard = "",
     .help = "Key for Mistral; with it its models can be used."},
    {.name = "DEEPSEEK_API_KEY",
     .member = &Settings::deepseek_api_key,
     .standard = "",
     .help = "Key for DeepSeek; with it its models can be used."},
    {.name = "TOGETHER_API_KEY",
     .member = &Settings::together_api_key,
     .standard = "",
     .help = "Key for Together; with it its models can be used."},
    {.name = "GEMINI_API_KEY",
     .member = &Settings::gemini_api_key,
     .standard = "",
     .help = "Key for Gemini's OpenAI endpoint; with it its models can be used."},
    {.name = "GATEWAY_FILE",
     .member = &Settings::gateway_file,
     .standard = "",
     .help =
         "JSON file with further upstreams, aliases, fallbacks, capabilities and prices (docs/gateway.md)."},
    {.name = "VERIFY_API_KEYS",
     .member = &Settings::verify_api_keys,
     .standard = "false",
     .help = "Whether a provider is asked about a key before it is kept; one that it refuses is not.",
     .choices = "true false"},
    {.name = "OLLAMA_PORT",
     .member = &Settings::ollama_port,
     .standard = "0",
     .help = "A second port where Ollama's API stands at /api, as its clients expect it (11434 is Ollama's "
             "own); 0: none. Access keys are needed there, too.",
     .min = 0,
     .max = 65'535},

    {.group = "Logs",
     .name = "LOG_LEVEL",
     .member = &Settings::log_level,
     .standard = "info",
     .help = "The least that is logged.",
     .choices = "debug info warn error"},
    {.name = "LOG_FORMAT",
     .member = &Settings::log_format,
     .standard = "text",
     .help = "json: one object a line; text: for people.",
     .choices = "text json"},
});

}  // namespace

std::span<const Setting> table() {
    return rows;
}

bool is_reserved(std::string_view name) {
    constexpr std::array names{"LARES_BIN",  "LARES_BUILD", "LARES_CACHE", "LARES_CONFIG", "LARES_DEEP",
                               "LARES_DEPS", "LARES_JOBS",  "LARES_NODE",  "LARES_URL"};
    return std::ranges::find(names, name) != names.end() || name.starts_with("LARES_TEST_");
}

}  // namespace lares::config
