#include "support/scripted_companions.h"

namespace lares::test {

namespace {

class Scripted final : public turn::Companion {
public:
    Scripted(chat::CharacterId id, std::string greeting, std::vector<chat::MessageId>& kept)
        : id_(id), greeting_(std::move(greeting)), kept_(kept) {}
    chat::NewConversation opening() const override { return {id_, "Ada", greeting_}; }
    Task<Result<gateway::ChatRequest>> prompt(chat::Context context, chat::Begin, std::uint32_t) override {
        gateway::ChatRequest request;
        request.model = "scripted";
        for (auto& said : context.said)
            request.messages.push_back(
                {said.role == chat::Role::user ? gateway::Role::user : gateway::Role::assistant,
                 std::move(said.text), std::move(said.tokens)});
        co_return request;
    }
    void answers(chat::MessageId answer) override { answer_ = answer; }
    Task<void> keep() override {
        kept_.push_back(answer_);
        co_return;
    }

private:
    chat::CharacterId id_;
    std::string greeting_;
    std::vector<chat::MessageId>& kept_;
    chat::MessageId answer_;
};

}  // namespace

Task<Result<std::unique_ptr<turn::Companion>>> ScriptedCompanions::find(OwnerId,
                                                                        chat::CharacterId character) {
    if (missing == character)
        co_return fail(Code::not_found, "character-not-found", "There is no such character.");
    co_return std::make_unique<Scripted>(character, greeting, kept);
}

}  // namespace lares::test
