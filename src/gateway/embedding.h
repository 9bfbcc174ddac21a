#pragma once
// Texts to vectors, whoever makes them: inside this process or on another server.
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "gateway/model.h"

namespace lares::gateway {

struct EmbedRequest {
    using Input = std::variant<std::string, std::vector<std::int32_t>>;  // a text, or the model's own tokens
    std::string model;                                                   // empty: this server's own
    std::vector<Input> inputs;
    std::optional<std::uint32_t> dimensions = {};
    bool truncate = false;  // cut what is longer than the model reads; else it is refused
    Payer payer = {};

    Wire wire = Wire::none;
    std::string raw_model = {};                   // what the body calls the model
    std::shared_ptr<const std::string> raw = {};  // the body as it came, when it may pass through
};

struct Embedding {
    std::uint32_t dimensions = 0;
    std::vector<float> values = {};  // one vector of length 1 after the other, in the inputs' order
    std::uint64_t tokens = 0;
    bool tokens_known = true;
    std::string raw = {};  // the whole answer in the request's own wire, when it passed through

    std::size_t count() const { return dimensions == 0 ? 0 : values.size() / dimensions; }
    std::span<const float> at(std::size_t index) const {
        return std::span(values).subspan(index * dimensions, dimensions);
    }
};

// "[0.1,-0.2]": the fewest digits that read back as the same numbers.
void append_floats(std::string& out, std::span<const float> values);

// Bytes of the texts, for estimates.
std::size_t bytes_of(const EmbedRequest& request);

}  // namespace lares::gateway
