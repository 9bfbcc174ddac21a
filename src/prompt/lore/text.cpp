#include "prompt/lore/text.h"

#include <algorithm>

#include <unicode/locid.h>
#include <unicode/unistr.h>

#include "base/text.h"

namespace lares::prompt::lore {

std::string lower(std::string_view utf8) {
    if (std::ranges::all_of(utf8, [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
        return to_lower_ascii(utf8);
    }
    std::string lowered;
    icu::UnicodeString::fromUTF8({utf8.data(), static_cast<int32_t>(utf8.size())})
        .toLower(icu::Locale::getRoot())
        .toUTF8String(lowered);
    return lowered;
}

bool contains(std::string_view text, std::string_view needle, bool whole_word) {
    if (needle.empty()) return true;
    for (std::size_t at = text.find(needle); at != std::string_view::npos; at = text.find(needle, at + 1)) {
        if (!whole_word || stands_alone(text, at, needle.size())) return true;
    }
    return false;
}

}  // namespace lares::prompt::lore
