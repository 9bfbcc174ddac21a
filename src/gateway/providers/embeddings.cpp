#include "gateway/providers/embeddings.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "gateway/foreign.h"
#include "json/write.h"

namespace lares::gateway {

namespace bj = boost::json;

namespace {

constexpr std::size_t tail_bytes = 512;  // in which an answer's usage stands

bool append_vector(const bj::value& value, std::vector<float>& out) {
    if (const auto* text = value.if_string()) {
        const auto bytes = from_base64(*text);
        if (!bytes || bytes->size() % sizeof(float) != 0) return false;
        const auto before = out.size();
        out.resize(before + bytes->size() / sizeof(float));
        std::memcpy(out.data() + before, bytes->data(), bytes->size());
        return true;
    }
    const auto* list = value.if_array();
    if (!list) return false;
    for (const auto& number : *list) {
        bj::error_code error;
        out.push_back(static_cast<float>(number.to_number<double>(error)));
        if (error) return false;
    }
    return true;
}

// Each vector as long as the first.
Result<void> append_row(const bj::value* vector, Embedding& out) {
    const auto before = out.values.size();
    if (!vector || !append_vector(*vector, out.values)) return broken_stream("an embedding that is none");
    const auto length = out.values.size() - before;
    if (length == 0 || (out.dimensions != 0 && length != out.dimensions))
        return broken_stream("embeddings of different lengths");
    out.dimensions = static_cast<std::uint32_t>(length);
    return {};
}

Result<Embedding> read_openai(const bj::object& object, std::size_t inputs) {
    const auto* data = array_at(object, "data");
    if (!data || data->size() != inputs) return broken_stream("not as many embeddings as texts");
    // In the inputs' order, whatever order the answer has.
    std::vector<const bj::object*> rows(inputs);
    for (std::size_t i = 0; i < inputs; ++i) {
        const auto* row = (*data)[i].if_object();
        const std::size_t index = row && has_count(*row, "index") ? count_at(*row, "index") : i;
        if (!row || index >= inputs || rows[index]) return broken_stream("an embedding without its place");
        rows[index] = row;
    }
    Embedding out;
    for (const auto* row : rows) LARES_CHECK(append_row(row->if_contains("embedding"), out));
    const auto* usage = object_at(object, "usage");
    out.tokens_known = usage && has_count(*usage, "prompt_tokens");
    if (out.tokens_known) out.tokens = count_at(*usage, "prompt_tokens");
    return out;
}

Result<Embedding> read_ollama(const bj::object& object, std::size_t inputs) {
    const auto* rows = array_at(object, "embeddings");
    if (!rows || rows->size() != inputs) return broken_stream("not as many embeddings as texts");
    Embedding out;
    for (const auto& row : *rows) LARES_CHECK(append_row(&row, out));
    out.tokens_known = has_count(object, "prompt_eval_count");
    if (out.tokens_known) out.tokens = count_at(object, "prompt_eval_count");
    return out;
}

}  // namespace

bool passes_embeddings(const EmbedRequest& request, Wire wire) {
    return request.raw && request.wire == wire && wire == Wire::openai;
}

std::string embeddings_url(const Target& target, Wire wire) {
    if (wire == Wire::ollama) return target.base_url + "/api/embed";
    if (!target.quirks->azure) return target.base_url + "/embeddings";
    return azure_url(target, "/embeddings");
}

Result<std::string> embeddings_body(const EmbedRequest& request, const Target& target, Wire wire) {
    if (wire == Wire::anthropic)
        return fail(Code::unprocessable, "not-supported", target.provider + " makes no embeddings.", "model");
    if (passes_embeddings(request, wire)) {
        if (request.raw_model == target.model) return *request.raw;
        auto value = value_of(*request.raw);
        if (value.is_object()) value.get_object()["model"] = json::text_value(target.model);
        return json::write(value);
    }
    bj::array inputs;
    for (const auto& input : request.inputs) {
        if (const auto* text = std::get_if<std::string>(&input)) {
            inputs.push_back(json::text_value(*text));
            continue;
        }
        if (wire == Wire::ollama)
            return fail(Code::unprocessable, "not-supported", "This provider takes texts, not tokens.",
                        "input");
        const auto& tokens = std::get<std::vector<std::int32_t>>(input);
        inputs.push_back(bj::array(tokens.begin(), tokens.end()));
    }
    bj::object out{{"model", json::text_value(target.model)}, {"input", std::move(inputs)}};
    if (request.dimensions) out["dimensions"] = *request.dimensions;
    if (wire == Wire::ollama) out["truncate"] = request.truncate;
    return json::write(bj::value(std::move(out)));
}

Result<Embedding> read_embeddings(std::string_view json, std::size_t inputs, Wire wire) {
    const auto value = parse_foreign(json);
    const auto* object = value ? value->if_object() : nullptr;
    if (!object) return broken_stream("no JSON object");
    return wire == Wire::ollama ? read_ollama(*object, inputs) : read_openai(*object, inputs);
}

std::optional<std::uint64_t> tokens_of_embeddings(std::string_view json) {
    // Some put it before the data, most behind.
    for (const auto part :
         {json.substr(json.size() - std::min(json.size(), tail_bytes)), json.substr(0, tail_bytes)}) {
        constexpr std::string_view name = "\"prompt_tokens\"";
        const auto usage = part.rfind("\"usage\"");
        auto at = usage == part.npos ? part.npos : part.find(name, usage);
        if (at == part.npos) continue;
        at = part.find_first_not_of(" \t\r\n:", at + name.size());
        std::uint64_t tokens = 0;
        bool digits = false;
        for (; at < part.size() && part[at] >= '0' && part[at] <= '9' && tokens < (1ull << 40);
             ++at, digits = true)
            tokens = tokens * 10 + static_cast<std::uint64_t>(part[at] - '0');
        if (digits) return tokens;
    }
    return std::nullopt;
}

}  // namespace lares::gateway
