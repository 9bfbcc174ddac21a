#pragma once
// Tokens of what nobody has counted yet. Pure.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "gateway/catalog.h"
#include "gateway/model.h"

namespace lares::gateway {

// What is likely, where a provider did not say: four bytes a token.
inline std::uint32_t likely_tokens(std::size_t bytes) {
    return static_cast<std::uint32_t>(std::min<std::size_t>((bytes + 3) / 4, 1u << 30));
}

// Of sound that a provider made of a text, from what came of it: 20 tokens a second, as OpenAI counts them,
// at the fewest bytes a second that its form (a content type) is in use with.
std::uint32_t sound_tokens(std::size_t bytes, std::string_view type);
// The same before it came, from the text: nothing is spoken at length in fewer bytes.
inline std::uint32_t spoken_tokens(std::size_t bytes) {
    return static_cast<std::uint32_t>(std::min<std::size_t>(bytes * 2, 1u << 30));
}

// Of sound that is heard: 10 tokens a second, as OpenAI documents them. How long it lasts stands in the head
// of a WAV; of other forms (by content type or name) it is told from their bytes.
struct Heard {
    std::uint32_t likely = 0;
    std::uint32_t most = 0;  // however much it was pressed
};
Heard heard_sound(std::string_view sound, std::string_view type);
std::uint32_t heard_tokens(double seconds);

// Of a picture, by the rule that its provider documents. `width` 0: its size is not known, and it is taken
// as large as it can be.
enum class PictureRule : std::uint8_t { openai, anthropic };
std::uint32_t picture_tokens(PictureRule rule, std::uint32_t width, std::uint32_t height);

// Of all that the model is given to read, results of tools and files too.
struct PromptSize {
    std::size_t words = 0;  // bytes that are read as words
    std::size_t aside = 0;  // bytes that stand beside them and may be: names, signatures, addresses
    std::size_t data = 0;   // bytes of files
    std::size_t pictures = 0, messages = 0, tools = 0;
    std::uint32_t searches = 0;  // that the provider may make
    bool bounded = true;         // false: something is read whose size says nothing, as a PDF's pages

    std::size_t likely_bytes() const;  // for likely_tokens
    // Never less than a provider will count: a token is at least a byte, templates, tools and pictures have
    // their own share, and what is no text may fill the model's context.
    std::uint32_t most_tokens(const ModelFacts* facts = nullptr) const;

    void add(const std::vector<Part>& parts);
};
PromptSize size_of_prompt(const ChatRequest& request);

// `own_most`: what the model itself ends at, where that is known.
std::uint32_t most_answer_tokens(const ChatRequest& request, std::optional<std::int64_t> own_most);

}  // namespace lares::gateway
