#include "turn/card_companion.h"

#include <algorithm>

#include "character/card.h"
#include "crypto/hash.h"
#include "observe/log.h"

namespace lares::turn {

namespace {

constexpr std::uint32_t reply_tokens_min = 512;  // the same in every usual turn, so that the prefix stays

struct Material {
    character::Character character;
    prompt::Persona persona;
    std::string main_prompt;
    OwnerId listener;
    CardCompanions::Choices choices;
};

gateway::ModelInfo default_model(gateway::Provider& provider) {
    auto models = provider.models();
    const auto found = std::ranges::find(models, true, &gateway::ModelInfo::is_default);
    return found == models.end() ? gateway::ModelInfo{} : std::move(*found);
}

// The companion's first message was said before anybody else spoke.
std::optional<std::string> take_greeting(std::vector<chat::Said>& said) {
    if (said.empty() || said.front().role != chat::Role::assistant || said.front().parent) return "";
    auto greeting = std::move(said.front().text);
    said.erase(said.begin());
    return greeting;
}

// Templates want the roles to alternate, so a message that got no answer goes with the next one. `ids`: of
// the first message of each.
std::vector<prompt::Said> history_of(std::vector<chat::Said> said, const std::string& model,
                                     std::vector<chat::MessageId>& ids) {
    std::vector<prompt::Said> history;
    for (auto& one : said) {
        if (one.text.empty()) continue;
        const auto role = one.role == chat::Role::user ? gateway::Role::user : gateway::Role::assistant;
        if (!history.empty() && history.back().role == role) {
            history.back().text += "\n\n" + one.text;
            history.back().tokens.clear();
            continue;
        }
        if (one.model != model) one.tokens.clear();
        ids.push_back(one.id);
        history.push_back({role, std::move(one.text), std::move(one.tokens)});
    }
    return history;
}

constexpr std::int64_t lore_depth = 4;  // messages searched for keys, where the book does not say

struct Lore {
    std::shared_ptr<const prompt::lore::BookSet> books;
    prompt::lore::ScanSettings settings;
};

// The card's own book. One that cannot be read wakes nothing: the card was taken all the same.
Lore lore_of(const character::Card& card, prompt::lore::Library& library, std::size_t room) {
    if (card.character_book.empty()) return {};
    const auto read = [&card]() -> Result<std::vector<prompt::lore::Book>> {
        LARES_TRY(auto book, character::parse_lorebook_text(card.character_book));
        std::string name = book.name;
        std::vector<prompt::lore::Book> books;
        books.push_back({prompt::lore::Scope::character, std::move(name),
                         std::make_shared<const character::Lorebook>(std::move(book))});
        return books;
    };
    prompt::lore::CompileOptions options;
    options.v3 = true;
    auto books = library.get(crypto::sha256(card.character_book), options, read);
    if (!books) return {};
    Lore lore{std::move(*books), {}};
    const auto& asked = *lore.books->books().front().book;
    lore.settings.scan_depth = std::clamp<std::int64_t>(asked.scan_depth.value_or(lore_depth), 0, 64);
    lore.settings.recursive = asked.recursive;
    lore.settings.budget = std::max<std::size_t>(1, room / 4);
    if (asked.token_budget && *asked.token_budget > 0)
        lore.settings.budget = std::min(lore.settings.budget, static_cast<std::size_t>(*asked.token_budget));
    return lore;
}

std::uint64_t seed_of(const chat::ConversationId& conversation) {
    return static_cast<std::uint64_t>(prompt::lore::chance(0, "conversation", conversation.text(), 0) *
                                      0x1p53);
}

// A branch whose beginning is no longer read has nothing to replay from: where its last prompt began is known
// from that prompt. After a restart the next one begins anew.
std::size_t begin_of(Beginnings& beginnings, const chat::Context& context,
                     const std::vector<chat::MessageId>& ids) {
    const auto known = beginnings.find(context.conversation.id);
    const auto at = known ? std::ranges::find(ids, *known) : ids.end();
    return at == ids.end() ? 0 : static_cast<std::size_t>(at - ids.begin());
}

class CardCompanion final : public Companion {
public:
    CardCompanion(std::shared_ptr<const Material> material, gateway::Provider& provider, async::Pool& compute,
                  prompt::TokenCounter& counter, prompt::lore::Library& library,
                  std::shared_ptr<Beginnings> beginnings)
        : material_(std::move(material)),
          provider_(provider),
          compute_(compute),
          counter_(counter),
          library_(library),
          beginnings_(std::move(beginnings)) {}

    chat::NewConversation opening() const override {
        const auto& character = material_->character;
        return {character.id, character.card.name, prompt::greeting(character.card, material_->persona)};
    }

    Task<Result<gateway::ChatRequest>> prompt(chat::Context context, chat::Begin,
                                              std::uint32_t max_tokens) override {
        const auto model = default_model(provider_);
        auto count = counter_.of(model.id);
        auto build = [material = material_, beginnings = beginnings_, model, library = &library_,
                      count = std::move(count), max_tokens, context = std::move(context)]() mutable {
            return built(*material, *beginnings, model, std::move(count), *library, max_tokens,
                         std::move(context));
        };
        co_return co_await compute_.run(std::move(build));
    }

    // A voice that cannot be chosen is the default one: the answer is worth more.
    Task<voice::Choice> voice() override {
        const auto material = material_;
        auto chosen = co_await material->choices(material->listener, material->character.id);
        auto choice = chosen ? std::move(*chosen) : voice::Choice();
        if (!chosen) log::warn("a voice was not chosen", {{"error", chosen.error().type}});
        for (auto& each : character::pronunciations_of(material->character.card))
            choice.pronunciations.push_back(
                {std::move(each.word), std::move(each.phonemes), std::move(each.respelling)});
        co_return choice;
    }

private:
    static Result<gateway::ChatRequest> built(const Material& material, Beginnings& beginnings,
                                              const gateway::ModelInfo& model, prompt::CountTokens count,
                                              prompt::lore::Library& library, std::uint32_t max_tokens,
                                              chat::Context context) {
        const auto& character = material.character;
        prompt::Input input;
        input.card = &character.card;
        input.persona = material.persona;
        input.main = material.main_prompt;
        const bool whole = context.said.empty() || !context.said.front().parent;
        input.greeting = take_greeting(context.said);
        std::vector<chat::MessageId> ids;
        input.history = history_of(std::move(context.said), model.id, ids);
        if (!whole) input.history_from = begin_of(beginnings, context, ids);
        input.context_tokens = model.context_tokens;
        input.reply_tokens =
            std::min(std::max(max_tokens, reply_tokens_min), std::max(model.context_tokens / 2, 1U));
        input.count = std::move(count);
        input.seed = seed_of(context.conversation.id);
        input.began_ms = context.conversation.created;
        const Lore lore = lore_of(character.card, library, input.context_tokens - input.reply_tokens);
        input.books = lore.books.get();
        input.lore = lore.settings;
        LARES_TRY(auto prompt, prompt::build(input));
        if (!whole && prompt.history_from < ids.size())
            beginnings.keep(context.conversation.id, ids[prompt.history_from]);
        gateway::ChatRequest request;
        request.model = model.id;
        request.messages = std::move(prompt.messages);
        request.shared_prefix = prompt.shared_prefix;
        // Chats with a public card share its cache; a private card's is its owner's alone.
        request.prefix_scope = character.visibility == character::Visibility::everyone || !character.owner
                                   ? "public"
                                   : character.owner->text();
        // The model shall not speak for the person.
        request.stop = {"\n" + material.persona.name + ":"};
        return request;
    }

    std::shared_ptr<const Material> material_;
    gateway::Provider& provider_;
    async::Pool& compute_;
    prompt::TokenCounter& counter_;
    prompt::lore::Library& library_;
    std::shared_ptr<Beginnings> beginnings_;
};

}  // namespace

std::optional<chat::MessageId> Beginnings::find(chat::ConversationId conversation) {
    std::lock_guard lock(mutex_);
    const auto found = by_conversation_.find(conversation);
    if (found == by_conversation_.end()) return std::nullopt;
    return found->second;
}

void Beginnings::keep(chat::ConversationId conversation, chat::MessageId first) {
    std::lock_guard lock(mutex_);
    if (by_conversation_.size() >= kept_max && !by_conversation_.contains(conversation))
        by_conversation_.erase(by_conversation_.begin());
    by_conversation_[conversation] = first;
}

CardCompanions::CardCompanions(character::Service& characters, gateway::Provider& provider,
                               async::Pool& compute, Personas personas, Choices choices,
                               std::string main_prompt)
    : characters_(characters),
      provider_(provider),
      compute_(compute),
      personas_(std::move(personas)),
      choices_(std::move(choices)),
      main_prompt_(std::move(main_prompt)),
      counter_(provider) {}

Task<Result<std::unique_ptr<Companion>>> CardCompanions::find(OwnerId owner, chat::CharacterId character) {
    auto material = std::make_shared<Material>();
    LARES_CO_TRY(material->character, co_await characters_.get(owner, character));
    LARES_CO_TRY(material->persona, co_await personas_(owner));
    material->main_prompt = main_prompt_;
    material->listener = owner;
    material->choices = choices_;
    co_return std::make_unique<CardCompanion>(std::move(material), provider_, compute_, counter_, library_,
                                              beginnings_);
}

}  // namespace lares::turn
