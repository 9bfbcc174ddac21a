// Any bytes as a card's JSON: what is accepted has a clean name, keeps its text but for
// halves of surrogate pairs, and reads again as the same.
#include <cstdint>
#include <cstdlib>

#include "base/text.h"
#include "character/card.h"
#include "json/parse.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace lares;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto card = character::parse_card_json(text);
    if (!card) {
        if (card.error().code == Code::internal || card.error().field.empty()) std::abort();
        return 0;
    }
    if (card->name.empty() || !is_utf8(card->name)) std::abort();
    const auto mended = json::without_lone_surrogates(text);
    if (!std::string_view(mended.empty() ? text : mended).ends_with(card->original)) std::abort();
    const auto again = character::parse_card_json(card->original);
    if (!again || again->name != card->name || again->extensions != card->extensions) std::abort();
    return 0;
}
