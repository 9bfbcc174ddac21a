#include "turn/card_companion.h"

#include <algorithm>

#include "async/together.h"
#include "base/text.h"
#include "character/card.h"
#include "crypto/hash.h"
#include "observe/log.h"

namespace lares::turn {

namespace {

constexpr std::uint32_t reply_tokens_min = 512;  // the same in every usual turn, so that the prefix stays

// Of models elsewhere: what one takes of which that is not known, and the most that is sent, since it is paid
// for with every message.
constexpr std::uint32_t unknown_context = 8'192;
constexpr std::uint32_t outside_context_max = 32'768;

static_assert(prompt::greeting_code_points_max == chat::Limits::message_code_points_max);

constexpr std::size_t shown_max = 6;  // pictures and PDFs in one prompt
constexpr std::size_t shown_bytes_max = 16 * 1024 * 1024;
constexpr std::uint32_t picture_tokens = 1'600;    // the most that one counts for at any provider
constexpr std::uint32_t document_tokens = 20'000;  // room for a PDF; how many pages it has is not known

struct Material {
    character::Character character;
    prompt::Persona persona;
    std::optional<character::Persona> usual;  // the listener's default one, which `persona` is then
    std::string main_prompt;
    OwnerId listener;
    CardCompanions::Choices choices;
    std::string model;  // that the listener chose for all chats; empty: the server's default
};

// One that is no longer there is asked all the same: who chose it is told so.
gateway::ModelInfo model_of(gateway::Provider& provider, const std::string& name) {
    gateway::ModelInfo none;
    none.id = name;
    auto model = provider.find_model(name).value_or(none);
    if (model.provider == "local") return model;
    if (model.context_tokens == 0) model.context_tokens = unknown_context;
    model.context_tokens = std::min(model.context_tokens, outside_context_max);
    return model;
}

// The companion's first message was said before anybody else spoke.
std::optional<std::string> take_greeting(std::vector<chat::Said>& said) {
    if (said.empty() || said.front().role != chat::Role::assistant || said.front().parent ||
        said.front().narrator)
        return "";
    auto greeting = said.front().hidden ? std::string() : std::move(said.front().text);
    said.erase(said.begin());
    return greeting;
}

// What a message carries stands in words below it, for every model alike.
void describe_files(std::vector<chat::Said>& said) {
    for (auto& one : said)
        for (const auto& file : one.files) {
            if (!one.text.empty()) one.text += "\n\n";
            one.text += chat::described(file);
        }
}

// What a model may get as it is, beside the words that tell of it.
bool can_show(const chat::Attachment& about) {
    return about.kind != chat::AttachmentKind::text;
}
bool takes(const gateway::ModelInfo& model, const chat::Attachment& about) {
    return about.kind == chat::AttachmentKind::image ? model.sees_images
                                                     : can_show(about) && model.reads_documents;
}

// Room for what is shown: of the newest, as many as are shown at most.
std::uint32_t room_for_files(const gateway::ModelInfo& model, const std::vector<chat::Said>& said) {
    std::uint32_t tokens = 0;
    std::size_t shown = 0;
    for (auto one = said.rbegin(); one != said.rend(); ++one)
        for (const auto& file : one->files) {
            if (one->hidden || shown == shown_max || !takes(model, file.about)) continue;
            tokens += file.about.kind == chat::AttachmentKind::image ? picture_tokens : document_tokens;
            ++shown;
        }
    return tokens;
}

bool shows_files(const chat::Said& said) {
    return std::ranges::any_of(said.files, [](const auto& file) { return can_show(file.about); });
}

void add_files(const chat::Said& said, std::vector<chat::Attachment>& to) {
    for (const auto& file : said.files)
        if (can_show(file.about)) to.push_back(file.about);
}

// Templates want the roles to alternate, so a message that got no answer goes with the next one. `ids`: of
// the first message of each.
std::vector<prompt::Said> history_of(std::vector<chat::Said> said, const std::string& model,
                                     ChatLines& lines) {
    auto& ids = lines.ids;
    std::vector<prompt::Said> history;
    for (auto& one : said) {
        if (one.text.empty() || one.hidden) continue;
        // A narrator's line goes with the person's.
        const bool of_person = one.role == chat::Role::user || one.narrator;
        const auto role = of_person ? gateway::Role::user : gateway::Role::assistant;
        const bool joins = !history.empty() && history.back().role == role;
        if (shows_files(one)) add_files(one, lines.files[joins ? ids.back().text() : one.id.text()]);
        if (joins) {
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

// A branch whose beginning is no longer read has nothing to replay from: where its last prompt began is known
// from that prompt. After a restart the next one begins anew.
std::size_t begin_of(Beginnings& beginnings, const chat::Context& context,
                     const std::vector<chat::MessageId>& ids) {
    const auto known = beginnings.find(context.conversation.id);
    const auto at = known ? std::ranges::find(ids, *known) : ids.end();
    return at == ids.end() ? 0 : static_cast<std::size_t>(at - ids.begin());
}

prompt::TurnKind kind_of(chat::Begin begin) {
    switch (begin) {
        case chat::Begin::carry_on:
        case chat::Begin::extend:
            return prompt::TurnKind::continue_;
        case chat::Begin::again:
            return prompt::TurnKind::regenerate;
        case chat::Begin::impersonate:
            return prompt::TurnKind::impersonate;
        case chat::Begin::message:
            break;
    }
    return prompt::TurnKind::normal;
}

// What may have left a state, the newest first: answers of the path (one that goes on is not before itself),
// messages with macros, the greeting.
std::vector<chat::MessageId> answers_of(const std::vector<chat::Said>& said, prompt::TurnKind kind) {
    std::vector<chat::MessageId> ids;
    for (auto one = said.rbegin(); one != said.rend(); ++one) {
        const bool goes_on = kind == prompt::TurnKind::continue_ && one == said.rbegin();
        if (!goes_on) ids.push_back(one->id);
        if (ids.size() == chat::Prompts::path_max) break;
    }
    return ids;
}

void read_lines(const std::vector<chat::Said>& said, ChatLines& to) {
    auto& lines = to.lines;
    for (const auto& one : said) {
        if (one.text.empty()) continue;
        const auto role = one.narrator                   ? gateway::Role::system
                          : one.role == chat::Role::user ? gateway::Role::user
                                                         : gateway::Role::assistant;
        if (shows_files(one) && !one.hidden) add_files(one, to.files[std::to_string(lines.size())]);
        lines.push_back({role, one.text, one.narrator ? std::string() : one.name, one.hidden});
    }
}

Task<Result<std::optional<character::Persona>>> default_persona(character::Personas* personas,
                                                                OwnerId owner) {
    if (!personas) co_return std::nullopt;
    co_return co_await personas->find_default(owner);
}

Task<Result<std::string>> chosen_model(chat::Prompts* prompts, OwnerId owner) {
    if (!prompts) co_return std::string();
    co_return co_await prompts->model(owner);
}

class CardCompanion final : public Companion {
public:
    CardCompanion(std::shared_ptr<const Material> material, gateway::Provider& provider, async::Pool& compute,
                  prompt::TokenCounter& counter, prompt::lore::Library& library,
                  std::shared_ptr<Beginnings> beginnings, const PromptStores& stores)
        : material_(std::move(material)),
          provider_(provider),
          compute_(compute),
          counter_(counter),
          library_(library),
          beginnings_(std::move(beginnings)),
          stores_(stores) {}

    const std::string& name() const override { return material_->character.card.name; }

    Task<Result<chat::NewConversation>> opening(chat::ConversationId id, std::size_t chosen) override {
        prompt::Opening opening{prompt::seed_of(id.text()), stores_.now_ms ? stores_.now_ms() : 0};
        LARES_CO_TRY(const auto settings, co_await prompt_settings(stores_, material_->listener));
        opening.place = settings.place;
        auto make = [material = material_, opening]() -> Result<chat::NewConversation> {
            const auto& character = material->character;
            auto all =
                prompt::greetings(character.card, material->persona, chat::Limits::greetings_max, opening);
            chat::NewConversation made{character.id, character.card.name, std::move(all.front().text)};
            for (std::size_t i = 0; i < all.size(); ++i) {
                if (i > 0) made.alternates.push_back(std::move(all[i].text));
                made.states.push_back(first_state(all[i].variables));
            }
            return made;
        };
        LARES_CO_TRY(auto made, co_await compute_.run(std::move(make)));
        made.id = id;
        made.chosen = chosen;
        if (chosen < made.states.size() && !made.states[chosen].empty())
            left_ = chat::LeftState{made.states[chosen], {}};
        co_return made;
    }

    Task<Result<Spoken>> spoken(chat::Context context, chat::MessageId message, std::string text) override {
        LARES_CO_TRY(auto sources,
                     co_await read_sources(stores_, material_->listener, material_->persona, material_->usual,
                                           material_->character, context.conversation,
                                           answers_of(context.said, prompt::TurnKind::normal)));
        if (left_) take_left(*left_, sources);
        auto expand = [sources = std::move(sources), material = material_, message, text = std::move(text),
                       now = stores_.now_ms ? stores_.now_ms() : 0]() -> Result<Spoken> {
            auto [expanded, left] = expand_spoken(sources, material->character.card, message, text, now);
            return Spoken{std::move(expanded), std::move(left)};
        };
        LARES_CO_TRY(auto spoken, co_await compute_.run(std::move(expand)));
        left_ = spoken.left;
        co_return spoken;
    }

    bool answers_here(const chat::Conversation& conversation) const override {
        const auto model = provider_.find_model(name_of(conversation));
        return !model || model->provider == "local";
    }

    void answers(chat::MessageId answer) override { answer_ = answer; }

    Task<Result<gateway::ChatRequest>> prompt(chat::Context context, chat::Begin begin,
                                              std::uint32_t max_tokens) override {
        const auto& conversation = context.conversation;
        const auto kind = kind_of(begin);
        LARES_CO_TRY(auto sources, co_await read_sources(stores_, material_->listener, material_->persona,
                                                         material_->usual, material_->character, conversation,
                                                         answers_of(context.said, kind)));
        if (left_) take_left(*left_, sources);
        auto model = model_of(provider_, name_of(conversation));
        PromptOrder order{material_->character,
                          std::move(sources),
                          material_->main_prompt,
                          {},
                          model,
                          0,
                          0,
                          kind,
                          0,
                          0,
                          {}};
        order.reply_tokens =
            std::min(std::max(max_tokens, reply_tokens_min), std::max(model.context_tokens / 2, 1U));
        if (stores_.attachments)
            order.model.context_tokens -=
                std::min(order.model.context_tokens / 2, room_for_files(model, context.said));
        order.began_ms = conversation.created;
        order.now_ms = stores_.now_ms ? stores_.now_ms() : conversation.updated;
        order.count = counter_.of(model.id);
        const auto id = conversation.id;
        const std::string user = order.sources.persona.name;
        auto build = [material = material_, order = std::move(order), beginnings = beginnings_,
                      library = &library_, context = std::move(context)]() mutable {
            return made(std::move(order), *beginnings, *library, std::move(context));
        };
        LARES_CO_TRY(auto made, co_await compute_.run(std::move(build)));
        record_.reset();
        if (answer_ && begin != chat::Begin::impersonate)
            record_ = chat::PromptRecord{*answer_, id, std::move(made.sent), std::move(made.state),
                                         std::move(made.globals)};
        gateway::ChatRequest request;
        request.model = model.id;
        request.messages = std::move(made.messages);
        if (stores_.attachments) {
            std::erase_if(made.files, [&](const auto& each) { return !takes(model, each.about); });
            LARES_CO_CHECK(co_await show_files(made.files, request.messages));
        }
        request.shared_prefix = made.shared_prefix;
        const auto& character = material_->character;
        // Chats with a public card share its cache; a private card's is its owner's alone.
        request.prefix_scope = character.visibility == character::Visibility::everyone || !character.owner
                                   ? "public"
                                   : character.owner->text();
        request.payer.character = character.id.text();
        // The model shall not speak for the other side.
        const bool of_person = begin == chat::Begin::impersonate;
        request.stop = {"\n" + (of_person ? character.card.name : user) + ":"};
        co_return request;
    }

    // An answer is worth more than the record of what was asked.
    Task<void> keep() override {
        if (!record_ || !stores_.prompts) co_return;
        // A turn that is stopped in the middle of this asks for it again.
        const auto kept = co_await stores_.prompts->keep(material_->listener, *record_);
        record_.reset();
        if (!kept)
            log::warn("a prompt was not kept",
                      {{"error", kept.error().type}, {"detail", kept.error().detail}});
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
    const std::string& name_of(const chat::Conversation& conversation) const {
        return conversation.model ? *conversation.model : material_->model;
    }

    // The newest first; those that are too many are described only.
    Task<Result<void>> show_files(std::vector<MadePrompt::Shown> files,
                                  std::vector<gateway::ChatMessage>& messages) {
        std::size_t shown = 0, bytes = 0;
        for (auto each = files.rbegin(); each != files.rend() && shown < shown_max; ++each, ++shown) {
            bytes += static_cast<std::size_t>(each->about.bytes);
            if (bytes > shown_bytes_max) break;
            auto file = co_await stores_.attachments->file(material_->listener, each->about.id);
            if (!file) {
                if (file.error().code == Code::not_found) continue;
                co_return fail(std::move(file).error());
            }
            auto& message = messages[each->message];
            if (message.parts.empty()) {
                message.parts.push_back({.kind = gateway::PartKind::text, .text = message.content});
                message.tokens.clear();
            }
            const bool picture = each->about.kind == chat::AttachmentKind::image;
            message.parts.insert(message.parts.begin(),
                                 {.kind = picture ? gateway::PartKind::image : gateway::PartKind::file,
                                  .name = picture ? std::string() : each->about.name,
                                  .media_type = std::move(file->media_type),
                                  .data = to_base64(file->bytes)});
        }
        co_return Result<void>();
    }

    static Result<MadePrompt> made(PromptOrder order, Beginnings& beginnings, prompt::lore::Library& library,
                                   chat::Context context) {
        const bool whole = context.said.empty() || !context.said.front().parent;
        describe_files(context.said);
        read_lines(context.said, order.said);
        order.said.greeting = take_greeting(context.said);
        order.said.history = history_of(std::move(context.said), order.model.id, order.said);
        if (!whole) order.history_from = begin_of(beginnings, context, order.said.ids);
        const auto ids = order.said.ids;
        LARES_TRY(auto made, make_prompt(std::move(order), library));
        if (!whole && made.history_from < ids.size())
            beginnings.keep(context.conversation.id, ids[made.history_from]);
        return made;
    }

    std::shared_ptr<const Material> material_;
    gateway::Provider& provider_;
    async::Pool& compute_;
    prompt::TokenCounter& counter_;
    prompt::lore::Library& library_;
    std::shared_ptr<Beginnings> beginnings_;
    const PromptStores& stores_;
    std::optional<chat::MessageId> answer_;
    std::optional<chat::LeftState> left_;  // by what this turn stores itself
    std::optional<chat::PromptRecord> record_;
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
                               std::string main_prompt, PromptStores stores)
    : characters_(characters),
      provider_(provider),
      compute_(compute),
      personas_(std::move(personas)),
      choices_(std::move(choices)),
      main_prompt_(std::move(main_prompt)),
      stores_(std::move(stores)),
      counter_(provider) {}

Task<Result<std::unique_ptr<Companion>>> CardCompanions::find(OwnerId owner, chat::CharacterId character) {
    auto material = std::make_shared<Material>();
    auto [found, listener, chosen, model] = co_await async::together(
        characters_.get(owner, character), personas_(owner), default_persona(stores_.personas, owner),
        chosen_model(stores_.prompts, owner));
    LARES_CO_TRY(material->character, std::move(found));
    LARES_CO_TRY(material->persona, std::move(listener));
    LARES_CO_TRY(material->usual, std::move(chosen));
    if (material->usual) material->persona = to_prompt(*material->usual);
    LARES_CO_TRY(material->model, std::move(model));
    material->main_prompt = main_prompt_;
    material->listener = owner;
    material->choices = choices_;
    co_return std::make_unique<CardCompanion>(std::move(material), provider_, compute_, counter_, library_,
                                              beginnings_, stores_);
}

}  // namespace lares::turn
