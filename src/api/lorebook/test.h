#pragma once
// What POST /lorebooks/test does with what was read, without HTTP.
#include <optional>
#include <string>
#include <vector>

#include "api/lorebook/model.h"
#include "chat/journal.h"
#include "prompt/lore/book_set.h"
#include "prompt/prompt.h"

namespace lares::api {

struct LoreTest {
    struct Book {
        prompt::lore::Scope scope = prompt::lore::Scope::global;
        std::optional<character::LorebookId> id;
        character::Lorebook book;
    };
    std::vector<Book> books;
    std::optional<character::Card> card;  // of the conversation; its own book wakes too
    std::vector<chat::Said> said;         // oldest first
    std::optional<chat::ConversationId> conversation;
};

// Tokens are those of the default model; without one, a quarter of the bytes.
Result<LoreTestAnswer> run_lore_test(LoreTest test, const LoreTestBody& body, prompt::CountTokens count);

// Keys that look like a regular expression and are searched as text.
Result<std::vector<std::string>> key_warnings(character::Lorebook book);

}  // namespace lares::api
