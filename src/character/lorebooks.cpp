#include "character/lorebooks.h"

#include <algorithm>

#include "base/text.h"
#include "character/lorebook_store.h"
#include "character/removed.h"

namespace lares::character {

namespace {

tl::unexpected<Error> not_found() {
    return fail(Code::not_found, "lorebook-not-found", "There is no such lorebook.");
}

tl::unexpected<Error> no_entry() {
    return fail(Code::not_found, "entry-not-found", "This lorebook has no such entry.");
}

Result<void> check_head(const BookHead& head) {
    if (trim(head.name).empty()) return invalid_field("name", "must not be empty");
    if (count_code_points(head.name) > limits::lorebook_name_code_points)
        return invalid_field("name", "must have at most 200 characters");
    return {};
}

Result<void> check_count(db::Reader& reader, OwnerId owner) {
    LARES_TRY(const auto count, book_store::count_of(reader, owner));
    if (static_cast<std::size_t>(count) < limits::lorebooks_per_owner) return {};
    return fail(Code::conflict, "too-many-lorebooks",
                "You have as many lorebooks as this server allows. Delete one first.");
}

Result<void> check_entry_count(db::Reader& reader, OwnerId owner, LorebookId id) {
    LARES_TRY(const auto count, book_store::entry_count(reader, owner, id));
    if (static_cast<std::size_t>(count) < limits::lorebook_entries) return {};
    return fail(Code::conflict, "too-many-entries", "A lorebook has at most 10000 entries.");
}

Result<book_store::BookRow> present(db::Reader& reader, OwnerId owner, LorebookId id,
                                    std::optional<std::int64_t> expected) {
    LARES_TRY(auto row, book_store::find(reader, owner, id));
    if (!row) return not_found();
    if (expected && *expected != row->version)
        return fail(Code::conflict, "lorebook-changed",
                    "This lorebook was changed elsewhere (version " + std::to_string(row->version) +
                        "). Read it again, then make your change.");
    return std::move(*row);
}

Result<BookSummary> summary_of(db::Reader& reader, OwnerId owner, LorebookId id) {
    LARES_TRY(auto found, book_store::summary(reader, owner, id));
    if (!found) return not_found();
    return std::move(*found);
}

// Only what differs becomes a new row.
Result<void> put_all(db::Tx& tx, OwnerId owner, LorebookId id, const std::vector<StoredEntry>& entries,
                     std::int64_t version) {
    LARES_TRY(const auto before, book_store::entries_at(tx, owner, id, version));
    for (const auto& old : before) {
        const bool stays = std::ranges::binary_search(entries, old.uid, {}, &StoredEntry::uid);
        if (!stays) LARES_CHECK(book_store::end_entry(tx, owner, id, old.uid, version));
    }
    for (const auto& entry : entries) LARES_CHECK(book_store::put_entry(tx, owner, id, entry, version));
    return {};
}

}  // namespace

Lorebooks::Lorebooks(db::Database& database, async::Pool& compute, async::Clock& clock, IdSource& ids)
    : database_(database), compute_(compute), clock_(clock), ids_(ids) {}

Task<Result<BookSummary>> Lorebooks::create(OwnerId owner, BookHead head, std::vector<StoredEntry> entries,
                                            std::vector<BookPlace> places) {
    LARES_CO_CHECK(check_head(head));
    const std::int64_t now = clock_.unix_ms();
    const auto id = ids_.make<LorebookId>(now);
    auto write = [owner, id, now, head = std::move(head), entries = std::move(entries),
                  places = std::move(places)](db::Tx& tx) -> Result<BookSummary> {
        LARES_CHECK(check_count(tx, owner));
        LARES_CHECK(book_store::insert(tx, owner, id, head, now));
        for (const auto& entry : entries) LARES_CHECK(book_store::put_entry(tx, owner, id, entry, 1));
        LARES_CHECK(book_store::put_places(tx, owner, id, places));
        return summary_of(tx, owner, id);
    };
    co_return co_await database_.write(std::move(write));
}

Task<Result<Lorebooks::Imported>> Lorebooks::import_book(OwnerId owner, std::string json, std::string name) {
    LARES_CO_TRY(auto read,
                 co_await compute_.run([json = std::move(json)] { return import_lorebook(json); }));
    if (trim(read.head.name).empty()) read.head.name = trim(name).empty() ? "Lorebook" : std::move(name);
    read.head.name.resize(utf8_offset(read.head.name, limits::lorebook_name_code_points));
    LARES_CO_TRY(auto book, co_await create(owner, std::move(read.head), std::move(read.entries), {}));
    co_return Imported{std::move(book), std::move(read.form)};
}

Task<Result<BookList>> Lorebooks::list(OwnerId owner, std::optional<LorebookId> before, std::size_t limit) {
    auto query = [owner, before, limit](db::Reader& reader) {
        return book_store::list(reader, owner, before, limit + 1);
    };
    LARES_CO_TRY(auto items, co_await database_.read(std::move(query)));
    BookList out{std::move(items), std::nullopt};
    if (out.items.size() > limit) {
        out.items.resize(limit);
        out.next = out.items.back().id;
    }
    co_return out;
}

Task<Result<BookSummary>> Lorebooks::get(OwnerId owner, LorebookId id) {
    co_return co_await database_.read(
        [owner, id](db::Reader& reader) { return summary_of(reader, owner, id); });
}

Task<Result<EntryPage>> Lorebooks::entries(OwnerId owner, LorebookId id, std::optional<std::int64_t> after,
                                           std::size_t limit, std::string text) {
    auto query = [owner, id, after, limit, text = std::move(text)](db::Reader& reader) -> Result<EntryPage> {
        LARES_CHECK(present(reader, owner, id, std::nullopt));
        EntryPage page;
        LARES_TRY(page.items, book_store::entries(reader, owner, id, after.value_or(INT64_MIN), limit + 1,
                                                  std::string(trim(text))));
        if (page.items.size() > limit) {
            page.items.resize(limit);
            page.next = page.items.back().uid;
        }
        return page;
    };
    co_return co_await database_.read(std::move(query));
}

Task<Result<StoredEntry>> Lorebooks::entry(OwnerId owner, LorebookId id, std::int64_t uid) {
    auto query = [owner, id, uid](db::Reader& reader) -> Result<StoredEntry> {
        LARES_CHECK(present(reader, owner, id, std::nullopt));
        LARES_TRY(auto found, book_store::entry(reader, owner, id, uid));
        if (!found) return no_entry();
        return std::move(*found);
    };
    co_return co_await database_.read(std::move(query));
}

Task<Result<BookSummary>> Lorebooks::change(OwnerId owner, LorebookId id, Change change) {
    if (change.head) LARES_CO_CHECK(check_head(*change.head));
    auto write = [owner, id, change = std::move(change),
                  now = clock_.unix_ms()](db::Tx& tx) -> Result<BookSummary> {
        LARES_TRY(const auto row, present(tx, owner, id, change.expected));
        if (change.head || change.entries) {
            const auto version = row.version + 1;
            const BookHead head = change.head ? *change.head : book_store::to_head(row.name, row.head);
            LARES_CHECK(book_store::begin_version(tx, owner, id, row, version, head, now));
            if (change.entries) LARES_CHECK(put_all(tx, owner, id, *change.entries, version));
        }
        if (change.places) LARES_CHECK(book_store::put_places(tx, owner, id, *change.places));
        return summary_of(tx, owner, id);
    };
    co_return co_await database_.write(std::move(write));
}

Task<Result<Lorebooks::PutEntry>> Lorebooks::put_entry(OwnerId owner, LorebookId id,
                                                       std::optional<std::int64_t> uid, LoreEntry entry,
                                                       std::optional<std::int64_t> expected) {
    auto write = [owner, id, uid, entry = std::move(entry), expected,
                  now = clock_.unix_ms()](db::Tx& tx) -> Result<PutEntry> {
        LARES_TRY(const auto row, present(tx, owner, id, expected));
        std::optional<StoredEntry> old;
        LoreEntry made = entry;
        if (uid) {
            made.uid = *uid;
            LARES_TRY(old, book_store::entry(tx, owner, id, *uid));
        } else {
            LARES_TRY(const auto last, book_store::last_uid(tx, owner, id));
            made.uid = last ? *last + 1 : 0;
        }
        if (!old) LARES_CHECK(check_entry_count(tx, owner, id));
        StoredEntry stored{made.uid,
                           to_world_entry(made, old ? std::move(old->json) : boost::json::object())};
        const auto version = row.version + 1;
        LARES_TRY(const bool changed, book_store::put_entry(tx, owner, id, stored, version));
        if (!changed) return PutEntry{std::move(stored), false, row.version};
        LARES_CHECK(book_store::begin_version(tx, owner, id, row, version,
                                              book_store::to_head(row.name, row.head), now));
        return PutEntry{std::move(stored), !old, version};
    };
    co_return co_await database_.write(std::move(write));
}

Task<Result<void>> Lorebooks::remove_entry(OwnerId owner, LorebookId id, std::int64_t uid) {
    auto write = [owner, id, uid, now = clock_.unix_ms()](db::Tx& tx) -> Result<void> {
        LARES_TRY(const auto row, present(tx, owner, id, std::nullopt));
        LARES_TRY(const bool ended, book_store::end_entry(tx, owner, id, uid, row.version + 1));
        if (!ended) return no_entry();
        return book_store::begin_version(tx, owner, id, row, row.version + 1,
                                         book_store::to_head(row.name, row.head), now);
    };
    co_return co_await database_.write(std::move(write));
}

Task<Result<Lorebooks::PutEntry>> Lorebooks::restore_entry(OwnerId owner, LorebookId id, std::int64_t uid) {
    auto write = [owner, id, uid, now = clock_.unix_ms()](db::Tx& tx) -> Result<PutEntry> {
        LARES_TRY(const auto row, present(tx, owner, id, std::nullopt));
        LARES_TRY(auto there, book_store::entry(tx, owner, id, uid));
        if (there) return PutEntry{std::move(*there), false, row.version};
        LARES_TRY(auto last, book_store::last_entry(tx, owner, id, uid));
        if (!last) return no_entry();
        LARES_CHECK(check_entry_count(tx, owner, id));
        const auto version = row.version + 1;
        LARES_CHECK(book_store::put_entry(tx, owner, id, *last, version));
        LARES_CHECK(book_store::begin_version(tx, owner, id, row, version,
                                              book_store::to_head(row.name, row.head), now));
        return PutEntry{std::move(*last), true, version};
    };
    co_return co_await database_.write(std::move(write));
}

Task<Result<void>> Lorebooks::remove(OwnerId owner, LorebookId id) {
    auto write = [owner, id, now = clock_.unix_ms()](db::Tx& tx) -> Result<void> {
        LARES_CHECK(present(tx, owner, id, std::nullopt));
        return removed::hide(tx, owner, id, now, limits::lorebooks_per_owner, &book_store::erase);
    };
    co_return co_await database_.write(std::move(write));
}

Task<Result<BookSummary>> Lorebooks::restore(OwnerId owner, LorebookId id) {
    auto write = [owner, id](db::Tx& tx) -> Result<BookSummary> {
        LARES_TRY(const bool is_removed, removed::holds(tx, LorebookId::kind, {owner, id.value}));
        if (is_removed) {
            LARES_CHECK(check_count(tx, owner));
            LARES_CHECK(removed::take(tx, LorebookId::kind, {owner, id.value}));
        }
        return summary_of(tx, owner, id);
    };
    co_return co_await database_.write(std::move(write));
}

Task<Result<bool>> Lorebooks::restorable(OwnerId owner, LorebookId id) {
    co_return co_await database_.read([owner, id](db::Reader& reader) {
        return removed::holds(reader, LorebookId::kind, {owner, id.value});
    });
}

Task<Result<void>> Lorebooks::erase_removed(OwnerId owner, LorebookId id) {
    auto write = [owner, id](db::Tx& tx) { return removed::erase_now(tx, owner, id, &book_store::erase); };
    co_return co_await database_.write(std::move(write));
}

Task<Result<void>> Lorebooks::erase_old() {
    co_return co_await removed::erase_old<LorebookId>(database_, clock_.unix_ms(), &book_store::erase);
}

Task<Result<std::vector<BookVersion>>> Lorebooks::versions(OwnerId owner, LorebookId id) {
    auto query = [owner, id](db::Reader& reader) -> Result<std::vector<BookVersion>> {
        LARES_CHECK(present(reader, owner, id, std::nullopt));
        return book_store::versions(reader, owner, id);
    };
    co_return co_await database_.read(std::move(query));
}

Task<Result<BookSummary>> Lorebooks::restore_version(OwnerId owner, LorebookId id, std::int64_t version) {
    auto write = [owner, id, version, now = clock_.unix_ms()](db::Tx& tx) -> Result<BookSummary> {
        LARES_TRY(const auto row, present(tx, owner, id, std::nullopt));
        LARES_TRY(const auto head, book_store::head_of(tx, owner, id, version));
        if (!head) return fail(Code::not_found, "version-not-found", "This lorebook has no such version.");
        LARES_TRY(const auto entries, book_store::entries_at(tx, owner, id, version));
        LARES_CHECK(book_store::begin_version(tx, owner, id, row, row.version + 1, *head, now));
        LARES_CHECK(put_all(tx, owner, id, entries, row.version + 1));
        return summary_of(tx, owner, id);
    };
    co_return co_await database_.write(std::move(write));
}

Task<Result<BookFile>> Lorebooks::export_book(OwnerId owner, LorebookId id, BookForm form,
                                              std::optional<std::int64_t> version) {
    struct Book {
        BookHead head;
        std::vector<StoredEntry> entries;
    };
    auto query = [owner, id, version](db::Reader& reader) -> Result<Book> {
        LARES_TRY(const auto row, present(reader, owner, id, std::nullopt));
        const auto wanted = version.value_or(row.version);
        LARES_TRY(auto head, book_store::head_of(reader, owner, id, wanted));
        if (!head) return fail(Code::not_found, "version-not-found", "This lorebook has no such version.");
        Book book{std::move(*head), {}};
        LARES_TRY(book.entries, book_store::entries_at(reader, owner, id, wanted));
        return book;
    };
    LARES_CO_TRY(auto book, co_await database_.read(std::move(query)));
    co_return co_await compute_.run([book = std::move(book), form]() -> Result<BookFile> {
        return book_file(book.head, book.entries, form);
    });
}

Task<Result<std::vector<AwakeBook>>> Lorebooks::awake(OwnerId owner, std::vector<BookPlace> places,
                                                      std::optional<LorebookId> extra) {
    auto query = [owner, places = std::move(places),
                  extra](db::Reader& reader) -> Result<std::vector<AwakeBook>> {
        std::vector<AwakeBook> all;
        const auto known = [&all](LorebookId id) {
            return std::ranges::find(all, id, &AwakeBook::id) != all.end();
        };
        for (const auto& place : places) {
            LARES_TRY(auto found,
                      book_store::awake(reader, owner, place, limits::books_of_chat - all.size()));
            for (auto& book : found) {
                if (!known(book.id)) all.push_back(std::move(book));
            }
        }
        if (extra && !known(*extra) && all.size() < limits::books_of_chat) {
            LARES_TRY(auto row, book_store::find(reader, owner, *extra));
            if (row)
                all.push_back({*extra, BookScope::persona, row->version,
                               book_store::to_head(std::move(row->name), row->head)});
        }
        return all;
    };
    co_return co_await database_.read(std::move(query));
}

Task<Result<Lorebook>> Lorebooks::read(OwnerId owner, LorebookId id) {
    struct Book {
        BookHead head;
        std::vector<StoredEntry> entries;
    };
    auto query = [owner, id](db::Reader& reader) -> Result<Book> {
        LARES_TRY(auto row, present(reader, owner, id, std::nullopt));
        Book book{book_store::to_head(std::move(row.name), row.head), {}};
        LARES_TRY(book.entries, book_store::entries_at(reader, owner, id, row.version));
        return book;
    };
    LARES_CO_TRY(auto book, co_await database_.read(std::move(query)));
    co_return co_await compute_.run(
        [book = std::move(book)] { return to_lorebook(book.head, book.entries); });
}

Task<Result<std::shared_ptr<const Lorebook>>> Lorebooks::scanned(OwnerId owner, LorebookId id,
                                                                 std::int64_t version) {
    {
        const std::lock_guard lock(mutex_);
        const auto found = kept_.find(id);
        if (found != kept_.end() && found->second.version == version) co_return found->second.book;
    }
    LARES_CO_TRY(auto book, co_await read(owner, id));
    auto shared = std::make_shared<const Lorebook>(std::move(book));
    const std::lock_guard lock(mutex_);
    if (kept_.size() >= limits::books_read && !kept_.contains(id)) kept_.erase(kept_.begin());
    kept_[id] = {version, shared};
    co_return shared;
}

}  // namespace lares::character
