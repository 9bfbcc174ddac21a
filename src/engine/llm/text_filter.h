#pragma once
// From generated tokens to text that may be shown: code points are whole, a stop string never gets out, and a
// token's id is told only when its text is out, so that ids and text can be kept together.
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "engine/llm/types.h"

namespace lares::engine::llm {

class TextFilter {
public:
    explicit TextFilter(std::vector<std::string> stops);

    // Appends to text and tokens what is certain now. True: a stop string came; what follows it is dropped.
    bool push(Token token, std::string_view bytes, std::string& text, std::vector<Token>& tokens);

    // No more tokens: what was held back for a stop string comes out; half a code point does not.
    void finish(std::string& text, std::vector<Token>& tokens);

private:
    struct Pending {
        Token token;
        std::size_t end;  // of its bytes, counted from the start of held_
    };
    std::size_t possible_stop() const;  // length of the longest end of held_ that begins a stop string
    void release(std::size_t bytes, bool all, std::string& text, std::vector<Token>& tokens);

    std::vector<std::string> stops_;
    std::string held_;
    std::deque<Pending> pending_;
};

}  // namespace lares::engine::llm
