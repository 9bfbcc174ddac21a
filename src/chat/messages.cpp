// Service, of single messages: versions, the shown branch, marks, deleting and restoring.
#include <algorithm>

#include "chat/changes.h"
#include "chat/prompts.h"
#include "chat/service.h"
#include "chat/tree.h"

namespace lares::chat {

namespace {

Result<Message> with_siblings(db::Reader& reader, const MessageRow& row) {
    auto message = message_of(row);
    LARES_TRY(message.siblings, tree::siblings_around(reader, row.conversation_id, row.parent, row.id));
    return message;
}

Result<Changed<Message>> edit_in(db::Tx& tx, OwnerId owner, ConversationId conversation, const Edit& what,
                                 MessageId id, std::int64_t at) {
    LARES_TRY(auto head, needed_head(tx, owner, conversation));
    Changed<Message> out;
    if (what.client_id) {
        LARES_TRY(const auto known, store::message_by_client_id(tx, conversation, *what.client_id));
        if (known) {
            LARES_TRY(out.answer, with_siblings(tx, *known));
            return out;
        }
    }
    LARES_TRY(const auto old, needed_message(tx, conversation, what.message_id));
    Payload payload;
    payload.message_id = id;
    payload.parent = old.parent;
    payload.role = old.role;
    payload.text = what.text;
    payload.edit_of = old.id;
    payload.client_id = what.client_id;
    payload.extra = old.extra;
    if (old.attachments) payload.attachments = attachments_of(old);
    payload.leaf = id;
    if (old.hidden) payload.hidden = true;
    if (old.pinned && what.following) payload.pinned = true;
    auto& choices = payload.choices.emplace();
    if (old.parent) {
        LARES_TRY(choices, tree::choices_to(tx, head, *old.parent));
        choices.push_back({*old.parent, id});
    }
    if (what.following) {
        LARES_TRY(const auto running, store::running_turn(tx, conversation));
        if (running && running->message_id == old.id) return turn_running(running->id);
        LARES_TRY(const auto leaf, tree::last_leaf(tx, conversation, old.id));
        payload.following = true;
        payload.chosen = old.chosen;
        if (leaf != old.id) payload.leaf = leaf;
        choices.push_back({old.id, std::nullopt});
    }
    LARES_TRY(auto event, append_last(tx, head, EventKind::message_edited, at, payload));
    if (what.left) LARES_CHECK(keep_state(tx, owner, conversation, id, *what.left, at));
    LARES_TRY(const auto made, needed_message(tx, conversation, id));
    LARES_TRY(out.answer, with_siblings(tx, made));
    out.events.push_back(std::move(event));
    return out;
}

Result<Changed<Selected>> select_in(db::Tx& tx, OwnerId owner, ConversationId conversation, MessageId message,
                                    std::int64_t at) {
    LARES_TRY(auto head, needed_head(tx, owner, conversation));
    LARES_CHECK(needed_message(tx, conversation, message));
    Changed<Selected> out;
    Payload payload;
    payload.message_id = message;
    LARES_TRY(payload.leaf, tree::last_leaf(tx, conversation, message));
    LARES_TRY(payload.choices, tree::choices_to(tx, head, message));
    if (head.leaf != payload.leaf || !payload.choices->empty()) {
        LARES_TRY(auto event, append_last(tx, head, EventKind::path_selected, at, payload));
        out.events.push_back(std::move(event));
    }
    out.answer = {*payload.leaf, head.seq};
    return out;
}

Result<Changed<Message>> mark_in(db::Tx& tx, OwnerId owner, ConversationId conversation, MessageId message,
                                 std::optional<bool> hidden, std::optional<bool> pinned, std::int64_t at) {
    LARES_TRY(auto head, needed_head(tx, owner, conversation));
    LARES_TRY(auto row, needed_message(tx, conversation, message));
    Changed<Message> out;
    Payload payload;
    payload.message_id = message;
    const auto write = [&](EventKind kind) -> Result<void> {
        LARES_TRY(auto event, append_last(tx, head, kind, at, payload));
        out.events.push_back(std::move(event));
        return {};
    };
    if (hidden && *hidden != row.hidden) {
        payload.hidden = hidden;
        LARES_CHECK(write(EventKind::message_hidden));
        payload.hidden.reset();
    }
    if (pinned && *pinned != row.pinned) {
        payload.pinned = pinned;
        LARES_CHECK(write(EventKind::message_pinned));
    }
    LARES_TRY(row, needed_message(tx, conversation, message));
    LARES_TRY(out.answer, with_siblings(tx, row));
    return out;
}

// Where the shown branch ends when these are gone: in the version before, else after, else above them.
Result<void> leave(db::Reader& reader, const Head& head, const MessageRow& row,
                   const std::vector<MessageId>& versions, const std::vector<MessageId>& gone,
                   Payload& payload) {
    std::optional<MessageId> left;
    const auto at = std::ranges::find(versions, row.id);
    for (auto each = at; !left && each != versions.begin();)
        if (std::ranges::find(gone, *--each) == gone.end()) left = *each;
    for (auto each = at; !left && each != versions.end(); ++each)
        if (std::ranges::find(gone, *each) == gone.end()) left = *each;
    if (left) {
        LARES_TRY(payload.leaf, tree::last_leaf(reader, head.id, *left));
    } else {
        payload.leaf = row.parent;
    }
    if (row.parent) payload.choices->push_back({*row.parent, left});
    return {};
}

Result<Changed<Removed>> remove_in(db::Tx& tx, OwnerId owner, ConversationId conversation, MessageId message,
                                   bool all_versions, std::int64_t at) {
    LARES_TRY(auto head, needed_head(tx, owner, conversation));
    LARES_TRY(const auto row, needed_message(tx, conversation, message));
    LARES_TRY(const auto versions, tree::siblings(tx, row));
    Payload payload;
    payload.message_id = message;
    payload.removed = all_versions ? versions : std::vector{message};
    payload.leaf = head.leaf;
    auto& choices = payload.choices.emplace();
    bool shown = false;
    LARES_TRY(const auto running, store::running_turn(tx, conversation));
    for (const auto gone : *payload.removed) {
        if (head.leaf && !shown) {
            LARES_TRY(shown, tree::is_below(tx, conversation, *head.leaf, gone));
        }
        if (running) {
            LARES_TRY(const bool busy, tree::is_below(tx, conversation, running->message_id, gone));
            if (busy || running->answer_id == gone) return turn_running(running->id);
        }
    }
    if (shown) {
        LARES_CHECK(leave(tx, head, row, versions, *payload.removed, payload));
    } else if (row.parent) {
        LARES_TRY(const auto parent, needed_message(tx, conversation, *row.parent));
        if (parent.chosen && std::ranges::find(*payload.removed, *parent.chosen) != payload.removed->end())
            choices.push_back({parent.id, std::nullopt});
    }
    Changed<Removed> out;
    LARES_TRY(auto event, append_last(tx, head, EventKind::message_removed, at, payload));
    out.answer = {std::move(*payload.removed), head.leaf, event.seq};
    out.events.push_back(std::move(event));
    return out;
}

Result<Changed<Selected>> restore_in(db::Tx& tx, OwnerId owner, ConversationId conversation,
                                     MessageId message, std::int64_t at) {
    LARES_TRY(auto head, needed_head(tx, owner, conversation));
    LARES_TRY(const auto row, store::message(tx, conversation, message));
    if (!row) return no_message();
    Changed<Selected> out;
    if (!row->removed_by) {
        out.answer = {head.leaf.value_or(message), head.seq};
        return out;
    }
    if (row->removed_by != message)
        return fail(
            Code::conflict, "parent-removed",
            "This message was removed with another one (" + row->removed_by->text() + "). Restore that one.");
    if (row->parent) {
        LARES_TRY(const auto parent, store::message(tx, conversation, *row->parent));
        if (!parent || parent->removed_by)
            return fail(Code::conflict, "parent-removed",
                        "The message above this one is removed. Restore that one first.");
    }
    Payload payload;
    payload.message_id = message;
    LARES_TRY(auto event, store::append(tx, head, EventKind::message_restored, at, payload));
    out.events.push_back(std::move(event));
    // Shown again as if it had never been removed.
    Payload select;
    select.message_id = message;
    LARES_TRY(select.leaf, tree::last_leaf(tx, conversation, message));
    LARES_TRY(select.choices, tree::choices_to(tx, head, message));
    LARES_TRY(auto selected, append_last(tx, head, EventKind::path_selected, at, select));
    out.answer = {*select.leaf, selected.seq};
    out.events.push_back(std::move(selected));
    return out;
}

}  // namespace

Task<Result<Message>> Service::edit(OwnerId owner, ConversationId conversation, Edit what) {
    if (auto checked = check_message(what.text); !checked) {
        auto error = std::move(checked).error();
        error.field = "text";
        co_return fail(std::move(error));
    }
    LARES_CO_CHECK(check_client_id(what.client_id));
    const auto at = clock_.unix_ms();
    const auto id = ids_.make<MessageId>(at);
    co_return co_await commit(owner, [owner, conversation, id, at, what = std::move(what)](db::Tx& tx) {
        return edit_in(tx, owner, conversation, what, id, at);
    });
}

Task<Result<Selected>> Service::select(OwnerId owner, ConversationId conversation, MessageId message) {
    const auto at = clock_.unix_ms();
    co_return co_await commit(owner, [owner, conversation, message, at](db::Tx& tx) {
        return select_in(tx, owner, conversation, message, at);
    });
}

Task<Result<Message>> Service::mark(OwnerId owner, ConversationId conversation, MessageId message,
                                    std::optional<bool> hidden, std::optional<bool> pinned) {
    const auto at = clock_.unix_ms();
    co_return co_await commit(owner, [owner, conversation, message, hidden, pinned, at](db::Tx& tx) {
        return mark_in(tx, owner, conversation, message, hidden, pinned, at);
    });
}

Task<Result<Removed>> Service::remove_message(OwnerId owner, ConversationId conversation, MessageId message,
                                              bool all_versions) {
    const auto at = clock_.unix_ms();
    co_return co_await commit(owner, [owner, conversation, message, all_versions, at](db::Tx& tx) {
        return remove_in(tx, owner, conversation, message, all_versions, at);
    });
}

Task<Result<Selected>> Service::restore_message(OwnerId owner, ConversationId conversation,
                                                MessageId message) {
    const auto at = clock_.unix_ms();
    co_return co_await commit(owner, [owner, conversation, message, at](db::Tx& tx) {
        return restore_in(tx, owner, conversation, message, at);
    });
}

Task<Result<SiblingPage>> Service::siblings(OwnerId owner, ConversationId conversation, MessageId message,
                                            std::optional<MessageId> after,
                                            std::optional<std::int64_t> limit) {
    LARES_CO_TRY(const auto size, page_size(limit));
    auto read = [owner, conversation, message, after, size](db::Reader& reader) -> Result<SiblingPage> {
        LARES_CHECK(needed_head(reader, owner, conversation));
        LARES_TRY(const auto row, needed_message(reader, conversation, message));
        LARES_TRY(const auto ids, tree::siblings(reader, row));
        auto at = ids.begin();
        if (after) {
            at = std::ranges::find(ids, *after);
            if (at == ids.end()) return invalid_field("after", "must be a version of this message");
            ++at;
        }
        SiblingPage page;
        page.count = static_cast<std::int64_t>(ids.size());
        for (; at != ids.end() && static_cast<std::int64_t>(page.items.size()) < size; ++at) {
            LARES_TRY(const auto each, needed_message(reader, conversation, *at));
            page.items.push_back(message_of(each));
        }
        if (at != ids.end()) page.next = page.items.back().id;
        return page;
    };
    co_return co_await database_.read(std::move(read));
}

Task<Result<std::vector<Message>>> Service::pins(OwnerId owner, ConversationId conversation) {
    co_return co_await database_.read(
        [owner, conversation](db::Reader& reader) -> Result<std::vector<Message>> {
            LARES_CHECK(needed_head(reader, owner, conversation));
            LARES_TRY(const auto rows, store::pinned(reader, conversation, Limits::page_max));
            std::vector<Message> out;
            for (const auto& row : rows) out.push_back(message_of(row));
            return out;
        });
}

Task<Result<std::vector<SaidFile>>> Service::files(OwnerId owner, std::vector<AttachmentId> ids) {
    co_return co_await database_.read(
        [owner, ids = std::move(ids)](db::Reader& reader) -> Result<std::vector<SaidFile>> {
            LARES_TRY(auto found, attachments::find(reader, owner, ids));
            return attachments::said(reader, owner, std::move(found));
        });
}

Task<Result<bool>> Service::owns_message(OwnerId owner, MessageId message) {
    co_return co_await database_.read(
        [owner, message](db::Reader& reader) { return store::owns_message(reader, owner, message); });
}

}  // namespace lares::chat
