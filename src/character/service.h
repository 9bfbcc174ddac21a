#pragma once
// Characters of a person: their own and the public ones. Another's private character and one that does not
// exist give the same error: not_found "character-not-found".
#include <functional>
#include <utility>

#include "async/clock.h"
#include "async/pool.h"
#include "async/task.h"
#include "base/id.h"
#include "base/result.h"
#include "character/export.h"
#include "character/model.h"
#include "character/own_book.h"
#include "character/pictures.h"
#include "db/database.h"

namespace lares::character {

class Service {
public:
    // All outlive it. Cards are read on `compute`: a large one takes tens of milliseconds.
    Service(db::Database& database, async::Pool& compute, async::Clock& clock, IdSource& ids);

    // At start, blocking: the bundled characters are in the database as they are in this program.
    Result<void> seed_bundled();

    // A PNG, CHARX or JSON card as it was uploaded. Errors: those of card.h; conflict "too-many-characters".
    Task<Result<Character>> import_card(OwnerId owner, std::string file);

    Task<Result<List>> list(UserId user, Page page);  // bad_request for a `after` that is not ours or limit 0
    Task<Result<Character>> get(UserId user, CharacterId id);
    // The picture as it is shown (media/image.h); its sha256 is the original's, which export_file gives. Also
    // not_found "avatar-not-found", where it cannot be shown, too.
    Task<Result<Avatar>> avatar(UserId user, CharacterId id);

    // A PNG, JPEG or still WebP in its picture's place, without what the file holds besides. The one before
    // is kept. Only the owner; errors: those of media::decode.
    Task<Result<Character>> set_avatar(UserId user, CharacterId id, std::string picture);
    // It has none any more, and the one before is kept. Only the owner.
    Task<Result<Character>> remove_avatar(UserId user, CharacterId id);
    Task<Result<std::vector<EarlierPicture>>> earlier_avatars(UserId user, CharacterId id);  // newest first
    // As it is shown. not_found "avatar-not-found".
    Task<Result<Avatar>> earlier_avatar(UserId user, CharacterId id, std::int64_t number);
    // It is its picture again, and the present one is kept.
    Task<Result<Character>> restore_avatar(UserId user, CharacterId id, std::int64_t number);

    // Reads the card on the compute pool. Errors: those of export.h.
    Task<Result<ExportedFile>> export_file(UserId user, CharacterId id, Format format,
                                           std::optional<Spec> spec);
    // A character of one's own with the same card, picture and files.
    Task<Result<Character>> duplicate(UserId user, CharacterId id);

    // The card before stays as a version. Only the owner; errors: those of card.h.
    Task<Result<Character>> replace(UserId user, CharacterId id, std::string card_json);
    Task<Result<Character>> change(UserId user, CharacterId id, CardChange change,
                                   std::optional<Visibility> visibility);
    Task<Result<std::vector<Version>>> versions(UserId user,
                                                CharacterId id);  // newest first, the present one too
    Task<Result<std::string>> version_card(UserId user, CharacterId id, std::int64_t version);  // its JSON
    // The card of then once more, as a new version.
    Task<Result<Character>> restore_version(UserId user, CharacterId id, std::int64_t version);

    // The lorebook within its card; only the owner. A change is a new version of the character. `expected`:
    // the version that the caller saw; another one is conflict "character-changed". Errors: those of
    // own_book.h.
    struct BookOf {
        Character character;
        OwnBook book;
    };
    Task<Result<BookOf>> book(UserId user, CharacterId id);
    // The book as it is then. Errors: also those of own_book().
    Task<Result<BookOf>> change_book_head(UserId user, CharacterId id, HeadChange change,
                                          std::optional<std::int64_t> expected);
    struct BookStored {
        std::optional<StoredEntry> entry;  // as it is now
        bool is_new = false;
        std::int64_t version = 1;  // of the character
    };
    Task<Result<BookStored>> change_book(UserId user, CharacterId id, BookChange change,
                                         std::optional<std::int64_t> expected);

    // The entry as it was in the newest of the last limits::versions_searched versions that has it; one that
    // is there stays.
    Task<Result<BookStored>> restore_entry(UserId user, CharacterId id, std::int64_t uid);

    // It is gone from everywhere, and can be restored for limits::restore_ms. Only the owner: forbidden
    // "not-owner" for a public character of another.
    Task<Result<void>> remove(UserId user, CharacterId id);
    // As it was, with all that named it. conflict "too-many-characters".
    Task<Result<Character>> restore(UserId user, CharacterId id);
    Task<Result<bool>> restorable(OwnerId owner, CharacterId id);  // it is removed
    // What was removed, at once and for good. conflict "not-deleted".
    Task<Result<void>> erase_removed(UserId user, CharacterId id);
    // Erases what was removed limits::restore_ms ago.
    Task<Result<void>> erase_old();
    // Only the owner, too.
    Task<Result<void>> set_visibility(UserId user, CharacterId id, Visibility visibility);

    Task<Result<void>> activate(UserId user, CharacterId id);
    Task<Result<std::optional<CharacterId>>> active(UserId user);

    // At most limits::favourites_max of a person: conflict "too-many-favourites".
    Task<Result<void>> set_favourite(UserId user, CharacterId id, bool favourite);

    Task<Result<Standing>> standing(UserId user, CharacterId id);

private:
    template <class T>
    struct Remade {
        Card card;
        T answer;
    };
    template <class T>
    using Remake = std::function<Result<Remade<T>>(const Character&)>;
    // The character as it is then, and the answer of `remake`.
    template <class T>
    Task<Result<std::pair<Character, T>>> put_remade(UserId user, CharacterId id,
                                                     std::optional<std::int64_t> expected, Remake<T> remake,
                                                     std::optional<Visibility> visibility = std::nullopt);

    db::Database& database_;
    async::Pool& compute_;
    async::Clock& clock_;
    IdSource& ids_;
};

}  // namespace lares::character
