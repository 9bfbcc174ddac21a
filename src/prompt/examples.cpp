#include "prompt/examples.h"

#include <optional>

#include "base/text.h"

namespace lares::prompt {

namespace {

using gateway::Role;

struct Speaker {
    std::string_view prefix;
    Role role;
};

std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

// "Name: words" → the role, with "words" left in the line. Judged before macros are expanded: a name that a
// text contains decides nothing.
std::optional<Role> take_speaker(std::string_view& line, const MacroValues& values) {
    const Speaker speakers[] = {{"{{user}}", Role::user},           {"<user>", Role::user},
                                {"{{char}}", Role::assistant},      {"<bot>", Role::assistant},
                                {"<char>", Role::assistant},        {values.user, Role::user},
                                {values.character, Role::assistant}};
    for (const auto& speaker : speakers) {
        const std::size_t length = speaker.prefix.size();
        if (length == 0 || line.size() <= length || line[length] != ':') continue;
        if (!equal_ignoring_case(line.substr(0, length), speaker.prefix)) continue;
        line = trim(line.substr(length + 1));
        return speaker.role;
    }
    return std::nullopt;
}

void add_line(ExampleBlock& block, Role role, std::string_view line, const MacroValues& values) {
    if (block.empty() || block.back().role != role) block.push_back({role, {}, {}});
    std::string& content = block.back().content;
    if (!content.empty()) content.push_back('\n');
    content += expand_macros(line, values);
}

void close(std::vector<ExampleBlock>& blocks, ExampleBlock& block) {
    std::erase_if(block, [](const auto& message) { return trim(message.content).empty(); });
    for (auto& message : block) message.content = std::string(trim(message.content));
    if (!block.empty()) blocks.push_back(std::move(block));
    block.clear();
}

}  // namespace

std::vector<ExampleBlock> read_examples(std::string_view text, const MacroValues& values) {
    std::vector<ExampleBlock> blocks;
    ExampleBlock block;
    Role role = Role::assistant;
    while (!text.empty()) {
        std::string_view line = take_line(text);
        if (equal_ignoring_case(trim(line), "<start>")) {
            close(blocks, block);
            role = Role::assistant;
            continue;
        }
        if (const auto speaker = take_speaker(line, values)) role = *speaker;
        add_line(block, role, line, values);
    }
    close(blocks, block);
    return blocks;
}

}  // namespace lares::prompt
