#pragma once
// Conversations and the messages in them: the tree, titles, pins, deleting and restoring, branches, search,
// files.
#include "api/chat/conversation_model.h"
#include "async/pool.h"
#include "chat/service.h"
#include "http/route.h"
#include "turn/companion.h"
#include "turn/titles.h"
#include "turn/turns.h"

namespace lares::api {

class ConversationRoutes {
public:
    struct Services {
        chat::Service& chats;
        turn::Turns& turns;
        turn::Titles& titles;
        turn::Companions& companions;
        async::Pool& compute;  // reads and writes files
    };
    explicit ConversationRoutes(Services services) : to_(services) {}
    void add_to(http::Routes& routes);

    Task<Result<chat::ConversationPage>> list(http::Call& call, ConversationsQuery query);
    Task<Result<chat::Conversation>> create(http::Call& call, NewConversationRequest request);
    Task<Result<chat::Conversation>> get(http::Call& call, ConversationPath path);
    Task<Result<chat::Conversation>> change(http::Call& call, ConversationPatch patch);
    Task<Result<void>> remove(http::Call& call, DeleteConversation request);
    Task<Result<chat::Conversation>> restore(http::Call& call, ConversationPath path);
    Task<Result<void>> erase(http::Call& call, ConversationPath path);
    Task<Result<chat::Conversation>> title(http::Call& call, ConversationPath path);
    Task<Result<chat::Conversation>> branch(http::Call& call, BranchRequest request);
    Task<Result<Shown>> select(http::Call& call, SelectRequest request);
    Task<Result<PinnedMessages>> pins(http::Call& call, ConversationPath path);
    Task<Result<EditAnswer>> edit(http::Call& call, EditRequest request);
    Task<Result<chat::Message>> mark(http::Call& call, MessagePatch patch);
    Task<Result<RemovedMessages>> remove_message(http::Call& call, DeleteMessage request);
    Task<Result<Shown>> restore_message(http::Call& call, MessagePath path);
    Task<Result<chat::SiblingPage>> siblings(http::Call& call, SiblingsQuery query);
    Task<Result<chat::SearchPage>> search(http::Call& call, SearchMessages query);
    Task<Result<http::Bytes>> export_file(http::Call& call, ExportChat query);
    Task<Result<ImportedChat>> import_file(http::Call& call, ImportChat query, http::Body body);

private:
    Task<Result<void>> reword(UserId user, chat::ConversationId conversation, chat::Edit* edit);
    Task<Result<void>> remove_all(UserId user, DeleteConversation request);
    Task<Result<void>> erase_removed(UserId user, chat::ConversationId conversation);
    Services to_;
};

}  // namespace lares::api
