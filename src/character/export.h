#pragma once
// Writes a character as a file that other programs read. What the card holds beside the fields of its version
// (unknown fields, extensions) goes along, whatever the form. Pure: values in, bytes out.
#include <string>
#include <string_view>

#include "base/result.h"
#include "character/model.h"

namespace lares::character {

enum class Format : std::uint8_t { json, png, charx };

struct ExportedFile {
    std::string name;  // safe as a file name: letters, digits, '-', '_', and the extension
    std::string media_type;
    std::string bytes;
};

// The card in that version of the specification. The version that it came in is answered as it came, byte for
// byte; else fields that the version demands and the card lacks are added empty.
std::string card_json_as(const Card& card, Spec spec);

// picture: the PNG of the character or empty, then a plain one is drawn; archive: the CHARX that it came in
// or empty. A PNG carries the card twice, `chara` (V2) and `ccv3` (V3), whatever `spec`; a CHARX is V3
// always.
Result<ExportedFile> export_card(const Card& card, Format format, Spec spec, std::string_view picture,
                                 std::string_view archive);

}  // namespace lares::character
