#pragma once
// The lorebook within a card (`character_book`, V2 and V3), read and changed where it stands. What is not
// changed stays as its author wrote it, and a changed entry keeps the fields that nobody here knows. An entry
// has the number by which scans know it: its `id`, without one its place in the list. Pure.
#include "base/result.h"
#include "character/lorebook_forms.h"
#include "character/model.h"

namespace lares::character {

struct OwnBook {
    BookHead head;
    std::vector<StoredEntry> entries;  // ascending by uid
};

// Empty where the card has none. Errors: those of lorebook.h, of a book that came in before it was checked.
Result<OwnBook> own_book(const Card& card);

struct EntryChange {
    std::optional<std::int64_t> uid;  // none: the next free one
    std::optional<LoreEntry> entry;   // none: it is removed
};

// An entry as it stood in an earlier card.
struct EntryBack {
    StoredEntry entry;
    std::size_t place = 0;
    std::string json;
};
Result<std::optional<EntryBack>> entry_of(const Card& earlier, std::int64_t uid);

// What is set takes the place of what is there.
struct HeadChange {
    std::optional<std::string> name, description;
    std::optional<std::int64_t> scan_depth, token_budget;
    std::optional<bool> recursive;
};

struct BookChange {
    std::optional<HeadChange> head;
    std::optional<EntryChange> entry;
    std::optional<EntryBack> back = {};
    bool remove_book = false;
};

struct BookChanged {
    Card card;
    std::optional<StoredEntry> entry;  // as it is now
    bool is_new = false;
};

// A V1 card becomes V2: V1 has no place for a book. Errors: those of own_book and card.h; not_found
// "entry-not-found"; conflict "too-many-entries", "entry-number-taken".
Result<BookChanged> change_own_book(const Card& card, const BookChange& change);

}  // namespace lares::character
