#include "gateway/dialects/openai/embeddings.h"

#include <bit>
#include <limits>

#include "base/text.h"
#include "gateway/fields.h"
#include "json/write.h"

namespace lares::gateway::openai {

namespace bj = boost::json;

namespace {

constexpr std::size_t inputs_max = 2048;
static_assert(std::endian::native == std::endian::little, "base64 is of little-endian numbers");

bool read_tokens(const bj::array& array, std::vector<std::int32_t>& out) {
    out.reserve(array.size());
    for (const auto& value : array) {
        const auto* number = value.if_int64();
        if (!number || *number < 0 || *number > std::numeric_limits<std::int32_t>::max()) return false;
        out.push_back(static_cast<std::int32_t>(*number));
    }
    return true;
}

// One of: a text, texts, tokens, lists of tokens.
void read_inputs(Fields& fields, std::vector<EmbedRequest::Input>& out) {
    const auto* input = fields.find("input");
    if (!input) return fields.refuse("input", "is required");
    if (const auto* text = input->if_string()) {
        if (text->empty()) return fields.refuse("input", "must not be empty");
        out.emplace_back(std::string(*text));
        return;
    }
    const auto* list = input->if_array();
    if (!list || list->empty() || list->size() > inputs_max)
        return fields.refuse("input", "must be a text, or 1 to 2048 texts or lists of tokens");
    if (list->front().is_number()) {
        std::vector<std::int32_t> tokens;
        if (!read_tokens(*list, tokens)) return fields.refuse("input", "must hold token ids");
        out.emplace_back(std::move(tokens));
        return;
    }
    for (std::size_t i = 0; i < list->size(); ++i) {
        const auto& one = (*list)[i];
        std::vector<std::int32_t> tokens;
        if (const auto* text = one.if_string(); text && !text->empty())
            out.emplace_back(std::string(*text));
        else if (const auto* array = one.if_array(); array && !array->empty() && read_tokens(*array, tokens))
            out.emplace_back(std::move(tokens));
        else
            return fields.refuse("input[" + std::to_string(i) + "]",
                                 "must be a text or a list of tokens, and not empty");
    }
}

}  // namespace

Result<AskedEmbeddings> parse_embeddings(const bj::object& body) {
    AskedEmbeddings out;
    std::optional<Error> error;
    Fields fields(body, {}, error);
    out.request.model = fields.needed_text("model");
    read_inputs(fields, out.request.inputs);
    out.request.dimensions = fields.count("dimensions", 1);
    if (const auto format = fields.text("encoding_format"); format == "base64")
        out.base64 = true;
    else if (!format.empty() && format != "float")
        fields.refuse("encoding_format", "must be float or base64");
    if (error) return fail(std::move(*error));
    return out;
}

std::string embeddings_json(const AskedEmbeddings& asked, const Embedding& made) {
    std::string out = R"({"object":"list","data":[)";
    for (std::size_t i = 0; i < made.count(); ++i) {
        if (i > 0) out += ',';
        out += R"({"object":"embedding","index":)";
        json::append_integer(out, i);
        out += R"(,"embedding":)";
        const auto values = made.at(i);
        if (asked.base64)
            out.append(1, '"')
                .append(to_base64({reinterpret_cast<const char*>(values.data()), values.size_bytes()}))
                .append(1, '"');
        else
            append_floats(out, values);
        out += '}';
    }
    out += R"(],"model":)";
    json::append_quoted(out, asked.request.model);
    out += R"(,"usage":{"prompt_tokens":)";
    json::append_integer(out, made.tokens);
    out += R"(,"total_tokens":)";
    json::append_integer(out, made.tokens);
    return out += "}}";
}

}  // namespace lares::gateway::openai
