#include "api/chat/conversations.h"

#include <algorithm>

#include "api/access.h"
#include "api/caller.h"
#include "api/usage/payer.h"
#include "chat/transcript.h"
#include "turn/chat_prompt.h"

namespace lares::api {
namespace {

std::string file_name(const std::string& title) {
    std::string out;
    for (const char c : title.substr(0, 80))
        out +=
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ? c : '_';
    return (out.empty() ? "conversation" : out) + ".jsonl";
}

}  // namespace

void ConversationRoutes::add_to(http::Routes& routes) {
    using http::route;
    using M = http::Method;
    using R = ConversationRoutes;
    const auto row = [](M method, std::string_view path, std::string_view summary) {
        return http::Row{.method = method,
                         .path = path,
                         .access = person(auth::Scope::chat),
                         .summary = summary,
                         .tag = "conversations"};
    };
    const auto on_one = [&row](M method, std::string_view path, std::string_view summary) {
        auto made = row(method, path, summary);
        made.touches = {touch<chat::ConversationId>(Relation::owner)};
        made.errors = {Code::conflict, Code::storage_full};
        return made;
    };
    const auto on_message = [&on_one](M method, std::string_view path, std::string_view summary) {
        auto made = on_one(method, path, summary);
        made.touches.push_back(touch<chat::MessageId>(Relation::owner));
        return made;
    };
    auto list = row(M::get, "/api/v1/conversations", "Your conversations, last spoken in first.");
    list.touches = {touch<chat::CharacterId>(Relation::viewer), touch<chat::ConversationId>(Relation::owner)};
    routes.push_back(route<&R::list>(list, *this));
    auto create =
        row(M::post, "/api/v1/conversations",
            "Open a conversation: the companion's greetings are the versions of its first message.");
    create.touches = {touch<chat::CharacterId>(Relation::viewer)};
    create.success = 201;
    create.errors = {Code::storage_full};
    routes.push_back(route<&R::create>(create, *this));
    routes.push_back(route<&R::get>(
        on_one(M::get, "/api/v1/conversations/{conversation_id}", "One conversation, without its messages."),
        *this));
    auto change = on_one(M::patch, "/api/v1/conversations/{conversation_id}",
                         "Title, pin, archive, persona, author's note, layout of prompts.");
    change.touches.push_back(touch<chat::PersonaId>(Relation::owner));
    change.body_cap = 256 * 1024;
    routes.push_back(route<&R::change>(change, *this));
    auto remove = on_one(M::remove, "/api/v1/conversations/{conversation_id}",
                         "Delete a conversation. It can be restored for 30 days, unless it goes forever.");
    remove.success = 204;
    routes.push_back(route<&R::remove>(remove, *this));
    routes.push_back(route<&R::restore>(on_one(M::post, "/api/v1/conversations/{conversation_id}/restore",
                                               "Bring a deleted conversation back."),
                                        *this));
    auto erase = on_one(M::post, "/api/v1/conversations/{conversation_id}/erase",
                        "Erase a deleted conversation at once, for good.");
    erase.success = 204;
    erase.errors = {Code::conflict, Code::storage_full};
    routes.push_back(route<&R::erase>(erase, *this));
    auto title = on_one(M::post, "/api/v1/conversations/{conversation_id}/title",
                        "Let the model name it. A title of your own stays.");
    title.weight = 5;
    title.errors = {Code::conflict, Code::unprocessable, Code::unavailable, Code::storage_full};
    title.deadline_ms = 120'000;
    routes.push_back(route<&R::title>(title, *this));
    auto branch = on_message(M::post, "/api/v1/conversations/{conversation_id}/branch",
                             "A new conversation that holds this one up to a message.");
    branch.weight = 5;
    branch.success = 201;
    routes.push_back(route<&R::branch>(branch, *this));
    routes.push_back(
        route<&R::select>(on_message(M::post, "/api/v1/conversations/{conversation_id}/select",
                                     "Show the branch through a message, down to what was last shown there."),
                          *this));
    routes.push_back(route<&R::pins>(
        on_one(M::get, "/api/v1/conversations/{conversation_id}/pins", "Its pinned messages."), *this));
    auto edit = on_message(M::post, "/api/v1/conversations/{conversation_id}/messages/{message_id}/edit",
                           "Write a message anew: a version beside the old one, which is kept.");
    edit.weight = 2;
    edit.body_cap = 1024 * 1024;
    edit.errors = {Code::conflict, Code::unprocessable, Code::unavailable, Code::storage_full};
    routes.push_back(route<&R::edit>(edit, *this));
    routes.push_back(
        route<&R::mark>(on_message(M::patch, "/api/v1/conversations/{conversation_id}/messages/{message_id}",
                                   "Hide a message from prompts, or pin it."),
                        *this));
    routes.push_back(route<&R::remove_message>(
        on_message(M::remove, "/api/v1/conversations/{conversation_id}/messages/{message_id}",
                   "Delete a message and all that follows it. It can be restored."),
        *this));
    routes.push_back(route<&R::restore_message>(
        on_message(M::post, "/api/v1/conversations/{conversation_id}/messages/{message_id}/restore",
                   "Bring back what was deleted with this message."),
        *this));
    routes.push_back(route<&R::siblings>(
        on_message(M::get, "/api/v1/conversations/{conversation_id}/messages/{message_id}/siblings",
                   "All versions of a message, in the order of their making."),
        *this));
    auto search =
        row(M::get, "/api/v1/search",
            "Find what was said, newest first: by words, by character, by time; at least one of them.");
    search.touches = {touch<chat::CharacterId>(Relation::viewer)};
    search.weight = 2;
    routes.push_back(route<&R::search>(search, *this));
    auto file =
        on_one(M::get, "/api/v1/conversations/{conversation_id}/export",
               "The conversation as a file of JSON lines: SillyTavern's form, or ours with all branches.");
    file.weight = 5;
    routes.push_back(route<&R::export_file>(file, *this));
    auto import =
        row(M::post, "/api/v1/conversations/import",
            "A chat file of SillyTavern, or of our own form, as a new conversation: JSON lines as body.");
    import.touches = {touch<chat::CharacterId>(Relation::viewer)};
    import.weight = 10;
    import.body_cap = chat::Limits::import_bytes;
    import.success = 201;
    import.errors = {Code::conflict, Code::too_large, Code::unprocessable, Code::storage_full};
    import.deadline_ms = 300'000;
    routes.push_back(route<&R::import_file>(import, *this));
}

Task<Result<chat::ConversationPage>> ConversationRoutes::list(http::Call& call, ConversationsQuery query) {
    co_return co_await to_.chats.list(
        user_of(call), {query.character_id, query.pinned, query.archived, query.removed.value_or(false),
                        query.before, query.limit});
}

Task<Result<chat::Conversation>> ConversationRoutes::create(http::Call& call,
                                                            NewConversationRequest request) {
    const auto user = user_of(call);
    LARES_CO_TRY(const auto companion, co_await to_.companions.find(user, request.character_id));
    LARES_CO_TRY(auto opening, co_await companion->opening(to_.chats.new_id(), request.greeting.value_or(0)));
    co_return co_await to_.chats.open(user, std::move(opening));
}

Task<Result<chat::Conversation>> ConversationRoutes::get(http::Call& call, ConversationPath path) {
    co_return co_await to_.chats.get(user_of(call), path.conversation_id);
}

Task<Result<chat::Conversation>> ConversationRoutes::change(http::Call& call, ConversationPatch patch) {
    const auto clears = [&patch](Clearable what) {
        return std::ranges::find(patch.clear, what) != patch.clear.end();
    };
    chat::ConversationChange change{std::move(patch.title),
                                    patch.pinned,
                                    patch.archived,
                                    patch.persona_id,
                                    std::move(patch.author_note),
                                    patch.layout,
                                    clears(Clearable::persona_id),
                                    clears(Clearable::author_note),
                                    clears(Clearable::layout)};
    co_return co_await to_.chats.change(user_of(call), patch.conversation_id, std::move(change));
}

Task<Result<void>> ConversationRoutes::remove(http::Call& call, DeleteConversation request) {
    co_return co_await async::unbroken(remove_all(user_of(call), request));
}

Task<Result<void>> ConversationRoutes::remove_all(UserId user, DeleteConversation request) {
    const bool forever = request.forever.value_or(false);
    auto removed = forever ? to_.chats.erase(user, request.conversation_id)
                           : to_.chats.remove(user, request.conversation_id);
    LARES_CO_CHECK(co_await std::move(removed));
    to_.turns.forget(request.conversation_id);
    co_return Result<void>();
}

Task<Result<chat::Conversation>> ConversationRoutes::restore(http::Call& call, ConversationPath path) {
    co_return co_await to_.chats.restore(user_of(call), path.conversation_id);
}

Task<Result<void>> ConversationRoutes::erase(http::Call& call, ConversationPath path) {
    co_return co_await async::unbroken(erase_removed(user_of(call), path.conversation_id));
}

Task<Result<void>> ConversationRoutes::erase_removed(UserId user, chat::ConversationId conversation) {
    LARES_CO_CHECK(co_await to_.chats.erase_removed(user, conversation));
    to_.turns.forget(conversation);
    co_return Result<void>();
}

Task<Result<chat::Conversation>> ConversationRoutes::title(http::Call& call, ConversationPath path) {
    co_return co_await to_.titles.make(user_of(call), path.conversation_id);
}

Task<Result<chat::Conversation>> ConversationRoutes::branch(http::Call& call, BranchRequest request) {
    co_return co_await async::unbroken(to_.chats.branch(
        user_of(call), request.conversation_id,
        chat::BranchAt{request.message_id, std::move(request.title), std::move(request.client_id)}));
}

Task<Result<Shown>> ConversationRoutes::select(http::Call& call, SelectRequest request) {
    LARES_CO_TRY(const auto selected,
                 co_await to_.chats.select(user_of(call), request.conversation_id, request.message_id));
    co_return Shown{selected.leaf, selected.seq};
}

Task<Result<PinnedMessages>> ConversationRoutes::pins(http::Call& call, ConversationPath path) {
    LARES_CO_TRY(auto items, co_await to_.chats.pins(user_of(call), path.conversation_id));
    co_return PinnedMessages{std::move(items)};
}

// Macros in what a person writes anew are replaced as in what they write first.
Task<Result<void>> ConversationRoutes::reword(UserId user, chat::ConversationId conversation,
                                              chat::Edit* edit) {
    if (edit->text.find("{{") == std::string::npos) co_return Result<void>();
    LARES_CO_TRY(auto context, co_await to_.chats.context(user, conversation, edit->message_id));
    if (context.said.empty() || context.said.back().role != chat::Role::user) co_return Result<void>();
    context.leaf = context.said.back().parent;
    context.said.pop_back();
    auto companion = co_await to_.companions.find(user, context.conversation.character_id);
    if (!companion) co_return Result<void>();  // it is gone: nobody knows what they stand for
    LARES_CO_TRY(auto spoken,
                 co_await (*companion)->spoken(std::move(context), edit->message_id, std::move(edit->text)));
    edit->text = std::move(spoken.text);
    edit->left = std::move(spoken.left);
    co_return Result<void>();
}

Task<Result<EditAnswer>> ConversationRoutes::edit(http::Call& call, EditRequest request) {
    if (request.following && request.regenerate)
        co_return invalid_field("regenerate", "cannot be joined with following");
    const auto user = user_of(call);
    const auto conversation = request.conversation_id;
    chat::Edit edit{request.message_id, std::move(request.text), request.following,
                    std::move(request.client_id)};
    LARES_CO_CHECK(co_await reword(user, conversation, &edit));
    LARES_CO_TRY(auto message, co_await to_.chats.edit(user, conversation, std::move(edit)));
    EditAnswer answer{std::move(message), {}, {}};
    if (!request.regenerate || answer.message.role != chat::Role::user) co_return answer;
    turn::Request again;
    again.conversation_id = conversation;
    again.again = answer.message.id;
    again.voice = request.voice;
    again.payer = payer_of(caller_of(call), "chat");
    // One edit has one first answer, however often it is sent.
    again.client_id = "edit-" + answer.message.id.text();
    auto started = co_await to_.turns.start(user, std::move(again));
    if (started)
        answer.turn_id = started->accepted.turn_id;
    else
        answer.turn_problem = started.error().message;
    co_return answer;
}

Task<Result<chat::Message>> ConversationRoutes::mark(http::Call& call, MessagePatch patch) {
    co_return co_await to_.chats.mark(user_of(call), patch.conversation_id, patch.message_id, patch.hidden,
                                      patch.pinned);
}

Task<Result<RemovedMessages>> ConversationRoutes::remove_message(http::Call& call, DeleteMessage request) {
    LARES_CO_TRY(auto removed,
                 co_await to_.chats.remove_message(user_of(call), request.conversation_id, request.message_id,
                                                   request.all_versions.value_or(false)));
    co_return RemovedMessages{std::move(removed.removed), removed.leaf, removed.seq};
}

Task<Result<Shown>> ConversationRoutes::restore_message(http::Call& call, MessagePath path) {
    LARES_CO_TRY(const auto shown,
                 co_await to_.chats.restore_message(user_of(call), path.conversation_id, path.message_id));
    co_return Shown{shown.leaf, shown.seq};
}

Task<Result<chat::SiblingPage>> ConversationRoutes::siblings(http::Call& call, SiblingsQuery query) {
    co_return co_await to_.chats.siblings(user_of(call), query.conversation_id, query.message_id, query.after,
                                          query.limit);
}

Task<Result<chat::SearchPage>> ConversationRoutes::search(http::Call& call, SearchMessages query) {
    co_return co_await to_.chats.search(
        user_of(call), chat::SearchQuery{std::move(query.q).value_or(""), query.character_id, query.from,
                                         query.to, std::move(query.cursor), query.limit});
}

Task<Result<http::Bytes>> ConversationRoutes::export_file(http::Call& call, ExportChat query) {
    const auto user = user_of(call);
    LARES_CO_TRY(auto whole, co_await to_.chats.whole(user, query.conversation_id));
    auto name = file_name(whole.head.title);
    chat::Names names{"User", whole.head.title};
    // A companion that is gone has left its name in the title at best.
    if (const auto companion = co_await to_.companions.find(user, whole.head.character_id))
        names.character = (*companion)->name();
    const bool ours = query.form.value_or(ChatForm::lares) == ChatForm::lares;
    auto write = [ours, names = std::move(names), whole = std::move(whole)]() -> Result<std::string> {
        return ours ? chat::write_lossless(whole) : chat::write_sillytavern(whole, names);
    };
    LARES_CO_TRY(auto file, co_await to_.compute.run(std::move(write)));
    co_return http::Bytes{std::move(file), "application/jsonl; charset=utf-8", std::move(name)};
}

Task<Result<ImportedChat>> ConversationRoutes::import_file(http::Call& call, ImportChat query,
                                                           http::Body body) {
    const auto user = user_of(call);
    LARES_CO_TRY(const auto companion, co_await to_.companions.find(user, query.character_id));
    auto read = [file = std::move(body.data), flatten = query.flatten.value_or(false),
                 now = async::SystemClock().unix_ms()] { return chat::read_transcript(file, flatten, now); };
    LARES_CO_TRY(auto transcript, co_await to_.compute.run(std::move(read)));
    auto& made = transcript.conversation;
    made.created.character_id = query.character_id;
    made.left = turn::first_state(transcript.variables);
    if (!made.created.title) made.created.title = companion->name();
    ImportedChat out;
    out.messages = static_cast<std::int64_t>(made.messages.size());
    for (auto& each : transcript.skipped) out.skipped.push_back({each.line, std::move(each.reason)});
    LARES_CO_TRY(out.conversation, co_await async::unbroken(
                                       to_.chats.import(user, std::move(made), std::move(query.client_id))));
    co_return out;
}

}  // namespace lares::api
