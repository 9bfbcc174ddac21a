#pragma once
// A text as a tree of plain pieces and macros.
#include <string_view>
#include <vector>

namespace lares::prompt::macros {

struct Node {
    // A macro has pieces: what stands between its braces, cut at what is nested. `text` is the plain piece,
    // or the macro as it was written.
    bool is_macro = false;
    std::string_view text;
    std::size_t at = 0;  // in the whole text
    std::vector<Node> pieces;
};

// A "{{" without its "}}" is plain text; so is what is nested deeper than limits::depth, and what follows
// limits::macros macros.
std::vector<Node> parse(std::string_view text);

}  // namespace lares::prompt::macros
