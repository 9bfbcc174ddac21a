#include "support/scripted_companions.h"

namespace lares::test {

namespace {

class Scripted final : public turn::Companion {
public:
    Scripted(chat::CharacterId id, ScriptedCompanions& all) : id_(id), all_(all) {}
    const std::string& name() const override { return name_; }
    Task<Result<chat::NewConversation>> opening(chat::ConversationId, std::size_t chosen) override {
        co_return chat::NewConversation{id_, name_, all_.greeting, {}, chosen};
    }
    Task<Result<gateway::ChatRequest>> prompt(chat::Context context, chat::Begin, std::uint32_t) override {
        all_.may_throw("prompt");
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
        all_.may_throw("keep");
        all_.kept.push_back(answer_);
        co_return;
    }

private:
    chat::CharacterId id_;
    std::string name_ = "Ada";
    ScriptedCompanions& all_;
    chat::MessageId answer_;
};

}  // namespace

Task<Result<std::unique_ptr<turn::Companion>>> ScriptedCompanions::find(OwnerId,
                                                                        chat::CharacterId character) {
    may_throw("find");
    if (missing == character)
        co_return fail(Code::not_found, "character-not-found", "There is no such character.");
    co_return std::make_unique<Scripted>(character, *this);
}

}  // namespace lares::test
