#pragma once
// Lorebooks of a person, apart from any card. A book has a number that grows with every change; every entry
// says from which number to which it was so, so an earlier state is there without a copy of the book. A book
// wakes where its scopes say: everywhere, with a character, a persona or in one conversation. Another's book
// and one that does not exist give the same error: not_found "lorebook-not-found".
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <boost/describe/enum.hpp>

#include "async/clock.h"
#include "async/pool.h"
#include "async/task.h"
#include "base/id.h"
#include "base/result.h"
#include "character/lorebook_forms.h"
#include "db/database.h"

namespace lares::character {

struct LorebookTag {
    static constexpr std::string_view kind = "lorebook";
};
using LorebookId = Id<LorebookTag>;

enum class BookScope : std::uint8_t { global, character, persona, conversation };
BOOST_DESCRIBE_ENUM(BookScope, global, character, persona, conversation)

struct BookPlace {
    BookScope scope = BookScope::global;
    Uuid target;  // what it wakes with; of global: none
    auto operator<=>(const BookPlace&) const = default;
};

namespace limits {
inline constexpr std::size_t lorebooks_per_owner = 1'000;
inline constexpr std::size_t lorebook_bytes = 16 * 1024 * 1024;  // of a file
inline constexpr std::size_t lorebook_entries = 10'000;
inline constexpr std::size_t lorebook_places = 200;
inline constexpr std::size_t lorebook_name_code_points = 200;
inline constexpr std::int64_t lorebook_versions = 200;  // kept; older ones go
inline constexpr std::size_t entries_page = 200;
inline constexpr std::size_t books_of_chat = 64;  // that wake in one chat
inline constexpr std::size_t books_read = 64;     // kept read, of all persons
}  // namespace limits

struct BookSummary {
    LorebookId id;
    BookHead head;
    std::int64_t entries = 0;
    std::vector<BookPlace> places;
    std::int64_t version = 1;
    std::int64_t created_ms = 0, updated_ms = 0;
};

struct BookList {
    std::vector<BookSummary> items;  // newest first
    std::optional<LorebookId> next;
};

struct EntryPage {
    std::vector<StoredEntry> items;  // ascending by uid
    std::optional<std::int64_t> next;
};

struct BookVersion {
    std::int64_t version = 1;
    std::string name;
    std::int64_t created_ms = 0;
    std::int64_t entries = 0;  // that it changed
};

// A book that wakes in a chat.
struct AwakeBook {
    LorebookId id;
    BookScope scope = BookScope::global;
    std::int64_t version = 1;
    BookHead head;
};

class Lorebooks {
public:
    // All outlive it.
    Lorebooks(db::Database& database, async::Pool& compute, async::Clock& clock, IdSource& ids);

    // Errors: those of lorebook.h; invalid_field; conflict "too-many-lorebooks".
    Task<Result<BookSummary>> create(OwnerId owner, BookHead head, std::vector<StoredEntry> entries,
                                     std::vector<BookPlace> places);
    struct Imported {
        BookSummary book;
        std::string form;
    };
    // `name`: of a file that does not say.
    Task<Result<Imported>> import_book(OwnerId owner, std::string json, std::string name);

    Task<Result<BookList>> list(OwnerId owner, std::optional<LorebookId> before, std::size_t limit);
    Task<Result<BookSummary>> get(OwnerId owner, LorebookId id);
    // text: words that stand in an entry's title, keys or content, in any case.
    Task<Result<EntryPage>> entries(OwnerId owner, LorebookId id, std::optional<std::int64_t> after,
                                    std::size_t limit, std::string text);
    Task<Result<StoredEntry>> entry(OwnerId owner, LorebookId id, std::int64_t uid);

    // What is set takes the place of what is there. `expected`: the version that the caller saw; another one
    // is conflict "lorebook-changed".
    struct Change {
        std::optional<BookHead> head;
        std::optional<std::vector<StoredEntry>> entries;
        std::optional<std::vector<BookPlace>> places;
        std::optional<std::int64_t> expected;
    };
    Task<Result<BookSummary>> change(OwnerId owner, LorebookId id, Change change);
    // No uid: the next free one.
    struct PutEntry {
        StoredEntry entry;
        bool is_new = false;
        std::int64_t version = 1;  // of the book
    };
    Task<Result<PutEntry>> put_entry(OwnerId owner, LorebookId id, std::optional<std::int64_t> uid,
                                     LoreEntry entry, std::optional<std::int64_t> expected);
    Task<Result<void>> remove_entry(OwnerId owner, LorebookId id, std::int64_t uid);
    // As it was when it was deleted; one that is there stays. not_found "entry-not-found".
    Task<Result<PutEntry>> restore_entry(OwnerId owner, LorebookId id, std::int64_t uid);

    // It is gone from everywhere, and can be restored for limits::restore_ms.
    Task<Result<void>> remove(OwnerId owner, LorebookId id);
    // As it was, with all that named it. conflict "too-many-lorebooks".
    Task<Result<BookSummary>> restore(OwnerId owner, LorebookId id);
    Task<Result<bool>> restorable(OwnerId owner, LorebookId id);  // it is removed
    // What was removed, at once and for good. conflict "not-deleted".
    Task<Result<void>> erase_removed(OwnerId owner, LorebookId id);
    // Erases what was removed limits::restore_ms ago.
    Task<Result<void>> erase_old();

    Task<Result<std::vector<BookVersion>>> versions(OwnerId owner, LorebookId id);  // newest first
    // The state of then once more, as a new version. not_found "version-not-found".
    Task<Result<BookSummary>> restore_version(OwnerId owner, LorebookId id, std::int64_t version);

    // version: an earlier state.
    Task<Result<BookFile>> export_book(OwnerId owner, LorebookId id, BookForm form,
                                       std::optional<std::int64_t> version);

    // Those that wake where one of these places is, at most limits::books_of_chat; `extra`: of the persona.
    Task<Result<std::vector<AwakeBook>>> awake(OwnerId owner, std::vector<BookPlace> places,
                                               std::optional<LorebookId> extra);
    // For scanning; of the present state.
    Task<Result<Lorebook>> read(OwnerId owner, LorebookId id);
    // The same, kept by its version for the next turn.
    Task<Result<std::shared_ptr<const Lorebook>>> scanned(OwnerId owner, LorebookId id, std::int64_t version);

private:
    struct Kept {
        std::int64_t version = 1;
        std::shared_ptr<const Lorebook> book;
    };
    db::Database& database_;
    async::Pool& compute_;
    async::Clock& clock_;
    IdSource& ids_;
    std::mutex mutex_;
    std::unordered_map<LorebookId, Kept> kept_;
};

}  // namespace lares::character
