#include "app/commands.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/resource.h>

#include "app/blocking.h"
#include "app/download.h"
#include "app/product.h"
#include "app/version.h"
#include "auth/store.h"
#include "db/backup.h"
#include "db/lock.h"
#include "engine/llm/models.h"
#include "observe/log.h"
#include "secrets/provider_keys.h"

namespace lares::app {
namespace {

namespace fs = std::filesystem;

int complain(const Error& error) {
    fmt::print(stderr, "lares: {}\n", error.message);
    return 1;
}

Result<config::Settings> settings_of(const CommandLine& line, config::Purpose purpose) {
    LARES_TRY(auto sources, config::process_sources(fs::current_path()));
    if (!line.data.empty()) sources.command_line.emplace_back("DATA_DIR", line.data);
    if (!line.port.empty()) sources.command_line.emplace_back("APP_PORT", line.port);
    if (!line.host.empty()) sources.command_line.emplace_back("APP_HOST", line.host);
    LARES_TRY(auto loaded, config::load(sources, purpose));
    for (const auto& warning : loaded.warnings) fmt::print(stderr, "lares: {}\n", warning);
    return std::move(loaded.settings);
}

db::DataFolder data_folder(const config::Settings& settings) {
    return {settings.data_dir, database_name, {}};
}

std::string megabytes(std::uint64_t bytes) {
    return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

// Signals are taken by this thread alone: the loops and the engine never see them.
sigset_t block_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    return set;
}

void show_progress(std::uint64_t done, std::optional<std::uint64_t> total) {
    if (total && *total > 0)
        fmt::print(stderr, "\r{} of {} ({} %)   ", megabytes(done), megabytes(*total), done * 100 / *total);
    else
        fmt::print(stderr, "\r{}   ", megabytes(done));
}

engine::llm::Models models_of(const config::Settings& settings) {
    return engine::llm::Models(settings.models_folder().string());
}

// What a model that was just added changes.
std::string who_answers(const engine::llm::ModelFile& added, const config::Settings& settings,
                        engine::llm::Models& models) {
    if (added.info.embeds) return "It makes embeddings; programs reach it by its name.";
    const auto chosen = models.choose(settings.llm_model);
    const std::string here = "an admin chooses it on the page, under Settings, while the server runs";
    if (chosen && chosen->id == added.id)
        return "It answers from the next start on, unless another was chosen on the page; " + here + ".";
    return fmt::format("{} answers still: {}, or LLM_MODEL={} in .env does.",
                       chosen ? chosen->id : settings.llm_model, here, added.id);
}

struct Finding {
    bool good;
    std::string text;
};

// Without it a voice would end the process in the middle of an answer, and the model would not load.
Result<void> check_processor() {
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return {};
    return fail(
        Code::unavailable, "processor-too-old",
        "This processor has no AVX2, which model and voice compute with; in a virtual machine, let it "
        "have the host's processor.");
}

void check_weights(const config::Settings& settings, std::vector<Finding>& findings) {
    auto models = models_of(settings);
    if (const auto chosen = models.choose(settings.llm_model))
        findings.push_back({true, "model: " + chosen->id + " (" + megabytes(chosen->bytes) + ")"});
    else
        findings.push_back({false, chosen.error().message});
}

void check_voice(const config::Settings& settings, std::vector<Finding>& findings) {
    if (settings.voice_enabled != "true")
        findings.push_back({true, "voice: off"});
    else if (const auto checked = voice::check_voice(voice_folders(settings)))
        findings.push_back({true, "voice: hibari speaks"});
    else
        findings.push_back({false, checked.error().message});
}

void check_database(const config::Settings& settings, std::vector<Finding>& findings) {
    const auto file = settings.data_dir / database_name;
    if (!fs::exists(file)) {
        findings.push_back({true, "database: none yet, " + file.string() + " is made at the first start"});
        return;
    }
    // Nothing is written, so that the check changes nothing; the folder is held so that no server starts
    // meanwhile.
    const auto lock = db::DataLock::take(settings.data_dir);
    if (!lock) {
        findings.push_back(
            {true, "database: in use (" + lock.error().message + "); stop the server to check it"});
        return;
    }
    db::Options options;
    options.file = file;
    options.migrations = migrations();
    options.read_only = true;
    auto database = db::Database::open(std::move(options));
    if (!database) {
        findings.push_back({false, database.error().message});
        return;
    }
    if (const auto& pending = (*database)->pending_migrations(); !pending.empty()) {
        findings.push_back(
            {true, fmt::format("database: the next start applies {} {}: {}", pending.size(),
                               pending.size() == 1 ? "migration" : "migrations", fmt::join(pending, ", "))});
        return;
    }
    async::SystemClock clock;
    IdSource ids;
    chat::Hub hub;
    chat::Service chats(**database, hub, clock, ids);
    const auto report = run_blocking(chats.check_projection());
    if (!report) {
        findings.push_back({false, report.error().message});
        return;
    }
    findings.push_back(
        {report->problems.empty(), fmt::format("database: {} conversations, {} events, {} messages, {}",
                                               report->conversations, report->events, report->messages,
                                               report->problems.empty() ? "the projection equals the events"
                                                                        : "the projection is wrong")});
    if (report->waiting > 0)
        findings.push_back(
            {true, fmt::format("database: the next start rebuilds {} {} after the update", report->waiting,
                               report->waiting == 1 ? "conversation" : "conversations")});
    for (const auto& problem : report->problems) findings.push_back({false, problem});
}

// Every connection is an open file: as many as the system lets this process have. How many that is.
rlim_t raise_file_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return RLIM_INFINITY;
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max : RLIM_INFINITY;
}

// What nobody set is what fits; what somebody did is kept, and said not to fit.
void fit_connections(std::int64_t& connections, rlim_t files) {
    constexpr std::int64_t usual_max = 20'000, least = 16;
    constexpr std::int64_t own = 256;  // open files for databases, models, loops
    const auto room = static_cast<std::int64_t>(std::min<rlim_t>(files, 1 << 30)) - own;
    if (connections == 0)
        connections = std::clamp(room, least, usual_max);
    else if (room < connections)
        log::warn(
            "this process may open fewer files than CONNECTIONS_MAX needs: raise the limit (ulimit -Hn, "
            "LimitNOFILE) or lower the setting",
            {{"files", room + own}, {"connections_max", connections}});
}

}  // namespace

int serve(const CommandLine& line) {
    auto settings = settings_of(line, config::Purpose::serve);
    if (!settings) return complain(settings.error());
    if (const auto able = check_processor(); !able) return complain(able.error());
    const auto signals = block_signals();
    log::start({log::parse_level(settings->log_level).value_or(log::Level::info),
                settings->log_format == "json",
                {}});
    async::TaskScope::on_exception(
        [](std::string_view what) { log::error("a task ended with an exception", {{"what", what}}); });
    fit_connections(settings->connections_max, raise_file_limit());
    auto server = Server::start({std::move(*settings), line.port_file});
    if (!server) {
        log::stop();
        return complain(server.error());
    }
    fmt::print("Lares listens at {}\n", (*server)->address());
    if (const auto code = (*server)->setup_code(); !code.empty())
        fmt::print("There is no account yet. From another machine, the first one needs this code: {}\n",
                   code);
    std::fflush(stdout);
    int signal = 0;
    sigwait(&signals, &signal);
    log::info("stopping", {{"signal", signal}});
    server->reset();
    log::stop();
    return 0;
}

int list_models(const CommandLine& line) {
    const auto settings = settings_of(line, config::Purpose::command);
    if (!settings) return complain(settings.error());
    auto models = models_of(*settings);
    const auto chosen = models.choose(settings->llm_model);
    for (const auto& file : models.list()) {
        const bool is_default = chosen && chosen->path == file.path;
        fmt::print("{} {:<40} {:>12}  {:<10} {:<8} {}\n", is_default ? '*' : ' ', file.id,
                   megabytes(file.bytes), file.info.architecture, file.info.quantization,
                   file.problem.empty() ? file.path : file.problem);
    }
    if (!chosen) return complain(chosen.error());
    return 0;
}

int add_model(const CommandLine& line, const std::string& source, const std::string& sha256) {
    const auto settings = settings_of(line, config::Purpose::command);
    if (!settings) return complain(settings.error());
    auto models = models_of(*settings);
    bool shown = false;
    const auto progress = [&shown](std::uint64_t done, std::optional<std::uint64_t> total) {
        shown = true;
        show_progress(done, total);
    };
    const bool is_url = source.starts_with("https://") || source.starts_with("http://");
    const auto added =
        is_url ? models.add_url(source, sha256, make_downloader(settings->outgoing_allow), progress)
               : models.add_file(source, sha256, progress);
    if (shown) fmt::print(stderr, "\n");
    if (!added) return complain(added.error());
    fmt::print("Added {} ({}) as {}.\n{}\n", added->id, megabytes(added->bytes), added->path,
               who_answers(*added, *settings, models));
    return 0;
}

int print_openapi() {
    fmt::print("{}\n", openapi_text());
    return 0;
}

int print_settings(bool as_env) {
    fmt::print("{}", as_env ? config::env_example() : config::settings_markdown());
    return 0;
}

int doctor(const CommandLine& line) {
    std::vector<Finding> findings;
    auto settings = settings_of(line, config::Purpose::serve);
    if (settings) {
        findings.push_back({true, "settings: complete"});
    } else {
        findings.push_back({false, settings.error().message});
        settings = settings_of(line, config::Purpose::command);
        if (!settings) return complain(settings.error());
    }
    if (const auto able = check_processor(); !able) findings.push_back({false, able.error().message});
    check_weights(*settings, findings);
    check_voice(*settings, findings);
    check_database(*settings, findings);
    bool all_good = true;
    for (const auto& finding : findings) {
        fmt::print("{} {}\n", finding.good ? "ok   " : "WRONG", finding.text);
        all_good = all_good && finding.good;
    }
    return all_good ? 0 : 1;
}

int backup(const CommandLine& line, const std::string& target) {
    const auto settings = settings_of(line, config::Purpose::command);
    if (!settings) return complain(settings.error());
    const auto report = db::backup_to(data_folder(*settings), target);
    if (!report) return complain(report.error());
    fmt::print("Backup in {}: {} files, {}, verified.\n", report->place.string(), report->files,
               megabytes(report->bytes));
    return 0;
}

int restore(const CommandLine& line, const std::string& source) {
    const auto settings = settings_of(line, config::Purpose::command);
    if (!settings) return complain(settings.error());
    const auto sets = migrations();
    // Who was signed out since the backup stays so.
    const auto end_sessions = [](db::Tx& tx) {
        return auth::end_every_session(tx, async::SystemClock().unix_ms());
    };
    const auto report = db::restore_from(source, data_folder(*settings), sets, end_sessions);
    if (!report) return complain(report.error());
    fmt::print(
        "Restored {}: {} files, {}.{}\n", report->place.string(), report->files, megabytes(report->bytes),
        report->kept_aside.empty() ? "" : " What was there is kept in " + report->kept_aside.string() + ".");
    fmt::print(
        "Everybody has to sign in again: sessions of the backup may have been ended since. Look through the "
        "access keys: one that was revoked since works again.\n");
    return 0;
}

int rotate_keys(const CommandLine& line) {
    const auto settings = settings_of(line, config::Purpose::command);
    if (!settings) return complain(settings.error());
    const auto vault = secrets::Vault::open(settings->api_key_encryption_keys);
    if (!vault) return complain(vault.error());
    if (!vault->has_key())
        return complain({Code::bad_request,
                         "no-encryption-key",
                         "API_KEY_ENCRYPTION_KEY is not set: put the new key first and the old ones behind "
                         "it, with commas.",
                         {},
                         {},
                         {}});
    db::Options options;
    options.file = settings->data_dir / database_name;
    if (!fs::exists(options.file)) {
        fmt::print("There is no database in {} yet, so nothing to encrypt anew.\n",
                   settings->data_dir.string());
        return 0;
    }
    options.migrations = migrations();
    const auto database = db::Database::open(std::move(options));
    if (!database) return complain(database.error());
    async::SystemClock clock;
    const auto done = secrets::rotate_vault(**database, *vault, clock);
    if (!done) return complain(done.error());
    if (done->unreadable > 0) {
        for (const auto& [owner, id] : done->named)
            fmt::print(stderr, "lares: the stored key {} of {} cannot be read.\n", id.text(),
                       owner == secrets::pool_owner ? "the pool" : owner.text());
        fmt::print(
            stderr,
            "lares: {} stored keys encrypted anew; {} cannot be read with the keys of "
            "API_KEY_ENCRYPTION_KEY and stay as they are. Add the key that they are under and run this "
            "again, or remove them; until then take no key out.\n",
            done->done, done->unreadable);
        return 1;
    }
    fmt::print(
        "{} stored keys encrypted anew. Every one is under the first key of API_KEY_ENCRYPTION_KEY now; the "
        "others "
        "can be taken out once the server was started again.\n",
        done->done);
    return 0;
}

int print_version() {
    fmt::print("lares {}\n", version());
    return 0;
}

int run(int argc, char** argv) {
    CLI::App app("Lares: a server for AI companions.", "lares");
    app.set_version_flag("--version", "lares " + version());
    CommandLine line;
    int status = 0;
    const auto command = [&](CLI::App& parent, const char* name, const char* help,
                             std::function<int()> action) {
        auto* made = parent.add_subcommand(name, help);
        made->add_option("--data", line.data, "Folder of everything that people make (DATA_DIR)");
        if (action) made->callback([&status, action] { status = action(); });
        return made;
    };
    auto* serving = command(app, "serve", "Start the server", [&] { return serve(line); });
    serving->add_option("--port", line.port, "Port; 0: any free one (APP_PORT)");
    serving->add_option("--host", line.host, "Addresses to listen on (APP_HOST)");
    serving->add_option("--port-file", line.port_file, "File: written with the port once it listens");

    std::string source, sha256, place;
    auto* models = command(app, "models", "List the models; add: one more", {});
    models->callback([&, models] {
        if (models->get_subcommands().empty()) status = list_models(line);
    });
    auto* adding = command(*models, "add", "Add a GGUF model from a file or URL",
                           [&] { return add_model(line, source, sha256); });
    adding->add_option("source", source, "FILE or URL")->required();
    adding->add_option("--sha256", sha256, "Expected checksum, hex");

    command(app, "openapi", "Print the API's description", [] { return print_openapi(); });
    bool as_env = false;
    command(app, "settings", "Print all settings as Markdown", [&] {
        return print_settings(as_env);
    })->add_flag("--env", as_env, "As .env.example");
    command(app, "doctor", "Check settings, weights and data", [&] { return doctor(line); });
    command(app, "backup", "Copy the data folder, also while the server runs",
            [&] { return backup(line, place); })
        ->add_option("folder", place, "New folder for the backup")
        ->required();
    command(app, "restore", "Put a backup in place of the data folder", [&] { return restore(line, place); })
        ->add_option("folder", place, "Folder of the backup")
        ->required();
    auto* keys = command(app, "keys", "rotate: encrypt stored keys anew", {});
    keys->require_subcommand(1);
    command(*keys, "rotate",
            "Encrypt them with the first of API_KEY_ENCRYPTION_KEY; go on after a cut by running it again",
            [&] { return rotate_keys(line); });
    command(app, "version", "Print the version", [] { return print_version(); });
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error);
    }
    // Not require_subcommand(): of a word that is none it says only that one is missing.
    if (app.get_subcommands().empty()) {
        fmt::print(stderr, "{}", app.help());
        return 2;
    }
    return status;
}

}  // namespace lares::app
