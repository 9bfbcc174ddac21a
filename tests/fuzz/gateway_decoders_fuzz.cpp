// Any bytes as an answer of each kind of provider: the same events however they are cut, valid UTF-8, and
// what an encoder makes of them is text too. The same bytes as a refusal: text of some length, without the
// key.
#include <cstdint>
#include <cstdlib>

#include "base/text.h"
#include "gateway/dialects/anthropic/anthropic.h"
#include "gateway/dialects/ollama/ollama.h"
#include "gateway/dialects/openai/openai.h"
#include "gateway/providers/codec.h"

namespace {

using namespace lares::gateway;

struct Read {
    std::vector<Event> events;
    std::string error;
    bool operator==(const Read&) const = default;
};

Read read(const Codec& codec, bool whole, std::string_view bytes, std::size_t step) {
    Read out;
    auto decoder = codec.decoder(whole);
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        if (auto fed = decoder->feed(bytes.substr(at, step), out.events); !fed) {
            out.error = fed.error().type;
            return out;
        }
    }
    if (auto finished = decoder->finish(out.events); !finished) out.error = finished.error().type;
    return out;
}

void refuse(unsigned status, std::string_view bytes) {
    static const std::string key = "secret-key-9";
    static const Target target{.provider = "p",
                               .base_url = "http://host.example:81/v1",
                               .model = "m",
                               .key = lares::SecretText(key),
                               .quirks = &quirks_of("compatible")};
    const auto refused = upstream_error(target, status, bytes, bytes);
    const auto broken = without_secrets(stream_error(bytes, bytes), target);
    for (const auto& message : {refused.message, broken.message})
        if (!lares::is_utf8(message) || message.size() > 600 || message.find(key) != message.npos)
            std::abort();
    if (without_secrets(std::string(bytes), target).find(key) != std::string::npos) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 3 || size > 4000) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
    const Codec* const codecs[] = {&openai_codec(), &anthropic_codec(), &ollama_codec()};
    const Codec& codec = *codecs[data[0] % 3];
    const bool whole = (data[0] / 3) % 2 == 1;
    const Read once = read(codec, whole, bytes, bytes.size());
    if (read(codec, whole, bytes, 1) != once || read(codec, whole, bytes, data[1] % 64 + 1) != once)
        std::abort();
    refuse(400 + data[1], bytes);
    const Endpoint* const endpoints[] = {&openai::chat_completions(), &openai::completions(),
                                         &openai::responses(), &anthropic::messages(), &ollama::chat()};
    for (const auto* endpoint : endpoints) {
        auto encoder = endpoint->stream({}, {"id", "model", 0});
        std::string out;
        for (const auto& event : once.events) out += encoder->event(event);
        out += once.error.empty() ? encoder->close({})
                                  : encoder->failed({lares::Code::upstream, "x", "y", {}, {}, {}});
        if (!lares::is_utf8(out)) std::abort();
    }
    return 0;
}
