#include "gateway/dialects/ollama/embed.h"

#include "gateway/dialects/ollama/ollama.h"
#include "gateway/fields.h"
#include "json/write.h"

namespace lares::gateway::ollama {

namespace bj = boost::json;

namespace {

constexpr std::size_t inputs_max = 2048;

// Ollama cuts what is too long unless it is told not to.
void read_common(Fields& fields, EmbedRequest& out) {
    out.raw_model = fields.needed_text("model");
    out.model = bare_name(out.raw_model);
    out.truncate = fields.flag("truncate").value_or(true);
}

}  // namespace

Result<EmbedRequest> parse_embed(const bj::object& body) {
    EmbedRequest out;
    std::optional<Error> error;
    Fields fields(body, {}, error);
    read_common(fields, out);
    out.dimensions = fields.count("dimensions", 1);
    const auto* input = fields.find("input");
    if (const auto* text = input ? input->if_string() : nullptr) {
        if (!text->empty()) out.inputs.emplace_back(std::string(*text));
    } else if (const auto* list = input ? input->if_array() : nullptr) {
        if (list->size() > inputs_max) fields.refuse("input", "must hold at most 2048 texts");
        for (std::size_t i = 0; i < list->size() && !error; ++i) {
            if (const auto* one = (*list)[i].if_string())
                out.inputs.emplace_back(std::string(*one));
            else
                fields.refuse("input[" + std::to_string(i) + "]", "must be a text");
        }
    } else if (input) {
        fields.refuse("input", "must be a text or a list of texts");
    }
    if (error) return fail(std::move(*error));
    return out;
}

std::string embed_json(const EmbedRequest& asked, const Embedding& made, std::int64_t duration_ms) {
    std::string out = R"({"model":)";
    json::append_quoted(out, asked.raw_model);
    out += R"(,"embeddings":[)";
    for (std::size_t i = 0; i < made.count(); ++i) {
        if (i > 0) out += ',';
        append_floats(out, made.at(i));
    }
    out += R"(],"total_duration":)";
    json::append_integer(out, duration_ms * 1'000'000);
    out += R"(,"load_duration":0,"prompt_eval_count":)";
    json::append_integer(out, made.tokens);
    return out += '}';
}

Result<EmbedRequest> parse_embeddings(const bj::object& body) {
    EmbedRequest out;
    std::optional<Error> error;
    Fields fields(body, {}, error);
    read_common(fields, out);
    if (auto prompt = fields.text("prompt"); !prompt.empty()) out.inputs.emplace_back(std::move(prompt));
    if (error) return fail(std::move(*error));
    return out;
}

std::string embeddings_json(const Embedding& made) {
    std::string out = R"({"embedding":)";
    append_floats(out, made.values);
    return out += '}';
}

}  // namespace lares::gateway::ollama
