#pragma once
// Finds all of many strings in one pass over a text: Aho and Corasick, "Efficient string matching: an aid to
// bibliographic search" (1975). Nodes lie in breadth-first order, so that the children of one are neighbours;
// the two levels nearest to the root, where a text spends its time, are full tables.
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace lares::prompt::lore {

class Automaton {
public:
    static constexpr std::uint32_t none = 0xffffffff;

    Automaton() = default;
    // Patterns are told apart by their place; none is empty, none is there twice.
    explicit Automaton(const std::vector<std::string_view>& patterns);

    // Calls found(pattern, end) for every occurrence; `end` is the place after its last byte.
    template <class Found>
    void search(std::string_view text, Found&& found) const {
        if (nodes_.empty()) return;
        std::uint32_t state = 0;
        for (std::size_t i = 0; i < text.size(); ++i) {
            state = next(state, static_cast<unsigned char>(text[i]));
            std::uint32_t hit = nodes_[state].pattern != none ? state : nodes_[state].shorter;
            for (; hit != none; hit = nodes_[hit].shorter) found(nodes_[hit].pattern, i + 1);
        }
    }
    std::size_t size_of(std::uint32_t pattern) const { return sizes_[pattern]; }
    std::size_t bytes() const;

private:
    struct Node {
        std::uint32_t first_child = 0;
        std::uint32_t fail = 0;
        std::uint32_t shorter = none;  // the longest proper suffix that is a pattern
        std::uint32_t pattern = none;
        std::uint16_t children = 0;
    };

    std::uint32_t child(std::uint32_t state, unsigned char byte) const;
    std::uint32_t next(std::uint32_t state, unsigned char byte) const {
        while (state > second_level_) {
            const std::uint32_t found = child(state, byte);
            if (found != none) return found;
            state = nodes_[state].fail;
        }
        return tables_[state][byte];
    }
    void lay_out(const std::vector<std::string_view>& patterns);
    void link();

    std::vector<Node> nodes_;
    std::vector<std::uint32_t> sizes_;
    std::vector<unsigned char> labels_;                   // of the edge that leads to the node
    std::vector<std::array<std::uint32_t, 256>> tables_;  // of the nodes 0..second_level_
    std::uint32_t second_level_ = 0;                      // the last node right below the root
};

}  // namespace lares::prompt::lore
