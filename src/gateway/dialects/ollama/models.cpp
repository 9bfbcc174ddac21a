// tags, show, ps: the models in Ollama's words.
#include <ctime>

#include "base/text.h"
#include "crypto/hash.h"
#include "gateway/dialects/ollama/ollama.h"
#include "json/write.h"

namespace lares::gateway::ollama {

namespace bj = boost::json;

namespace {

bj::object details_json(const ModelInfo& model) {
    const std::string family = model.architecture.empty() ? model.provider : model.architecture;
    return {{"parent_model", ""},   {"format", model.provider == "local" ? "gguf" : "remote"},
            {"family", family},     {"families", bj::array{bj::value(family)}},
            {"parameter_size", ""}, {"quantization_level", model.quantization}};
}

bj::object model_json(const ModelInfo& model, std::int64_t unix_ms) {
    return {{"name", json::text_value(model.id)},
            {"model", json::text_value(model.id)},
            {"modified_at", rfc3339(unix_ms)},
            {"size", model.size_bytes},
            {"digest", to_hex(crypto::sha256(model.provider + '\n' + model.id))},
            {"details", details_json(model)}};
}

}  // namespace

std::string rfc3339(std::int64_t unix_ms) {
    const std::time_t seconds = unix_ms / 1000;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[32];
    const auto size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    const auto ms = std::to_string(1000 + unix_ms % 1000);
    return std::string(text, size) + '.' + ms.substr(1) + 'Z';
}

std::string bare_name(std::string_view name) {
    constexpr std::string_view latest = ":latest";
    if (name.ends_with(latest)) name.remove_suffix(latest.size());
    return std::string(name);
}

std::string loaded_json(std::string_view model, std::int64_t unix_ms) {
    return json::write(bj::value{{"model", json::text_value(model)},
                                 {"created_at", rfc3339(unix_ms)},
                                 {"message", bj::object{{"role", "assistant"}, {"content", ""}}},
                                 {"response", ""},
                                 {"done_reason", "load"},
                                 {"done", true}});
}

std::string tags_json(const std::vector<ModelInfo>& models, std::int64_t unix_ms) {
    bj::array list;
    for (const auto& model : models) list.push_back(model_json(model, unix_ms));
    return json::write(bj::value{{"models", std::move(list)}});
}

bj::array capabilities_of(const ModelInfo& model) {
    if (model.embeds) return {"embedding"};
    bj::array out{"completion", "tools"};
    if (model.sees_images) out.emplace_back("vision");
    return out;
}

std::string show_json(const ModelInfo& model, std::int64_t unix_ms) {
    bj::object info{{"general.architecture", model.architecture}};
    if (model.context_tokens > 0 && !model.architecture.empty())
        info[model.architecture + ".context_length"] = model.context_tokens;
    return json::write(bj::value{{"license", json::text_value(model.licence)},
                                 {"modelfile", "FROM " + model.id + "\n"},
                                 {"parameters", ""},
                                 {"template", ""},
                                 {"details", details_json(model)},
                                 {"model_info", std::move(info)},
                                 {"capabilities", capabilities_of(model)},
                                 {"modified_at", rfc3339(unix_ms)}});
}

std::string running_json(const std::vector<ModelInfo>& models, std::int64_t unix_ms) {
    bj::array list;
    for (const auto& model : models) {
        if (model.provider != "local" || model.state != ModelState::ready) continue;
        auto one = model_json(model, unix_ms);
        one.erase("modified_at");
        one["expires_at"] = rfc3339(unix_ms + 86'400'000);
        one["size_vram"] = 0;
        one["context_length"] = model.context_tokens;
        list.push_back(std::move(one));
    }
    return json::write(bj::value{{"models", std::move(list)}});
}

}  // namespace lares::gateway::ollama
