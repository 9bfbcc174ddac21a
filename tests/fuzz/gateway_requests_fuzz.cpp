// Any JSON as a request of each dialect: refused with a field, or written for each provider as JSON.
#include <cstdint>
#include <cstdlib>

#include "gateway/dialects/anthropic/anthropic.h"
#include "gateway/dialects/ollama/ollama.h"
#include "gateway/dialects/openai/openai.h"
#include "gateway/foreign.h"
#include "gateway/providers/codec.h"
#include "gateway/usage/estimate.h"
#include "json/parse.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace lares::gateway;
    const std::string_view sound(reinterpret_cast<const char*>(data), size);
    if (const auto heard = heard_sound(sound, "audio/wav"); heard.likely > heard.most) std::abort();
    if (size < 2) return 0;
    const auto value = lares::json::parse_value({reinterpret_cast<const char*>(data) + 1, size - 1});
    if (!value || !value->is_object()) return 0;
    const Endpoint* const endpoints[] = {
        &openai::chat_completions(), &openai::completions(), &openai::responses(),
        &anthropic::messages(),      &ollama::chat(),        &ollama::generate()};
    const auto asked = endpoints[data[0] % 6]->parse(value->get_object());
    if (!asked) {
        if (asked.error().message.empty()) std::abort();
        return 0;
    }
    for (const auto* codec : {&openai_codec(), &anthropic_codec(), &ollama_codec()})
        for (const auto* quirks : {"openai", "mistral", "deepseek"}) {
            const Target target{.provider = "p",
                                .base_url = "http://x",
                                .model = "m",
                                .key = {},
                                .quirks = &quirks_of(quirks)};
            const auto body = codec->body(asked->request, target);
            if (body && !parse_foreign(*body)) std::abort();
        }
    return 0;
}
