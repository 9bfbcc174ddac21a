#include "prompt/macros/parse.h"

#include <algorithm>

#include "prompt/macros/engine.h"

namespace lares::prompt::macros {

namespace {

// Which "{{" has which "}}": found in one pass, so that a text of nothing but braces costs no more than its
// length.
std::vector<std::size_t> closings(std::string_view text) {
    std::vector<std::size_t> closing(text.size(), std::string_view::npos);
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i + 1 < text.size();) {
        if (text[i] == '{' && text[i + 1] == '{') {
            std::size_t run = 2;
            while (i + run < text.size() && text[i + run] == '{') ++run;
            if (run % 2 != 0) ++i;  // "{{{name}}}" is a macro in braces
            for (std::size_t pair = run / 2; pair > 0; --pair, i += 2) open.push_back(i);
        } else if (text[i] == '}' && text[i + 1] == '}' && !open.empty()) {
            closing[open.back()] = i;
            open.pop_back();
            i += 2;
        } else {
            ++i;
        }
    }
    return closing;
}

class Parser {
public:
    explicit Parser(std::string_view text) : text_(text), closing_(closings(text)) {}

    std::vector<Node> range(std::size_t begin, std::size_t end, std::size_t depth) {
        std::vector<Node> nodes;
        std::size_t plain = begin;
        const auto flush = [&](std::size_t until) {
            if (until > plain) nodes.push_back({false, text_.substr(plain, until - plain), plain, {}});
        };
        for (std::size_t at = begin; at + 1 < end;) {
            const bool opens = text_[at] == '{' && text_[at + 1] == '{';
            const std::size_t close = opens ? closing_[at] : std::string_view::npos;
            if (close == std::string_view::npos || close + 2 > end || depth >= limits::depth ||
                macros_ == limits::macros) {
                ++at;
                continue;
            }
            ++macros_;
            flush(at);
            nodes.push_back({true, text_.substr(at, close + 2 - at), at, range(at + 2, close, depth + 1)});
            at = plain = close + 2;
        }
        flush(end);
        return nodes;
    }

private:
    std::string_view text_;
    std::vector<std::size_t> closing_;
    std::size_t macros_ = 0;
};

}  // namespace

std::vector<Node> parse(std::string_view text) {
    return Parser(text).range(0, text.size(), 0);
}

}  // namespace lares::prompt::macros
