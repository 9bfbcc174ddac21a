#include "app/models.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "gateway/providers/upstream.h"
#include "net/url.h"
#include "secrets/formats.h"

namespace lares::app {
namespace {

constexpr std::size_t file_bytes_max = 4 * 1024 * 1024;

gateway::UpstreamRow row(std::string name, std::string kind, const SecretText& key, const std::string& url,
                         std::vector<std::string> prefixes) {
    gateway::UpstreamRow out;
    out.name = std::move(name);
    out.kind = std::move(kind);
    if (!key.empty()) out.key = key;
    if (!url.empty()) out.base_url = url;
    out.prefixes = std::move(prefixes);
    return out;
}

std::vector<std::string> prefixes_of(std::string_view provider) {
    if (provider == "openai") return {"gpt-", "chatgpt-", "o1", "o3", "o4"};
    if (provider == "anthropic") return {"claude-"};
    return {};
}

// What the environment says: a provider is there when its key or its address is.
std::vector<gateway::UpstreamRow> rows_of(const config::Settings& settings) {
    std::vector<gateway::UpstreamRow> rows;
    if (!settings.openai_api_key.empty() || !settings.openai_base_url.empty())
        rows.push_back(row("openai", settings.openai_base_url.empty() ? "openai" : "compatible",
                           settings.openai_api_key, settings.openai_base_url, prefixes_of("openai")));
    if (!settings.anthropic_api_key.empty() || !settings.anthropic_base_url.empty())
        rows.push_back(row("anthropic", "anthropic", settings.anthropic_api_key, settings.anthropic_base_url,
                           prefixes_of("anthropic")));
    if (!settings.ollama_base_url.empty())
        rows.push_back(row("ollama", "ollama", SecretText(), settings.ollama_base_url, {}));
    const struct {
        std::string_view name;
        const SecretText& key;
    } keyed[] = {{"openrouter", settings.openrouter_api_key}, {"groq", settings.groq_api_key},
                 {"mistral", settings.mistral_api_key},       {"deepseek", settings.deepseek_api_key},
                 {"together", settings.together_api_key},     {"gemini", settings.gemini_api_key}};
    for (const auto& [name, key] : keyed)
        if (!key.empty()) rows.push_back(row(std::string(name), std::string(name), key, {}, {}));
    return rows;
}

tl::unexpected<Error> wrong(std::string setting, const std::string& why) {
    return fail(Code::bad_request, "invalid-setting", setting + ": " + why, setting);
}

tl::unexpected<Error> wrong_file(const config::Settings& settings, const std::string& why) {
    return wrong("GATEWAY_FILE", settings.gateway_file.string() + ": " + why);
}

Result<void> check_addresses(const config::Settings& settings) {
    const std::pair<const char*, const std::string&> addresses[] = {
        {"OPENAI_BASE_URL", settings.openai_base_url},
        {"ANTHROPIC_BASE_URL", settings.anthropic_base_url},
        {"OLLAMA_BASE_URL", settings.ollama_base_url}};
    for (const auto& [name, address] : addresses)
        if (const auto url = net::Url::parse(address); !address.empty() && !url)
            return wrong(name, url.error().message);
    return {};
}

Result<net::Policy> policy_of(const std::vector<std::string>& allow) {
    auto policy = net::Policy::parse(allow);
    if (!policy) return wrong("OUTGOING_ALLOW", policy.error().message);
    return policy;
}

Result<gateway::Catalog> file_of(const config::Settings& settings) {
    if (settings.gateway_file.empty()) return gateway::Catalog{};
    std::ifstream file(settings.gateway_file, std::ios::binary);
    if (!file) return wrong_file(settings, "cannot be read");
    const std::string text(std::istreambuf_iterator<char>(file), {});
    if (text.size() > file_bytes_max) return wrong_file(settings, "is larger than 4 MiB");
    auto catalog = gateway::parse_catalog(text);
    if (!catalog) return wrong_file(settings, catalog.error().message);
    return catalog;
}

gateway::Upstream::Options options_of(const gateway::UpstreamRow& row) {
    gateway::Upstream::Options options;
    options.name = row.name;
    options.kind = row.kind;
    options.base_url = row.base_url.value_or("");
    options.key = row.key.value_or(SecretText());
    options.api_version = row.api_version.value_or("");
    options.models = row.models;
    options.prefixes = row.prefixes;
    options.at_once = static_cast<std::size_t>(row.concurrency);
    options.queue_max = static_cast<std::size_t>(row.queue);
    options.first_token = async::Milliseconds(row.first_token_ms);
    options.idle = async::Milliseconds(row.idle_ms);
    options.total = async::Milliseconds(row.total_ms);
    // The same provider as people keep keys for, and not another server under its name.
    options.from_vault =
        secrets::find_provider(row.name) && (row.kind == row.name || row.kind == "compatible");
    return options;
}

// Providers that nobody set up here, for those who have a key of their own or of the pool.
std::vector<gateway::Upstream::Options> vault_only(const std::vector<gateway::UpstreamRow>& rows) {
    std::vector<gateway::Upstream::Options> out;
    for (const auto& form : secrets::provider_forms()) {
        const bool there =
            std::any_of(rows.begin(), rows.end(), [&](const auto& one) { return one.name == form.name; });
        if (there || !form.abilities.starts_with("chat")) continue;
        gateway::Upstream::Options options;
        options.name = options.kind = form.name;
        options.prefixes = prefixes_of(form.name);
        options.has_own = false;
        options.from_vault = true;
        out.push_back(std::move(options));
    }
    return out;
}

}  // namespace

// Two clients: addresses that the operator wrote down may be called by the first, also private ones; what a
// key of the vault names goes through the second, which allows what anybody may call.
Result<void> add_upstreams(const config::Settings& settings, Outside& outside, gateway::Gateway& gateway) {
    LARES_CHECK(check_addresses(settings));
    LARES_TRY(auto file, file_of(settings));
    LARES_TRY(auto defaults, gateway::parse_catalog(std::string(gateway::known_models())));
    defaults.upstreams = rows_of(settings);
    auto catalog = gateway::merged(std::move(defaults), std::move(file));

    net::ClientOptions options;
    std::vector<std::string> allow = settings.outgoing_allow;
    for (const auto& row : catalog.upstreams) {
        // Rows may share an origin, and each has its own queue: here nothing is refused.
        options.per_origin_max += static_cast<std::size_t>(row.concurrency);
        if (!row.base_url) continue;
        const auto url = net::Url::parse(*row.base_url);
        if (!url) return wrong_file(settings, "upstream '" + row.name + "': " + url.error().message);
        const bool is_v6 = url->host.find(':') != url->host.npos;
        allow.push_back((is_v6 ? "[" + url->host + "]" : url->host) + ":" + std::to_string(url->port));
    }
    options.connections_max = 4096;
    options.idle_max = 256;
    options.idle_per_origin_max = 64;
    auto guarded = options;
    LARES_TRY(guarded.policy, policy_of(settings.outgoing_allow));
    LARES_TRY(options.policy, policy_of(allow));
    outside.resolver = std::make_unique<net::SystemResolver>(outside.clock);
    LARES_TRY(outside.client, net::Client::make(std::move(options), *outside.resolver));
    LARES_TRY(outside.guarded, net::Client::make(std::move(guarded), *outside.resolver));

    gateway.set_clock(outside.clock);
    for (const auto& row : catalog.upstreams) {
        auto of_row = options_of(row);
        of_row.reading = &outside.reading;
        LARES_TRY(auto upstream, gateway::Upstream::make(std::move(of_row), *outside.client, outside.clock));
        gateway.add(std::move(upstream));
    }
    for (auto& only : vault_only(catalog.upstreams)) {
        only.reading = &outside.reading;
        LARES_TRY(auto upstream, gateway::Upstream::make(std::move(only), *outside.client, outside.clock));
        gateway.add(std::move(upstream));
    }
    catalog.upstreams.clear();  // they hold keys
    gateway.set_catalog(std::move(catalog));
    return {};
}

}  // namespace lares::app
