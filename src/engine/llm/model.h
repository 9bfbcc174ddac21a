#pragma once
// A loaded model: its weights, its vocabulary and its own chat template. Const calls are safe from any
// thread.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/llm/types.h"

struct llama_model;
struct llama_vocab;

namespace lares::engine::llm {

// What a prompt was tokenised from, for the next one of the same chat: that is the same text and a little
// more.
class Runs {
public:
    void begin();  // of a prompt; of what was known, only that which it has too is kept
    template <class Tokenize>
    const std::vector<Token>& of(const std::string& text, Tokenize tokenize) {
        if (const auto now = now_.find(text); now != now_.end()) return now->second;
        if (auto known = before_.extract(text)) return now_.insert(std::move(known)).position->second;
        return now_.emplace(text, tokenize(text)).first->second;
    }

private:
    std::unordered_map<std::string, std::vector<Token>> now_, before_;
};

class Model {
public:
    // Blocks. `progress` is called with 0..1 and answers false to give up. Errors: unprocessable
    // "model-broken".
    static Result<std::shared_ptr<const Model>> load(const std::string& file,
                                                     const std::function<bool(float)>& progress);
    ~Model();

    // The template is rendered around unguessable marks, then the marks are replaced by the contents: what
    // stands in a content can never become a special token. The first `shared_messages` are the card's.
    // Errors: unprocessable "template-refused" (the template does not take these roles in this order).
    // `known`: of an earlier prompt of the same chat and this model, or null.
    Result<Prompt> prompt(const std::vector<Message>& messages, std::size_t shared_messages,
                          Runs* known = nullptr) const;

    // What the template writes behind an answer before it has what the person says next, as far as that is
    // the same whatever they say.
    const std::vector<Token>& behind_an_answer() const;

    std::vector<Token> tokenize(std::string_view text) const;  // plain text: no special token comes out
    std::string piece(Token token) const;  // bytes, maybe half a code point; special ones: empty
    bool ends_turn(Token token) const;
    bool is_special(Token token) const;

    // JSON Schema → GBNF. Errors: bad_request "invalid-schema".
    Result<std::string> grammar(const std::string& json_schema) const;

    std::uint32_t vocabulary() const;  // number of tokens
    std::uint32_t trained_context() const;
    std::uint32_t attention_heads() const;
    std::uint64_t bytes_per_cell() const;  // of the KV cache at f16, an estimate for budgets
    // False: the memory keeps less than every position (sliding window, recurrent), so that a saved chat is
    // only good as a whole.
    bool keeps_all_positions() const;
    const std::string& file() const;
    ::llama_model* handle() const;
    const ::llama_vocab* vocabulary_handle() const;

private:
    Model();
    std::vector<Token> find_behind_an_answer() const;
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace lares::engine::llm
