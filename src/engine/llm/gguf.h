#pragma once
// Reads the head of a GGUF file and judges it before llama.cpp sees it: every count, length and offset must
// lie inside the file. A file that passes may still be refused by llama.cpp, but not crash it by its sizes.
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace lares::engine::llm {

struct GgufInfo {
    std::uint32_t version = 0;
    std::string architecture;  // "llama"
    std::string name;          // general.name, or empty
    std::string licence;       // general.license, or empty
    std::string quantization;  // "Q4_1", or empty
    std::uint64_t context = 0;
    std::uint64_t layers = 0;
    std::uint64_t width = 0;  // of an embedding
    std::uint64_t vocabulary = 0;
    std::uint64_t tensors = 0;
    std::uint64_t tensor_bytes = 0;
    bool chat_template = false;
    bool embeds = false;  // it makes one vector of a text, and no text
};

// Reads n bytes at an offset; false: they are not there.
using ByteSource = std::function<bool(std::uint64_t offset, char* to, std::size_t n)>;

// Errors: unprocessable "not-gguf" or "model-broken"; the message is what is wrong with the file ("ends in
// the middle of its tensors"), without its name.
Result<GgufInfo> parse_gguf(const ByteSource& source, std::uint64_t size);

// The same with the file's name and the remedy in the message: one line for a person. Also not_found
// "model-missing".
Result<GgufInfo> read_gguf(const std::string& file);

}  // namespace lares::engine::llm
