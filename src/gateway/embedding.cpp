#include "gateway/embedding.h"

#include <charconv>

#include "gateway/provider.h"

namespace lares::gateway {

void append_floats(std::string& out, std::span<const float> values) {
    out.reserve(out.size() + values.size() * 14 + 2);
    char separator = '[';
    char digits[32];
    for (const float value : values) {
        out += separator;
        separator = ',';
        out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
    }
    if (values.empty()) out += '[';
    out += ']';
}

std::size_t bytes_of(const EmbedRequest& request) {
    std::size_t bytes = 0;
    for (const auto& input : request.inputs) {
        if (const auto* text = std::get_if<std::string>(&input))
            bytes += text->size();
        else
            bytes += 4 * std::get<std::vector<std::int32_t>>(input).size();
    }
    return bytes;
}

Task<Result<Embedding>> Provider::embed(EmbedRequest request) {
    co_return fail(Code::unprocessable, "not-supported",
                   "The model '" + request.model + "' does not make embeddings.", "model");
}

}  // namespace lares::gateway
