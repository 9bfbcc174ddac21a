#include "prompt/dialogue.h"

#include "base/text.h"

namespace lares::prompt {

namespace {

constexpr std::string_view start_mark = "<START>";

std::size_t find_start(std::string_view text, std::size_t from) {
    for (std::size_t at = text.find('<', from); at != text.npos; at = text.find('<', at + 1)) {
        if (equal_ignoring_case(text.substr(at, start_mark.size()), start_mark)) return at;
    }
    return text.npos;
}

}  // namespace

std::vector<std::string> dialogue_blocks(std::string_view examples) {
    std::vector<std::string> blocks;
    if (examples.empty() || examples == start_mark) return blocks;
    std::string marked;
    if (!examples.starts_with(start_mark)) {
        marked = std::string(start_mark) + "\n" + std::string(trim(examples));
        examples = marked;
    }
    for (std::size_t at = find_start(examples, 0); at != examples.npos;) {
        const std::size_t next = find_start(examples, at + start_mark.size());
        const std::size_t begin = at + start_mark.size();
        const std::string_view block =
            trim(examples.substr(begin, next == examples.npos ? next : next - begin));
        blocks.push_back(std::string(start_mark) + "\n" + std::string(block) + "\n");
        at = next;
    }
    return blocks;
}

Dialogue read_dialogue(std::string_view block, std::string_view user, std::string_view character) {
    enum class Speaker { none, user, character } speaker = Speaker::none;
    const std::string of_user = std::string(user) + ":", of_character = std::string(character) + ":";
    Dialogue dialogue;
    std::string lines;
    bool empty = true;
    const auto flush = [&] {
        const std::string& name = speaker == Speaker::user ? of_user : of_character;
        if (const std::size_t at = lines.find(name); at != lines.npos) lines.erase(at, name.size());
        dialogue.push_back({speaker == Speaker::user, std::string(trim(lines))});
        lines.clear();
        empty = true;
    };
    std::size_t at = std::min(block.find('\n'), block.size() - 1) + 1;  // the first line is the mark
    for (;;) {
        const std::size_t end = block.find('\n', at);
        const std::string_view line = block.substr(at, end == block.npos ? end : end - at);
        if (line.starts_with(of_user)) {
            if (speaker == Speaker::character) flush();
            speaker = Speaker::user;
        } else if (line.starts_with(of_character)) {
            if (speaker == Speaker::user) flush();
            speaker = Speaker::character;
        }
        if (!empty) lines += '\n';
        empty = false;
        lines += line;
        if (end == block.npos) break;
        at = end + 1;
    }
    if (speaker != Speaker::none) flush();
    return dialogue;
}

}  // namespace lares::prompt
