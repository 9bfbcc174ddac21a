#pragma once
// {{char}}, {{user}}, {{original}} and comments in texts of a card. One pass: what a macro yields is never
// read again, so that no text can smuggle in another macro. Names ignore case and white space; unknown macros
// stay.
#include <optional>
#include <string>
#include <string_view>

namespace lares::prompt {

struct MacroValues {
    std::string_view character;
    std::string_view user;
    std::optional<std::string_view>
        original;  // the text that this one replaces; expands once, then to nothing
};

// Also <BOT>, <CHAR> and <USER>, as old cards write them; {{// comments}} vanish.
std::string expand_macros(std::string_view text, const MacroValues& values);

}  // namespace lares::prompt
