// Any bytes as a CHARX archive: what is read from it is bounded, errors name their part, and an archive that
// is read can be written again with its files.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "character/card.h"
#include "character/charx.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace lares::character;
    const std::string_view archive(reinterpret_cast<const char*>(data), size);
    const auto card = read_charx_card(archive);
    if (!card) {
        if (card.error().code == lares::Code::internal || card.error().field.empty()) std::abort();
        return 0;
    }
    if (card->size() > limits::card_bytes || !parse_card_json(*card)) return 0;
    (void)read_charx_picture(archive, *card);
    const auto again = write_charx(*card, {}, archive);
    if (again && read_charx_card(*again).value() != *card) std::abort();
    return 0;
}
