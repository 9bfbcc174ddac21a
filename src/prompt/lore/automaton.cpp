#include "prompt/lore/automaton.h"

#include <algorithm>
#include <numeric>

namespace lares::prompt::lore {

Automaton::Automaton(const std::vector<std::string_view>& patterns) {
    if (patterns.empty()) return;
    for (const auto pattern : patterns) sizes_.push_back(static_cast<std::uint32_t>(pattern.size()));
    lay_out(patterns);
    link();
}

// Breadth first over the sorted patterns: a node is the range of patterns that start with it.
void Automaton::lay_out(const std::vector<std::string_view>& patterns) {
    std::vector<std::uint32_t> sorted(patterns.size());
    std::iota(sorted.begin(), sorted.end(), 0U);
    std::ranges::sort(sorted, {}, [&](std::uint32_t i) { return patterns[i]; });
    struct Range {
        std::uint32_t begin, end, depth;
    };
    std::vector<Range> ranges{{0, static_cast<std::uint32_t>(sorted.size()), 0}};
    nodes_.emplace_back();
    labels_.push_back(0);
    for (std::size_t at = 0; at < ranges.size(); ++at) {
        auto [begin, end, depth] = ranges[at];
        if (begin < end && patterns[sorted[begin]].size() == depth) nodes_[at].pattern = sorted[begin++];
        nodes_[at].first_child = static_cast<std::uint32_t>(nodes_.size());
        while (begin < end) {
            const char label = patterns[sorted[begin]][depth];
            std::uint32_t stop = begin + 1;
            while (stop < end && patterns[sorted[stop]][depth] == label) ++stop;
            ranges.push_back({begin, stop, depth + 1});
            nodes_.emplace_back();
            labels_.push_back(static_cast<unsigned char>(label));
            ++nodes_[at].children;
            begin = stop;
        }
        if (at == 0) second_level_ = static_cast<std::uint32_t>(nodes_.size() - 1);
    }
    tables_.resize(second_level_ + 1);
}

std::uint32_t Automaton::child(std::uint32_t state, unsigned char byte) const {
    const Node& node = nodes_[state];
    for (std::uint32_t i = node.first_child; i < node.first_child + node.children; ++i) {
        if (labels_[i] == byte) return i;
    }
    return none;
}

// A node's fail link leads to the longest proper suffix that is in the trie; nearer nodes have theirs first.
void Automaton::link() {
    for (unsigned byte = 0; byte < 256; ++byte) {
        const std::uint32_t found = child(0, static_cast<unsigned char>(byte));
        tables_[0][byte] = found == none ? 0 : found;
    }
    for (std::uint32_t state = 0; state < nodes_.size(); ++state) {
        const Node node = nodes_[state];
        if (state > 0 && state <= second_level_) {
            for (unsigned byte = 0; byte < 256; ++byte) {
                const std::uint32_t found = child(state, static_cast<unsigned char>(byte));
                tables_[state][byte] = found == none ? tables_[0][byte] : found;
            }
        }
        for (std::uint32_t i = node.first_child; i < node.first_child + node.children; ++i) {
            const std::uint32_t fail = state == 0 ? 0 : next(node.fail, labels_[i]);
            nodes_[i].fail = fail;
            nodes_[i].shorter = nodes_[fail].pattern != none ? fail : nodes_[fail].shorter;
        }
    }
}

std::size_t Automaton::bytes() const {
    return nodes_.size() * (sizeof(Node) + 1) + tables_.size() * sizeof(tables_[0]);
}

}  // namespace lares::prompt::lore
