#include "secrets/formats.h"

#include <algorithm>
#include <array>

namespace lares::secrets {
namespace {

constexpr std::size_t key_max = 512;
constexpr std::size_t endpoint_max = 512;

// As the providers document their keys. A form that is too narrow would refuse a good key, so only what is
// certain stands here.
constexpr auto forms = std::to_array<ProviderForm>({
    {"openai", "OpenAI", "OPENAI_API_KEY", "sk-", 20, "https://api.openai.com/v1",
     "chat embeddings speech recognition images"},
    {"anthropic", "Anthropic", "ANTHROPIC_API_KEY", "sk-ant-", 24, "https://api.anthropic.com", "chat"},
    {"elevenlabs", "ElevenLabs", "ELEVENLABS_API_KEY", "", 32, "https://api.elevenlabs.io",
     "speech recognition"},
    {"openrouter", "OpenRouter", "OPENROUTER_API_KEY", "sk-or-", 24, "https://openrouter.ai/api/v1", "chat"},
    {"groq", "Groq", "GROQ_API_KEY", "gsk_", 24, "https://api.groq.com/openai/v1", "chat recognition"},
    {"mistral", "Mistral", "MISTRAL_API_KEY", "", 32, "https://api.mistral.ai/v1", "chat embeddings"},
    {"deepseek", "DeepSeek", "DEEPSEEK_API_KEY", "sk-", 20, "https://api.deepseek.com/v1", "chat"},
    {"together", "Together", "TOGETHER_API_KEY", "", 32, "https://api.together.xyz/v1",
     "chat embeddings images"},
    {"gemini", "Google Gemini", "GEMINI_API_KEY", "AIza", 39,
     "https://generativelanguage.googleapis.com/v1beta/openai", "chat embeddings"},
    {"ollama", "Ollama", "", "", 0, "", "chat embeddings"},
    {"compatible", "OpenAI-compatible", "", "", 0, "", "chat embeddings speech recognition images"},
});

tl::unexpected<Error> format_of(const ProviderForm& form) {
    std::string rule = "This is not a key of " + std::string(form.title) + ": one ";
    if (!form.prefix.empty()) rule += "begins with " + std::string(form.prefix) + " and ";
    rule += "has at least " + std::to_string(form.least) + " characters, without spaces.";
    return fail(Code::unprocessable, "key-format", rule, "key");
}

bool is_endpoint(std::string_view text) {
    const bool http = text.starts_with("http://"), https = text.starts_with("https://");
    if ((!http && !https) || text.size() > endpoint_max || text.ends_with('/')) return false;
    const std::string_view host = text.substr(https ? 8 : 7);
    return !host.empty() && host.front() != '/' &&
           std::all_of(host.begin(), host.end(), [](char c) { return c > ' ' && c < 0x7f; }) &&
           host.find_first_of("@?#\\\"<>") == host.npos;
}

}  // namespace

std::span<const ProviderForm> provider_forms() {
    return forms;
}

const ProviderForm* find_provider(std::string_view name) {
    const auto found = std::ranges::find(forms, name, &ProviderForm::name);
    return found == forms.end() ? nullptr : &*found;
}

Result<void> check_key(std::string_view provider, std::string_view key, std::string_view endpoint) {
    const ProviderForm* form = find_provider(provider);
    if (!form)
        return fail(Code::unprocessable, "unknown-provider", "There is no provider of this name.",
                    "provider");
    const bool plain = std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < 0x7f; });
    if (!plain || key.size() > key_max) return format_of(*form);
    // Another server may want any key, or none.
    const bool its_own = endpoint.empty() && !form->endpoint.empty();
    if (its_own && (key.size() < std::max<std::size_t>(form->least, 1) || !key.starts_with(form->prefix)))
        return format_of(*form);
    if (its_own && form->name == "openai" && key.starts_with("sk-ant-")) return format_of(*form);
    if (!endpoint.empty() && !is_endpoint(endpoint))
        return invalid_field("endpoint",
                             "must be an http or https URL without a slash at the end, a user or a query");
    if (endpoint.empty() && form->endpoint.empty())
        return invalid_field("endpoint", "is required for this provider");
    return {};
}

bool same_server(std::string_view provider, std::string_view endpoint, std::string_view other) {
    const ProviderForm* form = find_provider(provider);
    const auto server = [form](std::string_view url) {
        if (url.empty() && form) url = form->endpoint;
        const auto host = url.find("://");
        return url.substr(0, host == url.npos ? url.npos : url.find('/', host + 3));
    };
    return server(endpoint) == server(other);
}

std::string mask_of(std::string_view key) {
    if (key.empty()) return "";
    if (key.size() < 16) return "…";
    const auto dash = key.find_first_of("-_");
    const std::string_view head = dash != key.npos && dash < 5 ? key.substr(0, dash + 1) : std::string_view();
    return std::string(head) + "…" + std::string(key.substr(key.size() - 4));
}

}  // namespace lares::secrets
