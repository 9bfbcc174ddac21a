#pragma once
// A conversation's title, made by the model from how it begins. In the background after the first answer:
// only while nobody waits for the model, given up when somebody comes, and never over a person's own title.
#include <memory>

#include "async/clock.h"
#include "async/task.h"
#include "chat/service.h"
#include "gateway/provider.h"

namespace lares::turn {

// What a title is made of the model's words: the first line that says something, without quotes, marks of
// Markdown and a trailing full stop, at most Limits::title_max code points. Empty: nothing usable.
std::string title_from(std::string_view answer);

class Titles {
public:
    // All outlive it; stop() comes before its end.
    Titles(chat::Service& chats, gateway::Provider& provider, async::Clock& clock);
    ~Titles();
    Titles(const Titles&) = delete;
    Titles& operator=(const Titles&) = delete;

    // Now. Errors: not_found "conversation-not-found"; unprocessable "nothing-said" before there is an
    // answer; conflict "title-is-yours"; unavailable "no-title" when the model has no usable words; those of
    // the provider.
    Task<Result<chat::Conversation>> make(OwnerId owner, chat::ConversationId conversation);

    // Later, on `executor`, when the title is still the opening one.
    void after_answer(OwnerId owner, chat::ConversationId conversation, Executor executor);
    Task<void> stop();  // before the loops stop

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace lares::turn
