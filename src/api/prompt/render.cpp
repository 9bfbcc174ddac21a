#include "api/prompt/render.h"

#include <cmath>

#include <boost/json/serialize.hpp>

#include "api/prompt/convert.h"
#include "api/prompt/stable.h"
#include "base/text.h"
#include "character/card.h"
#include "crypto/hash.h"
#include "crypto/random.h"

namespace lares::api {

namespace {

Result<character::Card> card_of(const RenderBody& body) {
    if (body.card_file) {
        auto file = from_base64(*body.card_file);
        if (!file) return invalid_field("card_file", "must be base64");
        LARES_TRY(auto imported, character::parse_card_file(std::move(*file)));
        return std::move(imported.card);
    }
    if (body.card.is_null()) return invalid_field("card", "is required");
    return character::parse_card_json(boost::json::serialize(body.card));
}

struct BookText {
    prompt::lore::Scope scope;
    std::string path;
    std::string json;
};

std::vector<BookText> book_texts(const RenderBody& body, const character::Card& card) {
    using prompt::lore::Scope;
    std::vector<BookText> texts;
    const auto add = [&](Scope scope, const std::vector<boost::json::value>& books) {
        for (std::size_t i = 0; i < books.size(); ++i) {
            std::string path =
                "books." + std::string(prompt::lore::to_text(scope)) + "[" + std::to_string(i) + "]";
            texts.push_back({scope, std::move(path), boost::json::serialize(books[i])});
        }
    };
    add(Scope::global, body.books.global);
    add(Scope::chat, body.books.chat);
    add(Scope::persona, body.books.persona);
    add(Scope::space, body.books.space);
    if (body.books.embedded && !card.character_book.empty())
        texts.push_back({Scope::character, "card.data.character_book", card.character_book});
    return texts;
}

Result<std::vector<prompt::lore::Book>> parse_books(const std::vector<BookText>& texts) {
    std::vector<prompt::lore::Book> books;
    for (const auto& text : texts) {
        LARES_TRY(auto book, character::parse_lorebook_text(text.json, text.path));
        std::string name = book.name;
        books.push_back(
            {text.scope, std::move(name), std::make_shared<const character::Lorebook>(std::move(book))});
    }
    return books;
}

std::string digest_of(const std::vector<BookText>& texts) {
    std::string all;
    for (const auto& text : texts) {
        all += to_text(text.scope);
        all += ' ' + std::to_string(text.json.size()) + ' ' + text.json;
    }
    return crypto::sha256(all);
}

prompt::CountTokens by_words(RenderCounterBody rule) {
    return [rule](const gateway::ChatMessage& message) -> Result<std::size_t> {
        std::size_t words = 0;
        bool inside = false;
        for (const char c : message.content) {
            const bool space = c == ' ' || (c >= '\t' && c <= '\r');
            words += !space && !inside;
            inside = !space;
        }
        return static_cast<std::size_t>(std::ceil(rule.word * static_cast<double>(words) + rule.message));
    };
}

std::uint64_t new_seed() {
    const std::string bytes = crypto::random_bytes(8);
    std::uint64_t seed = 0;
    for (const char c : bytes) seed = (seed << 8) | static_cast<unsigned char>(c);
    return seed;
}

}  // namespace

Result<RenderAnswer> render_prompt(const RenderBody& body, const RenderTools& tools) {
    LARES_TRY(const auto card, card_of(body));
    prompt::RenderInput input;
    input.card = &card;
    input.persona = persona_of(body.persona);
    input.settings = settings_of(body.settings);
    input.settings.lore.compile.v3 = body.layout == RenderLayout::stable;
    const auto texts = book_texts(body, card);
    std::shared_ptr<const prompt::lore::BookSet> books;
    if (!texts.empty()) {
        LARES_TRY(books, tools.library.get(digest_of(texts), input.settings.lore.compile,
                                           [&] { return parse_books(texts); }));
    }
    input.books = books.get();
    if (body.greeting_index) input.greeting_index = static_cast<std::size_t>(*body.greeting_index);
    input.chat = chat_of(body.chat);
    input.message = body.message;
    input.kind = static_cast<prompt::TurnKind>(body.type);
    LARES_TRY(input.state, state_of(body.state));
    if (body.state.seed.empty()) input.state.seed = new_seed();
    input.count = body.model ? tools.counter_of(*body.model) : by_words(body.counter);
    input.now_ms = body.now.value_or(tools.now_ms);
    input.settings.place = {body.time_zone, body.locale};
    input.model = body.model.value_or("");
    if (body.layout == RenderLayout::stable) return render_stable(input, body.settings);
    LARES_TRY(auto made, prompt::render(input));
    if (books)
        made.warnings.insert(made.warnings.begin(), books->warnings().begin(), books->warnings().end());
    return to_wire(std::move(made));
}

}  // namespace lares::api
