#include "config/settings.h"

#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>

#include "config/table.h"

namespace lares::config {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* good_secret = "7c1e0f9b3a5d48261ef0b7c94d2a8356e1907f4bd3c6285a0e7b9142fd83c65a";
constexpr const char* good_key = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";

Sources with_secret() {
    Sources sources;
    sources.environment = {{"JWT_SECRET", good_secret}, {"PATH", "/bin"}, {"HOME", "/root"}};
    return sources;
}

std::string message(const Sources& sources) {
    auto loaded = load(sources, Purpose::serve);
    if (loaded) return "loaded";
    EXPECT_EQ(loaded.error().type, "invalid-setting");
    EXPECT_EQ(loaded.error().message.find('\n'), std::string::npos) << "an error is one line";
    return loaded.error().message;
}

TEST(Settings, DefaultsServeThisMachineOnly) {
    auto loaded = load(with_secret(), Purpose::serve);
    ASSERT_TRUE(loaded) << loaded.error().message;
    const Settings& settings = loaded->settings;
    EXPECT_EQ(settings.app_host, std::vector<std::string>{"127.0.0.1"});
    EXPECT_EQ(settings.app_port, 3000);
    EXPECT_EQ(settings.cors_origins,
              (std::vector<std::string>{"http://localhost:5173", "tauri://localhost"}));
    EXPECT_EQ(settings.kv_budget_mb, 512);
    EXPECT_EQ(settings.kv_disk_budget_mb, 2048);
    EXPECT_EQ(settings.models_folder(), "data/models");
    EXPECT_TRUE(settings.api_key_encryption_keys.empty());
    EXPECT_TRUE(loaded->warnings.empty());
}

TEST(Settings, EveryDefaultIsWithinItsOwnRule) {
    for (const auto& setting : table()) {
        if (setting.standard.empty()) continue;
        Sources sources = with_secret();
        sources.command_line = {{std::string(setting.name), std::string(setting.standard)}};
        EXPECT_EQ(message(sources), "loaded");
    }
}

TEST(Settings, CommandLineThenEnvironmentThenDotenvThenToml) {
    Sources sources = with_secret();
    sources.toml = "app_port = 1\nlog_level = 'warn'\nkv_budget_mb = 64\nllm_threads = 3\n";
    sources.dotenv = "APP_PORT=2\nLOG_LEVEL=error\nKV_BUDGET_MB=65\n";
    sources.environment.emplace_back("APP_PORT", "3");
    sources.environment.emplace_back("LOG_LEVEL", "debug");
    sources.command_line = {{"APP_PORT", "4"}};
    auto loaded = load(sources, Purpose::serve);
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(loaded->settings.app_port, 4);
    EXPECT_EQ(loaded->settings.log_level, "debug");
    EXPECT_EQ(loaded->settings.kv_budget_mb, 65);
    EXPECT_EQ(loaded->settings.llm_threads, 3);
}

TEST(Settings, SecretsAreDemandedAndJudged) {
    Sources sources;
    EXPECT_EQ(message(sources),
              "JWT_SECRET is not set; make one with: openssl rand -hex 32, and set it in the environment or "
              "in .env");
    EXPECT_TRUE(load(sources, Purpose::command));
    sources.environment = {{"JWT_SECRET", ""}};
    EXPECT_THAT(message(sources), HasSubstr("JWT_SECRET is not set"));
    sources.environment = {{"JWT_SECRET", "hunter2-hunter2"}};
    EXPECT_THAT(message(sources), HasSubstr("JWT_SECRET is too short"));
    EXPECT_THAT(message(sources), HasSubstr("openssl rand -hex 32"));
    EXPECT_THAT(message(sources), Not(HasSubstr("hunter2")));
    EXPECT_FALSE(load(sources, Purpose::command)) << "a weak secret is refused by every command";
    sources = with_secret();
    sources.environment.emplace_back("API_KEY_ENCRYPTION_KEY", "weak-key-here");
    EXPECT_THAT(message(sources), HasSubstr("API_KEY_ENCRYPTION_KEY is no Fernet key"));
    EXPECT_THAT(message(sources), HasSubstr("openssl rand -base64 32"));
    EXPECT_THAT(message(sources), Not(HasSubstr("weak-key-here")));
    sources.environment.back().second = std::string(good_key) + ", " + good_key;
    EXPECT_EQ(load(sources, Purpose::serve)->settings.api_key_encryption_keys.size(), 2u);
}

TEST(Settings, SecretsMayStandInFiles) {
    const std::string path = testing::TempDir() + "lares-settings-secret";
    std::ofstream(path) << good_secret << "\n";
    Sources sources;
    sources.dotenv = "JWT_SECRET_FILE=" + path;
    EXPECT_EQ(load(sources, Purpose::serve)->settings.jwt_secret.reveal(), good_secret);
    sources.dotenv = "JWT_SECRET_FILE=" + path + "\nJWT_SECRET=" + good_secret;
    EXPECT_EQ(message(sources), "JWT_SECRET and JWT_SECRET_FILE are both set in .env; keep one");
    sources.dotenv = "JWT_SECRET_FILE=/nonexistent/file";
    EXPECT_EQ(message(sources), "JWT_SECRET_FILE names a file that cannot be read: /nonexistent/file");
    std::filesystem::remove(path);
}

TEST(Settings, ErrorsNameSettingRuleAndSource) {
    const auto with = [](std::string_view name, std::string_view value) {
        Sources sources = with_secret();
        sources.dotenv = std::string(name) + "='" + std::string(value) + "'";
        return message(sources);
    };
    EXPECT_EQ(with("APP_PORT", "70000"),
              "APP_PORT must be an integer from 0 to 65535 (is '70000', from .env)");
    EXPECT_EQ(with("APP_PORT", "80x"), "APP_PORT must be an integer from 0 to 65535 (is '80x', from .env)");
    EXPECT_EQ(with("LOG_LEVEL", "loud"),
              "LOG_LEVEL must be one of: debug info warn error (is 'loud', from .env)");
    EXPECT_THAT(with("CORS_ORIGINS", "*"), HasSubstr("CORS_ORIGINS must be scheme://host[:port]"));
    EXPECT_THAT(with("CORS_ORIGINS", "http://a/path"), HasSubstr("without a path"));
    EXPECT_THAT(with("PUBLIC_URL", "lares.example"), HasSubstr("must begin with https://"));
    EXPECT_THAT(with("TLS_CERT_FILE", "/x"), HasSubstr("TLS_KEY_FILE must be set too"));
    EXPECT_THAT(with("ARGON2_MEMORY_KIB", "1024"), HasSubstr("from 19456"));
    EXPECT_THAT(with("APP_HOST", ","), HasSubstr("APP_HOST must name at least one address"));
    for (const auto* bad : {"proxy.lan", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8x", "fd00::/129", "10.0.0"})
        EXPECT_THAT(with("TRUSTED_PROXIES", std::string("127.0.0.1,") + bad),
                    HasSubstr("TRUSTED_PROXIES must be addresses or networks"))
            << bad;
    EXPECT_EQ(with("TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8,::1,fd00::/8"), "loaded");
    for (const auto* bad :
         {"lares.lan:3000", "https://lares.lan", "lares.lan/", "[::1]", "fd00:0::1", "*.lan"})
        EXPECT_THAT(with("ALLOWED_HOSTS", std::string("a.lan,") + bad),
                    HasSubstr("ALLOWED_HOSTS must be host names or addresses"))
            << bad;
    EXPECT_EQ(with("ALLOWED_HOSTS", "Lares.lan, my_nas,192.168.1.5,FD00::1"), "loaded");
}

TEST(Settings, UnknownNamesAreRefusedWithTheNearest) {
    Sources sources = with_secret();
    sources.toml = "app_prot = 1\n";
    EXPECT_EQ(message(sources),
              "app_prot in lares.toml is not a setting of Lares (did you mean APP_PORT?); docs/settings.md "
              "lists them all");
    sources.toml = "anything = 1\n";
    EXPECT_THAT(message(sources), HasSubstr("anything in lares.toml is not a setting"));
    sources.toml.reset();
    sources.dotenv = "JWT_SECRT=x";
    EXPECT_THAT(message(sources), HasSubstr("did you mean JWT_SECRET?"));
    sources.dotenv = "LOG_COLOUR=x";
    EXPECT_THAT(message(sources), HasSubstr("LOG_COLOUR in .env is not a setting"));
    sources.dotenv.reset();
    sources.environment.emplace_back("LARES_APP_PORT", "1");
    EXPECT_THAT(
        message(sources),
        HasSubstr("LARES_APP_PORT in the environment is not a setting of Lares (did you mean APP_PORT?)"));
}

TEST(Settings, ForeignKeysOfDotenvAreOnlyWarnedOf) {
    Sources sources = with_secret();
    sources.dotenv = "COMPOSE_PROJECT=x\n";
    sources.environment.emplace_back("LARES_DEPS", "/x");
    sources.environment.emplace_back("LARES_TEST_SEED", "1");
    auto loaded = load(sources, Purpose::serve);
    ASSERT_TRUE(loaded) << loaded.error().message;
    ASSERT_EQ(loaded->warnings.size(), 1u);
    EXPECT_THAT(loaded->warnings[0], HasSubstr("COMPOSE_PROJECT in .env"));
}

// What the build reads is no setting: in a file it would change nothing, and an older .env may hold it.
TEST(Settings, NamesOfTheBuildBelongIntoTheEnvironment) {
    Sources sources = with_secret();
    sources.environment.emplace_back("LARES_CACHE", "/x");
    sources.environment.emplace_back("LARES_JOBS", "2");
    EXPECT_EQ(message(sources), "loaded");
    sources.dotenv = "LARES_CACHE=/x\n";
    sources.toml = "lares_jobs = 2\n";
    auto loaded = load(sources, Purpose::serve);
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_THAT(loaded->warnings,
                testing::ElementsAre(HasSubstr("LARES_CACHE in .env changes nothing"),
                                     HasSubstr("lares_jobs in lares.toml changes nothing")));
}

TEST(Settings, ReadsTheFolderOfTheProcess) {
    const std::filesystem::path folder = testing::TempDir() + "lares-settings-folder";
    std::filesystem::create_directories(folder);
    std::ofstream(folder / ".env") << "APP_PORT=4001\n";
    std::ofstream(folder / "lares.toml") << "log_format = 'json'\n";
    auto sources = process_sources(folder);
    ASSERT_TRUE(sources) << sources.error().message;
    sources->environment = {{"JWT_SECRET", good_secret}};
    auto loaded = load(*sources, Purpose::serve);
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(loaded->settings.app_port, 4001);
    EXPECT_EQ(loaded->settings.log_format, "json");
    std::filesystem::remove_all(folder);
}

TEST(Settings, TheExampleIsReadable) {
    Sources sources = with_secret();
    sources.dotenv = env_example();
    EXPECT_EQ(message(sources), "loaded");
    EXPECT_THAT(env_example(), HasSubstr("\nJWT_SECRET=\n"));
    EXPECT_THAT(env_example(), HasSubstr("\n#APP_PORT=3000\n"));
}

std::string file_text(const std::string& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Settings, TheDocumentsAreUpToDate) {
    EXPECT_EQ(file_text(std::string(SOURCE_ROOT) + "/docs/settings.md"), settings_markdown());
    EXPECT_EQ(file_text(std::string(SOURCE_ROOT) + "/.env.example"), env_example());
    if (const char* target = std::getenv("LARES_TEST_WRITE_DOCUMENTS")) {  // how the two files are made
        std::ofstream(std::string(target) + "/docs/settings.md") << settings_markdown();
        std::ofstream(std::string(target) + "/.env.example") << env_example();
    }
}

}  // namespace
}  // namespace lares::config
