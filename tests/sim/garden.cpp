// What a device does to the tree besides talking: versions, branches, marks, deleting. Everything that makes
// something new carries a client_id and is sent until it is answered.
#include "connection.h"

namespace lares::sim {

// nullopt: refused, or the world ends.
template <class T, class Make>
Task<std::optional<T>> Device::until_answered(Make make) {
    for (int tries = 0; !world_.over() && tries < 2'000; ++tries) {
        if (auto process = server()) {
            auto done = co_await request<T>(make(process), world_.random.chance(0.2));
            if (done) {
                if (world_.random.chance(0.1) && !world_.settling)
                    continue;  // the answer was lost: once more
                co_return std::move(*done);
            }
            const auto code = done.error().code;
            const bool busy = done.error().type == "copy-running";
            if (!busy && (code == Code::not_found || code == Code::conflict)) co_return std::nullopt;
        }
        co_await world_.pause(5, 60);
    }
    co_return std::nullopt;
}

Task<void> Device::tend() {
    if (!home_) co_return;
    const auto conversation = *home_;
    const auto& messages = copies_[conversation].messages;
    if (messages.empty()) co_return;
    auto at = messages.begin();
    std::advance(at, world_.random.between(0, static_cast<std::int64_t>(messages.size()) - 1));
    const auto message = at->first;
    const auto name = name_ + "-tends-" + std::to_string(++sent_);
    switch (world_.random.between(0, 5)) {
        case 0:
        case 1:
            co_return co_await edit(conversation, message, name);
        case 2: {
            auto& branch = world_.branches[name];
            branch.owner = owner_;
            const chat::BranchAt where{message, name, name};
            const auto made = co_await until_answered<chat::Conversation>([&](const ProcessPtr& process) {
                return process->service.branch(owner_, conversation, where);
            });
            if (made && branch.id && *branch.id != made->id) world_.fail("branch " + name + " is two");
            if (made) branch.id = made->id;
            co_return;
        }
        case 3:
            (void)co_await until_answered<chat::Selected>([&](const ProcessPtr& process) {
                return process->service.select(owner_, conversation, message);
            });
            co_return;
        case 4: {
            const auto hidden = world_.random.chance(0.5), pinned = world_.random.chance(0.5);
            (void)co_await until_answered<chat::Message>([&](const ProcessPtr& process) {
                return process->service.mark(owner_, conversation, message, hidden, pinned);
            });
            co_return;
        }
        default:
            (void)co_await until_answered<chat::Removed>([&](const ProcessPtr& process) {
                return process->service.remove_message(owner_, conversation, message, false);
            });
            co_await world_.pause(0, 100);
            (void)co_await until_answered<chat::Selected>([&](const ProcessPtr& process) {
                return process->service.restore_message(owner_, conversation, message);
            });
    }
}

Task<void> Device::edit(chat::ConversationId conversation, chat::MessageId message, std::string name) {
    const chat::Edit what{message, "edit " + name, world_.random.chance(0.5), name};
    auto& promise = world_.edits[what.text];
    promise = {owner_, conversation, {}};
    const auto made = co_await until_answered<chat::Message>(
        [&](const ProcessPtr& process) { return process->service.edit(owner_, conversation, what); });
    if (!made) co_return;
    if (made->text != what.text) world_.fail("an edit is answered with another message");
    promise.made = made->id;
}

// Every edit and branch that was answered is there once; what was not answered, at most once.
void World::check_garden() {
    std::map<std::string, std::vector<chat::MessageId>> found;
    for (const auto& [conversation, owner] : owner_of) {
        for (std::int64_t after = 0;;) {
            const auto events = loop.wait(process->service.events_after(owner, conversation, after));
            if (!events || events->empty()) break;
            for (const auto& event : *events)
                if (event.kind == chat::EventKind::message_edited && event.data.message)
                    found[event.data.message->text].push_back(event.data.message->id);
            after = events->back().seq;
        }
    }
    for (const auto& [text, promise] : edits) {
        const auto& there = found[text];
        if (there.size() > 1) fail(text + " is there twice");
        if (promise.made && (there.empty() || there.front() != *promise.made))
            fail(text + " was acknowledged and is lost");
        if (!promise.made) continue;
        const auto versions =
            loop.wait(process->service.siblings(promise.owner, promise.conversation, *promise.made, {}, {}));
        if (versions && versions->count < 1) fail(text + " stands nowhere");
    }
    std::map<std::string, int> titles;
    for (const auto owner : owners_) {
        chat::ListQuery query;
        query.limit = static_cast<std::int64_t>(chat::Limits::page_max);
        const auto list = loop.wait(process->service.list(owner, query));
        if (list)
            for (const auto& conversation : list->items) ++titles[conversation.title];
    }
    for (const auto& [name, branch] : branches) {
        if (titles[name] > 1) fail("branch " + name + " is there twice");
        if (branch.id && titles[name] == 0) fail("branch " + name + " was acknowledged and is lost");
    }
}

}  // namespace lares::sim
