#pragma once
// Reads character cards. Pure: bytes in, a Card or an Error out; every bound is in character::limits.
// Errors are 4xx: `invalid-card` with `field` naming the part ("data.name", "png.tEXt"), `card-too-large`,
// `card-format-unsupported`.
#include <string>
#include <string_view>

#include "base/result.h"
#include "character/model.h"

namespace lares::character {

struct ImportedCard {
    Card card;
    std::string picture;  // the PNG that the card came in or the CHARX has as icon; else empty
    std::string archive;  // the CHARX that the card came in; else empty
};

// A JSON object of V1, V2 or V3.
Result<Card> parse_card_json(std::string_view json);

// A PNG image with the card in a tEXt, zTXt or iTXt chunk: `ccv3` wins over `chara`, the first of a kind
// wins.
Result<Card> parse_card_png(std::string_view png);

// Any of these, told apart by content.
Result<ImportedCard> parse_card_file(std::string file);

// The card with these changes, read and checked as an import is. V1 cards that get fields which V1 lacks
// become V2.
Result<Card> changed_card(const Card& card, const CardChange& change);
// What of it has the shape of one, at most limits::pronunciations.
std::vector<Pronunciation> pronunciations_of(const Card& card);

}  // namespace lares::character
