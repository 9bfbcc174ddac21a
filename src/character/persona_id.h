#pragma once
// The id of a persona, for those who name one without reading it.
#include <string_view>

#include "base/id.h"

namespace lares::character {

struct PersonaTag {
    static constexpr std::string_view kind = "persona";
};
using PersonaId = Id<PersonaTag>;

}  // namespace lares::character
