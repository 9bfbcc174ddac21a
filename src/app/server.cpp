#include "app/server.h"

#include <atomic>
#include <filesystem>
#include <thread>

#include "app/blocking.h"
#include "app/models.h"
#include "app/product.h"
#include "db/lock.h"
#include "gateway/providers/local/local.h"
#include "http/server.h"
#include "json/pretty.h"
#include "observe/log.h"
#include "observe/metrics.h"

namespace lares::app {
namespace {

namespace fs = std::filesystem;

Result<void> make_data_folder(const fs::path& folder) {
    std::error_code error;
    const bool made = fs::create_directories(folder, error);
    if (made && !error) fs::permissions(folder, fs::perms::owner_all, error);
    if (error)
        return fail(Code::unavailable, "storage-read-only",
                    "The data folder " + folder.string() + " cannot be used (" + error.message() +
                        "): make it writable for this user, or name another with --data.");
    return {};
}

gateway::Local::Options local_options(const config::Settings& settings) {
    gateway::Local::Options options;
    auto& engine = options.engine;
    engine.threads = static_cast<std::uint32_t>(settings.llm_threads);
    engine.batch_threads = static_cast<std::uint32_t>(settings.llm_batch_threads);
    engine.context = static_cast<std::uint32_t>(settings.llm_context);
    engine.live_max = static_cast<std::uint32_t>(settings.llm_chats_max);
    engine.queue_max = static_cast<std::uint32_t>(settings.llm_queue_max);
    engine.kv_ram_bytes = static_cast<std::uint64_t>(settings.kv_budget_mb) << 20;
    engine.kv_disk_bytes = static_cast<std::uint64_t>(settings.kv_disk_budget_mb) << 20;
    engine.kv_folder = (settings.data_dir / "kv").string();
    options.models_folder = settings.models_folder().string();
    options.model = settings.llm_model;
    return options;
}

voice::LocalVoices::Options voice_options(const config::Settings& settings) {
    voice::LocalVoices::Options options;
    options.enabled = settings.voice_enabled == "true";
    options.folders = voice_folders(settings);
    options.pool.seats = static_cast<std::size_t>(settings.voice_seats);
    options.pool.threads = static_cast<std::size_t>(settings.voice_threads);
    return options;
}

http::Options http_options(const config::Settings& settings, const std::string& port_file,
                           const http::Assets& assets) {
    http::Options options;
    options.addresses = settings.app_host;
    options.port = static_cast<std::uint16_t>(settings.app_port);
    options.port_file = port_file;
    options.loops = static_cast<std::size_t>(settings.http_threads);
    options.public_url = settings.public_url;
    options.hosts = settings.allowed_hosts;
    options.origins = settings.cors_origins;
    for (const bool secure : {false, true})
        for (const auto name : {api::cookie_names(secure).access, api::cookie_names(secure).refresh})
            options.session_cookies.emplace_back(name);
    options.trusted_proxies = settings.trusted_proxies;
    options.tls_certificate = settings.tls_cert_file;
    options.tls_key = settings.tls_key_file;
    options.connections = static_cast<std::size_t>(settings.connections_max);
    options.connections_per_address = static_cast<std::size_t>(settings.connections_per_address_max);
    options.body_bytes_in_flight = static_cast<std::size_t>(settings.bodies_in_flight_mb) << 20;
    options.socket_message_bytes = static_cast<std::size_t>(settings.socket_message_max_kb) << 10;
    options.out_buffer_bytes = static_cast<std::size_t>(settings.out_buffer_max_kb) << 10;
    options.idle_timeout = std::chrono::seconds(settings.idle_timeout_s);
    options.access_log = log::enabled(log::Level::debug);
    options.assets = &assets;
    return options;
}

}  // namespace

// In the order of construction: what stands below is destroyed first.
struct Server::Parts {
    explicit Parts(db::DataLock held, const ServeOptions& options)
        : lock(std::move(held)),
          grace(options.settings.shutdown_grace_s),
          http(http_options(options.settings, options.port_file, assets)) {}

    db::DataLock lock;
    std::chrono::seconds grace;
    std::unique_ptr<db::Database> database;
    Outside outside;
    gateway::Gateway gateway;
    std::unique_ptr<voice::LocalVoices> voices;
    std::unique_ptr<Product> product;
    http::Assets assets{http::embedded_assets()};
    http::Server http;
    std::unique_ptr<http::Server> ollama;  // a port of its own
    std::string setup_code;
    bool tls = false;
    std::atomic<bool> stopping = false;
};

Server::Server() = default;

Result<std::unique_ptr<Server>> Server::start(ServeOptions options) {
    const auto& settings = options.settings;
    LARES_CHECK(make_data_folder(settings.data_dir));
    LARES_TRY(auto lock, db::DataLock::take(settings.data_dir));
    auto server = std::unique_ptr<Server>(new Server());
    server->parts_ = std::make_unique<Parts>(std::move(lock), options);
    auto& parts = *server->parts_;

    db::Options database;
    database.file = settings.data_dir / database_name;
    database.migrations = migrations();
    database.readers = static_cast<std::size_t>(settings.db_readers);
    LARES_TRY(parts.database, db::Database::open(std::move(database)));

    auto local = std::make_shared<gateway::Local>(local_options(settings));
    local->start();
    parts.gateway.add(local);
    parts.gateway.on_switch([local](const std::string& model) { return local->use(model); });
    LARES_CHECK(add_upstreams(settings, parts.outside, parts.gateway));
    parts.voices = std::make_unique<voice::LocalVoices>(voice_options(settings));
    parts.voices->start();

    parts.product =
        std::make_unique<Product>(settings, *parts.database, parts.gateway, *parts.voices, parts.assets,
                                  [stopping = &parts.stopping] { return stopping->load(); });
    parts.product->sign_with(*parts.outside.guarded);
    LARES_CHECK(parts.product->prepare());
    LARES_TRY(const auto code, parts.product->auth().setup_code());
    if (code) parts.setup_code = code->reveal();
    parts.tls = !settings.tls_cert_file.empty();
    if (!settings.public_url.empty() && settings.trusted_proxies.empty() && !parts.tls)
        log::warn(
            "PUBLIC_URL is set and TRUSTED_PROXIES is not: behind a proxy everybody has the proxy's address, "
            "and shares its limits; name the proxy's address in TRUSTED_PROXIES and let it send "
            "X-Forwarded-For",
            {{"public_url", settings.public_url}});
    if (settings.ollama_port > 0) {
        auto own = http_options(settings, {}, parts.assets);
        own.port = static_cast<std::uint16_t>(settings.ollama_port);
        own.loops = 1;
        own.assets = nullptr;
        parts.ollama = std::make_unique<http::Server>(std::move(own));
        LARES_CHECK(parts.ollama->open(parts.product->ollama_routes(), parts.product->guard()));
    }
    LARES_CHECK(parts.http.open(parts.product->routes(), parts.product->guard()));
    return server;
}

// Answers that are being made get the grace to end; what is left is kept as interrupted. The loops must run
// until then.
Server::~Server() {
    if (!parts_ || !parts_->product) return;
    auto& parts = *parts_;
    parts.stopping = true;
    const auto until = std::chrono::steady_clock::now() + parts.grace;
    while (parts.product->running_turns() > 0 && std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    run_blocking(parts.product->stop());
    if (parts.ollama) parts.ollama->stop(std::chrono::seconds(1));
    parts.http.stop(std::chrono::seconds(2));
    parts.outside.guarded.reset();
    parts.outside.client.reset();  // its kept connections belong to the loops
}

std::string Server::address() const {
    return std::string(parts_->tls ? "https" : "http") +
           "://localhost:" + std::to_string(parts_->http.port());
}

std::string Server::setup_code() const {
    return parts_->setup_code;
}

std::string openapi_text() {
    config::Settings settings;
    db::Options options;
    options.file = ":memory:";
    options.inline_mode = true;
    options.migrations = migrations();
    auto database = db::Database::open(std::move(options));
    if (!database) return {};
    gateway::Gateway gateway;
    voice::LocalVoices voices({.enabled = false});
    const http::Assets assets({});
    Product product(settings, **database, gateway, voices, assets, [] { return false; });
    return json::pretty(product.describe());
}

}  // namespace lares::app
