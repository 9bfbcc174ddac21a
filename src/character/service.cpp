#include "character/service.h"

#include <memory>
#include <variant>

#include "character/bundled.h"
#include "character/card.h"
#include "character/removed.h"
#include "character/store.h"
#include "db/digest.h"
#include "media/image.h"

namespace lares::character {

namespace {

constexpr int remakes_max =
    64;  // tries of a change while others change the same card; one of them gets on each time

tl::unexpected<Error> not_found() {
    return fail(Code::not_found, "character-not-found", "There is no such character.");
}

// What a person who does not own it is told.
tl::unexpected<Error> not_owned(Standing standing) {
    if (standing == Standing::none) return not_found();
    return fail(Code::forbidden, "not-owner",
                "This character belongs to someone else; only its owner can change it.");
}

tl::unexpected<Error> no_version() {
    return fail(Code::not_found, "version-not-found", "This character has no such version.");
}

tl::unexpected<Error> no_picture() {
    return fail(Code::not_found, "avatar-not-found", "There is no such picture.");
}

Result<Character> find_own(db::Reader& reader, UserId user, CharacterId id) {
    LARES_TRY(auto found, store::find(reader, user, id));
    if (!found) return not_found();
    if (found->owner != user) return not_owned(Standing::reader);
    return std::move(*found);
}

// `expected`: the version that the caller saw.
Result<void> check_version(const Character& found, std::optional<std::int64_t> expected) {
    if (!expected || *expected == found.version) return {};
    return fail(Code::conflict, "character-changed",
                "This character was changed elsewhere (version " + std::to_string(found.version) +
                    "). Read it again, then make your change.");
}

Result<void> check_count(db::Reader& reader, OwnerId owner) {
    LARES_TRY(const auto count, store::count_of(reader, owner));
    if (static_cast<std::size_t>(count) < limits::characters_per_owner) return {};
    return fail(Code::conflict, "too-many-characters",
                "You have as many characters as this server allows. Delete one first.");
}

}  // namespace

Service::Service(db::Database& database, async::Pool& compute, async::Clock& clock, IdSource& ids)
    : database_(database), compute_(compute), clock_(clock), ids_(ids) {}

Result<void> Service::seed_bundled() {
    return database_.write_blocking([now = clock_.unix_ms()](db::Tx& tx) -> Result<void> {
        for (const auto& character : bundled()) {
            LARES_TRY(auto card, parse_card_json(character.card));
            const auto id = CharacterId::parse(character.id);
            if (!id) return fail(Code::internal, "internal", "A bundled character has a malformed id.");
            LARES_CHECK(
                store::put_bundled(tx, {*id, std::nullopt, Visibility::everyone, std::move(card), "", now}));
        }
        return {};
    });
}

Task<Result<Character>> Service::import_card(OwnerId owner, std::string file) {
    auto read = [bytes = std::move(file)]() mutable -> Result<std::pair<ImportedCard, std::string>> {
        LARES_TRY(auto imported, parse_card_file(std::move(bytes)));
        std::string sha256 = imported.picture.empty() ? "" : db::sha256_hex(imported.picture);
        return std::pair(std::move(imported), std::move(sha256));
    };
    LARES_CO_TRY(auto file_read, co_await compute_.run(std::move(read)));
    auto& [imported, sha256] = file_read;
    const std::int64_t now = clock_.unix_ms();
    const store::NewCharacter character{ids_.make<CharacterId>(now), owner,
                                        Visibility::only_owner,      std::move(imported.card),
                                        std::move(sha256),           now};
    auto write = [character, owner, picture = db::Blob{std::move(imported.picture)},
                  archive = db::Blob{std::move(imported.archive)}](db::Tx& tx) -> Result<void> {
        LARES_CHECK(check_count(tx, owner));
        LARES_CHECK(store::insert(tx, character));
        if (!archive.bytes.empty()) LARES_CHECK(store::insert_archive(tx, character.id, owner, archive));
        if (picture.bytes.empty()) return {};
        return store::insert_picture(tx, character.id, owner, character.picture_sha256, picture);
    };
    LARES_CO_CHECK(co_await database_.write(std::move(write)));
    co_return Character{
        character.id, owner, character.card, character.visibility, character.picture_sha256, now, now,
        false,        1};
}

Task<Result<List>> Service::list(UserId user, Page page) {
    std::optional<CharacterId> before;
    if (!page.after.empty()) {
        before = CharacterId::parse(page.after);
        if (!before) co_return invalid_field("after", "must be the `next` of an earlier page");
    }
    if (page.limit == 0 || page.limit > limits::page_max)
        co_return invalid_field("limit", "must be 1 to 200");
    const std::size_t limit = page.limit;
    auto read = [user, before, limit](db::Reader& reader) {
        return store::list(reader, user, before, limit + 1);
    };
    LARES_CO_TRY(auto items, co_await database_.read(std::move(read)));
    List list{std::move(items), std::nullopt};
    if (list.items.size() > limit) {
        list.items.resize(limit);
        list.next = list.items.back().id.text();
    }
    co_return list;
}

Task<Result<Character>> Service::get(UserId user, CharacterId id) {
    auto read = [user, id](db::Reader& reader) { return store::find(reader, user, id); };
    LARES_CO_TRY(auto character, co_await database_.read(std::move(read)));
    if (!character) co_return not_found();
    co_return std::move(*character);
}

Task<Result<Avatar>> Service::avatar(UserId user, CharacterId id) {
    struct Found {
        Avatar picture;
        bool shown = false;
    };
    auto read = [user, id](db::Reader& reader) -> Result<Found> {
        LARES_TRY(const auto standing, store::standing(reader, user, id));
        if (standing == Standing::none) return not_found();
        LARES_TRY(auto picture, store::find_picture(reader, user, id));
        if (!picture) return fail(Code::not_found, "avatar-not-found", "This character has no picture.");
        LARES_TRY(auto display, store::find_display(reader, id, picture->sha256));
        if (display) return Found{std::move(*display), true};
        return Found{std::move(*picture), false};
    };
    LARES_CO_TRY(auto found, co_await database_.read(std::move(read)));
    // What comes with the program is a drawing of ours.
    if (found.shown || media::sniff_image(found.picture.bytes) == media::ImageKind::none)
        co_return std::move(found.picture);
    auto show = [picture = std::move(found.picture)]() -> Result<Avatar> {
        auto image = media::for_display(picture.bytes, limits::avatar_side);
        if (!image)
            return fail(Code::not_found, "avatar-not-found",
                        "The picture of this character cannot be shown. " + image.error().message);
        return Avatar{std::string(media::media_type(image->kind)), std::move(image->bytes), picture.sha256};
    };
    LARES_CO_TRY(auto display, co_await compute_.run(std::move(show)));
    LARES_CO_CHECK(
        co_await database_.write([id, display](db::Tx& tx) { return store::put_display(tx, id, display); }));
    co_return display;
}

Task<Result<Character>> Service::set_avatar(UserId user, CharacterId id, std::string picture) {
    auto make = [bytes = std::move(picture)]() -> Result<std::pair<std::string, std::string>> {
        LARES_TRY(const auto pixels, media::decode(bytes, limits::avatar_side));
        LARES_TRY(auto png, media::encode_png(pixels));
        auto sha256 = db::sha256_hex(png);
        return std::pair(std::move(png), std::move(sha256));
    };
    LARES_CO_TRY(auto made, co_await compute_.run(std::move(make)));
    auto write = [user, id, now = clock_.unix_ms(), sha256 = std::move(made.second),
                  png = db::Blob{std::move(made.first)}](db::Tx& tx) -> Result<Character> {
        LARES_CHECK(find_own(tx, user, id));
        LARES_CHECK(store::set_picture(tx, user, id, sha256, png, now));
        return find_own(tx, user, id);
    };
    co_return co_await database_.write(std::move(write));
}

Task<Result<Character>> Service::remove_avatar(UserId user, CharacterId id) {
    auto write = [user, id, now = clock_.unix_ms()](db::Tx& tx) -> Result<Character> {
        LARES_CHECK(find_own(tx, user, id));
        LARES_CHECK(store::remove_picture(tx, user, id, now));
        return find_own(tx, user, id);
    };
    co_return co_await database_.write(std::move(write));
}

Task<Result<std::vector<EarlierPicture>>> Service::earlier_avatars(UserId user, CharacterId id) {
    co_return co_await database_.read([user, id](db::Reader& reader) -> Result<std::vector<EarlierPicture>> {
        LARES_CHECK(find_own(reader, user, id));
        return store::earlier_pictures(reader, user, id);
    });
}

Task<Result<Avatar>> Service::earlier_avatar(UserId user, CharacterId id, std::int64_t number) {
    LARES_CO_TRY(auto found,
                 co_await database_.read([user, id, number](db::Reader& reader) -> Result<Avatar> {
                     LARES_CHECK(find_own(reader, user, id));
                     LARES_TRY(auto picture, store::earlier_picture(reader, user, id, number));
                     if (!picture) return no_picture();
                     return std::move(*picture);
                 }));
    co_return co_await compute_.run([found = std::move(found)]() -> Result<Avatar> {
        LARES_TRY(auto image, media::for_display(found.bytes, limits::avatar_side));
        return Avatar{std::string(media::media_type(image.kind)), std::move(image.bytes), found.sha256};
    });
}

Task<Result<Character>> Service::restore_avatar(UserId user, CharacterId id, std::int64_t number) {
    auto write = [user, id, number, now = clock_.unix_ms()](db::Tx& tx) -> Result<Character> {
        LARES_CHECK(find_own(tx, user, id));
        LARES_TRY(auto picture, store::earlier_picture(tx, user, id, number));
        if (!picture) return no_picture();
        LARES_CHECK(
            store::set_picture(tx, user, id, picture->sha256, db::Blob{std::move(picture->bytes)}, now));
        return find_own(tx, user, id);
    };
    co_return co_await database_.write(std::move(write));
}

Task<Result<ExportedFile>> Service::export_file(UserId user, CharacterId id, Format format,
                                                std::optional<Spec> spec) {
    struct Parts {
        Character character;
        std::string picture, archive;
    };
    auto read = [user, id, format](db::Reader& reader) -> Result<std::optional<Parts>> {
        LARES_TRY(auto found, store::find(reader, user, id));
        if (!found) return std::optional<Parts>();
        Parts parts{std::move(*found), {}, {}};
        if (format == Format::json) return std::optional(std::move(parts));
        LARES_TRY(auto picture, store::find_picture(reader, user, id));
        if (picture) parts.picture = std::move(picture->bytes);
        if (format == Format::charx) {
            LARES_TRY(auto archive, store::find_archive(reader, user, id));
            parts.archive = std::move(archive).value_or("");
        }
        return std::optional(std::move(parts));
    };
    LARES_CO_TRY(auto parts, co_await database_.read(std::move(read)));
    if (!parts) co_return not_found();
    co_return co_await compute_.run([parts = std::move(*parts), format, spec]() -> Result<ExportedFile> {
        const Card& card = parts.character.card;
        return export_card(card, format, spec.value_or(card.spec), parts.picture, parts.archive);
    });
}

Task<Result<Character>> Service::duplicate(UserId user, CharacterId id) {
    LARES_CO_TRY(auto made, co_await get(user, id));
    const std::int64_t now = clock_.unix_ms();
    made.id = ids_.make<CharacterId>(now);
    made.owner = user;
    made.visibility = Visibility::only_owner;
    made.created_ms = made.updated_ms = now;
    made.active = false;
    made.version = 1;
    const auto copy = std::make_shared<const store::NewCharacter>(
        store::NewCharacter{made.id, user, made.visibility, made.card, made.avatar_sha256, now});
    auto write = [user, id, copy](db::Tx& tx) -> Result<void> {
        LARES_TRY(const auto standing, store::standing(tx, user, id));
        if (standing == Standing::none) return not_found();
        LARES_CHECK(check_count(tx, user));
        LARES_CHECK(store::insert(tx, *copy));
        return store::copy_files(tx, user, id, copy->id);
    };
    LARES_CO_CHECK(co_await database_.write(std::move(write)));
    co_return made;
}

// A large card takes tens of milliseconds to read and to write, and every other write waits for the writer:
// it is read and made before, and stored if it is still the one that was read. So of two changes at once
// neither undoes the other.
template <class T>
Task<Result<std::pair<Character, T>>> Service::put_remade(UserId user, CharacterId id,
                                                          std::optional<std::int64_t> expected,
                                                          Remake<T> remake,
                                                          std::optional<Visibility> visibility) {
    for (int i = 0; i < remakes_max; ++i) {
        auto read = [user, id](db::Reader& reader) { return find_own(reader, user, id); };
        LARES_CO_TRY(auto found, co_await database_.read(std::move(read)));
        LARES_CO_CHECK(check_version(found, expected));
        const auto seen = std::make_shared<Character>(std::move(found));
        LARES_CO_TRY(auto made, co_await compute_.run([seen, remake] { return remake(*seen); }));
        const auto card = std::make_shared<const Card>(std::move(made.card));
        const auto now = clock_.unix_ms();
        auto write = [user, id, version = seen->version, card, visibility,
                      now](db::Tx& tx) -> Result<std::optional<std::int64_t>> {
            LARES_TRY(const auto stored, store::replace(tx, user, id, version, *card, now));
            if (stored && visibility) LARES_CHECK(store::set_visibility(tx, user, id, *visibility, now));
            return stored;
        };
        LARES_CO_TRY(const auto version, co_await database_.write(std::move(write)));
        if (!version) continue;
        if (visibility || *version != seen->version) seen->updated_ms = now;
        seen->visibility = visibility.value_or(seen->visibility);
        seen->version = *version;
        seen->card = *card;
        co_return std::pair(std::move(*seen), std::move(made.answer));
    }
    co_return fail(Code::conflict, "character-changed",
                   "This character is being changed elsewhere. Make your change again.");
}

Task<Result<Character>> Service::replace(UserId user, CharacterId id, std::string card_json) {
    LARES_CO_TRY(auto card,
                 co_await compute_.run([json = std::move(card_json)] { return parse_card_json(json); }));
    const Remake<std::monostate> remake = [card = std::move(card)](const Character&) {
        return Remade<std::monostate>{card, {}};
    };
    LARES_CO_TRY(auto stored, co_await put_remade(user, id, std::nullopt, remake));
    co_return std::move(stored.first);
}

Task<Result<Character>> Service::change(UserId user, CharacterId id, CardChange change,
                                        std::optional<Visibility> visibility) {
    const Remake<std::monostate> remake =
        [change = std::move(change)](const Character& found) -> Result<Remade<std::monostate>> {
        if (change.empty()) return Remade<std::monostate>{found.card, {}};
        LARES_TRY(auto card, changed_card(found.card, change));
        return Remade<std::monostate>{std::move(card), {}};
    };
    LARES_CO_TRY(auto stored, co_await put_remade(user, id, std::nullopt, remake, visibility));
    co_return std::move(stored.first);
}

Task<Result<Service::BookOf>> Service::book(UserId user, CharacterId id) {
    auto read = [user, id](db::Reader& reader) { return find_own(reader, user, id); };
    LARES_CO_TRY(auto found, co_await database_.read(std::move(read)));
    co_return co_await compute_.run([found = std::move(found)]() mutable -> Result<BookOf> {
        LARES_TRY(auto book, own_book(found.card));
        return BookOf{std::move(found), std::move(book)};
    });
}

Task<Result<Service::BookOf>> Service::change_book_head(UserId user, CharacterId id, HeadChange change,
                                                        std::optional<std::int64_t> expected) {
    const Remake<OwnBook> remake =
        [change = std::move(change)](const Character& found) -> Result<Remade<OwnBook>> {
        LARES_TRY(auto changed, change_own_book(found.card, {.head = change, .entry = {}}));
        LARES_TRY(auto book, own_book(changed.card));
        return Remade<OwnBook>{std::move(changed.card), std::move(book)};
    };
    LARES_CO_TRY(auto stored, co_await put_remade(user, id, expected, remake));
    co_return BookOf{std::move(stored.first), std::move(stored.second)};
}

Task<Result<Service::BookStored>> Service::change_book(UserId user, CharacterId id, BookChange change,
                                                       std::optional<std::int64_t> expected) {
    const Remake<BookStored> remake =
        [change = std::move(change)](const Character& found) -> Result<Remade<BookStored>> {
        LARES_TRY(auto changed, change_own_book(found.card, change));
        return Remade<BookStored>{std::move(changed.card), {std::move(changed.entry), changed.is_new}};
    };
    LARES_CO_TRY(auto stored, co_await put_remade(user, id, expected, remake));
    stored.second.version = stored.first.version;
    co_return std::move(stored.second);
}

Task<Result<Service::BookStored>> Service::restore_entry(UserId user, CharacterId id, std::int64_t uid) {
    LARES_CO_TRY(const auto known, co_await versions(user, id));
    std::optional<EntryBack> present;
    BookChange change;
    for (std::size_t i = 0; i < known.size() && i <= limits::versions_searched && !change.back; ++i) {
        LARES_CO_TRY(auto json, co_await version_card(user, id, known[i].version));
        auto look = [json = std::move(json), uid]() -> Result<std::optional<EntryBack>> {
            LARES_TRY(const auto card, parse_card_json(json));
            return entry_of(card, uid);
        };
        LARES_CO_TRY((i == 0 ? present : change.back), co_await compute_.run(std::move(look)));
    }
    if (present && (!change.back || change.back->json == present->json))
        co_return BookStored{std::move(present->entry), false, known.front().version};
    if (!change.back) co_return fail(Code::not_found, "entry-not-found", "This lorebook has no such entry.");
    co_return co_await change_book(user, id, std::move(change), std::nullopt);
}

Task<Result<std::vector<Version>>> Service::versions(UserId user, CharacterId id) {
    auto read = [user, id](db::Reader& reader) -> Result<std::vector<Version>> {
        LARES_TRY(auto found, store::versions(reader, user, id));
        if (!found.empty()) return found;
        LARES_TRY(const auto standing, store::standing(reader, user, id));
        return not_owned(standing);
    };
    co_return co_await database_.read(std::move(read));
}

Task<Result<std::string>> Service::version_card(UserId user, CharacterId id, std::int64_t version) {
    auto read = [user, id, version](db::Reader& reader) -> Result<std::string> {
        LARES_TRY(auto card, store::find_version(reader, user, id, version));
        if (card) return std::move(*card);
        LARES_TRY(const auto standing, store::standing(reader, user, id));
        if (standing != Standing::owner) return not_owned(standing);
        return no_version();
    };
    co_return co_await database_.read(std::move(read));
}

Task<Result<Character>> Service::restore_version(UserId user, CharacterId id, std::int64_t version) {
    LARES_CO_TRY(auto json, co_await version_card(user, id, version));
    co_return co_await replace(user, id, std::move(json));
}

Task<Result<void>> Service::remove(UserId user, CharacterId id) {
    auto write = [user, id, now = clock_.unix_ms()](db::Tx& tx) -> Result<void> {
        LARES_TRY(const auto standing, store::standing(tx, user, id));
        if (standing != Standing::owner) return not_owned(standing);
        return removed::hide(tx, user, id, now, limits::characters_per_owner, &store::erase);
    };
    co_return co_await database_.write(std::move(write));
}

Task<Result<Character>> Service::restore(UserId user, CharacterId id) {
    auto write = [user, id](db::Tx& tx) -> Result<Character> {
        LARES_TRY(const bool is_removed, removed::holds(tx, CharacterId::kind, {user, id.value}));
        if (is_removed) {
            LARES_CHECK(check_count(tx, user));
            LARES_CHECK(removed::take(tx, CharacterId::kind, {user, id.value}));
        }
        return find_own(tx, user, id);
    };
    co_return co_await database_.write(std::move(write));
}

Task<Result<bool>> Service::restorable(OwnerId owner, CharacterId id) {
    co_return co_await database_.read([owner, id](db::Reader& reader) {
        return removed::holds(reader, CharacterId::kind, {owner, id.value});
    });
}

Task<Result<void>> Service::erase_removed(UserId user, CharacterId id) {
    auto write = [user, id](db::Tx& tx) { return removed::erase_now(tx, user, id, &store::erase); };
    co_return co_await database_.write(std::move(write));
}

Task<Result<void>> Service::erase_old() {
    co_return co_await removed::erase_old<CharacterId>(database_, clock_.unix_ms(), &store::erase);
}

Task<Result<void>> Service::set_visibility(UserId user, CharacterId id, Visibility visibility) {
    auto write = [user, id, visibility, now = clock_.unix_ms()](db::Tx& tx) -> Result<void> {
        LARES_TRY(const bool changed, store::set_visibility(tx, user, id, visibility, now));
        if (changed) return {};
        LARES_TRY(const auto standing, store::standing(tx, user, id));
        return not_owned(standing);
    };
    co_return co_await database_.write(std::move(write));
}

Task<Result<void>> Service::activate(UserId user, CharacterId id) {
    auto write = [user, id](db::Tx& tx) -> Result<void> {
        LARES_TRY(const auto standing, store::standing(tx, user, id));
        if (standing == Standing::none) return not_found();
        return store::activate(tx, user, id);
    };
    co_return co_await database_.write(std::move(write));
}

Task<Result<std::optional<CharacterId>>> Service::active(UserId user) {
    auto read = [user](db::Reader& reader) { return store::active(reader, user); };
    co_return co_await database_.read(std::move(read));
}

Task<Result<void>> Service::set_favourite(UserId user, CharacterId id, bool favourite) {
    auto write = [user, id, favourite](db::Tx& tx) -> Result<void> {
        LARES_TRY(const auto standing, store::standing(tx, user, id));
        if (standing == Standing::none) return not_found();
        LARES_TRY(const auto count, store::favourites_of(tx, user));
        if (favourite && count >= limits::favourites_max)
            return fail(Code::conflict, "too-many-favourites",
                        "You have " + std::to_string(count) + " favourites, the most there can be.");
        return store::set_favourite(tx, user, id, favourite);
    };
    co_return co_await database_.write(std::move(write));
}

Task<Result<Standing>> Service::standing(UserId user, CharacterId id) {
    auto read = [user, id](db::Reader& reader) { return store::standing(reader, user, id); };
    co_return co_await database_.read(std::move(read));
}

}  // namespace lares::character
