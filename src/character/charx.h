#pragma once
// CHARX, the archive form of a V3 card: a ZIP with `card.json` and the files that its `assets` name as
// `embeded://PATH`. Source: the Character Card V3 specification. Archives are read in memory; nothing in them
// becomes a file name here.
#include <string>
#include <string_view>

#include "base/result.h"

namespace lares::character {

bool is_zip(std::string_view bytes);  // by signature

// Errors of both: bad_request "invalid-card" with field "charx.…"; too_large "card-too-large".
Result<std::string> read_charx_card(std::string_view bytes);

// The icon of this card, which was read and found good: a PNG; empty when there is none or it is no PNG.
Result<std::string> read_charx_picture(std::string_view bytes, std::string_view card_json);

// An archive of this card; its picture, a PNG or empty, becomes the main icon. `base` is the archive that the
// card came in, or empty: its other files are kept.
Result<std::string> write_charx(std::string_view card_json, std::string_view picture, std::string_view base);

}  // namespace lares::character
