// What was deleted is nowhere, comes back as it was, and is erased wholly when its time is over.
#include "character/removed.h"

#include <filesystem>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "async/virtual_clock.h"
#include "character/charx.h"
#include "character/migrations.h"
#include "character/personas.h"
#include "character/removed_list.h"
#include "character/service.h"
#include "unit/character/png_writer.h"

namespace lares::character {
namespace {

constexpr auto card_json =
    R"J({"spec":"chara_card_v3","spec_version":"3.0","data":{"name":"Mira","description":"d","extensions":{},)J"
    R"J("assets":[{"type":"icon","uri":"embeded://assets/icon/main.png","name":"main","ext":"png"}],)J"
    R"J("character_book":{"extensions":{},"entries":[)J"
    R"J({"keys":["lamp"],"content":"Old.","enabled":true,"insertion_order":7,"extensions":{"vendor":9},"vendor":[1]},)J"
    R"J({"keys":["rope"],"content":"Hangs.","enabled":true,"insertion_order":8,"extensions":{}}]}}})J";

const auto moment = async::Milliseconds(1);
const auto kept_for = async::Milliseconds(limits::restore_ms);

class Removed : public ::testing::Test {
protected:
    void open(const std::string& file) {
        auto opened = db::Database::open(
            {.file = file, .migrations = {{"character", migrations}}, .inline_mode = true, .vfs = {}});
        if (!opened) throw std::runtime_error(opened.error().message);
        database = std::move(*opened);
        characters.emplace(*database, compute, clock, ids);
        books.emplace(*database, compute, clock, ids);
        personas.emplace(*database, compute, clock, ids);
    }
    void SetUp() override { open(":memory:"); }

    template <class T>
    T run(Task<T> task) {
        auto done = boost::asio::co_spawn(loop, std::move(task), boost::asio::use_future);
        loop.restart();
        loop.run();
        return done.get();
    }

    CharacterId companion() {
        clock.advance(moment);
        const auto archive = write_charx(card_json, testing::png_image(""), {}).value();
        return run(characters->import_card(ann, archive)).value().id;
    }
    LorebookId book(const std::string& name, std::vector<BookPlace> places = {}) {
        clock.advance(moment);
        boost::json::object lamp{
            {"uid", 0}, {"key", {"lamp"}}, {"content", "Old."}, {"vendor", {{"kept", 1}}}};
        BookHead head;
        head.name = name;
        return run(books->create(ann, head, {{0, std::move(lamp)}}, std::move(places))).value().id;
    }
    PersonaId persona(const std::string& name, std::optional<LorebookId> with = {}, bool is_default = false) {
        clock.advance(moment);
        PersonaFields fields;
        fields.name = name;
        fields.lorebook_id = with;
        fields.is_default = is_default;
        return run(personas->create(ann, fields)).value().id;
    }

    // All that can be learned of it.
    std::string told(UserId who, CharacterId id) {
        std::string out;
        const auto add = [&out](const auto& result, auto text) {
            out += result ? text(*result) : result.error().type + ": " + result.error().message;
            out += '\n';
        };
        add(run(characters->get(who, id)), [](const Character& c) {
            return c.card.original + std::to_string(c.version) + std::to_string(c.updated_ms) +
                   std::to_string(c.created_ms) + (c.active ? "active" : "");
        });
        add(run(characters->versions(who, id)), [](const std::vector<Version>& all) {
            std::string text;
            for (const auto& one : all) text += std::to_string(one.version) + std::to_string(one.created_ms);
            return text;
        });
        add(run(characters->version_card(who, id, 1)), [](const std::string& json) { return json; });
        add(run(characters->avatar(who, id)), [](const Avatar& avatar) { return avatar.bytes; });
        add(run(characters->export_file(who, id, Format::charx, {})),
            [](const auto& file) { return file.bytes; });
        add(run(characters->book(who, id)),
            [](const auto& found) { return std::to_string(found.book.entries.size()); });
        add(run(characters->standing(who, id)),
            [](Standing standing) { return std::to_string(static_cast<int>(standing)); });
        add(run(characters->active(who)), [&](auto active) { return active == id ? "active" : "other"; });
        const auto listed = run(characters->list(who, {}));
        for (const auto& item : listed.value().items)
            if (item.id == id) out += "listed" + item.name + (item.favourite ? " favourite" : "");
        return out;
    }
    // Nothing can be done with it, and no error tells it from one that never was.
    std::string refused(UserId who, CharacterId id) {
        std::string out;
        const auto add = [&out](const auto& result) {
            out += result ? "done\n" : result.error().type + ": " + result.error().message + '\n';
        };
        add(run(characters->remove(who, id)));
        add(run(characters->set_visibility(who, id, Visibility::everyone)));
        add(run(characters->activate(who, id)));
        add(run(characters->set_favourite(who, id, true)));
        add(run(characters->duplicate(who, id)));
        add(run(characters->replace(who, id, card_json)));
        add(run(characters->restore_version(who, id, 1)));
        add(run(characters->restore_entry(who, id, 0)));
        CardChange change;
        change.name = "New";
        add(run(characters->change(who, id, change, {})));
        return out;
    }

    // Rows of any table that name it.
    std::int64_t rows_of(const std::string& id) {
        const auto count = database->read_blocking([&id](db::Reader& reader) -> Result<std::int64_t> {
            LARES_TRY(const auto found,
                      reader.one<std::int64_t>(
                          "SELECT (SELECT COUNT(*) FROM characters WHERE id = ?1)"
                          " + (SELECT COUNT(*) FROM character_files WHERE character_id = ?1)"
                          " + (SELECT COUNT(*) FROM character_archives WHERE character_id = ?1)"
                          " + (SELECT COUNT(*) FROM character_versions WHERE character_id = ?1)"
                          " + (SELECT COUNT(*) FROM character_displays WHERE character_id = ?1)"
                          " + (SELECT COUNT(*) FROM active_characters WHERE character_id = ?1)"
                          " + (SELECT COUNT(*) FROM favourite_characters WHERE character_id = ?1)"
                          " + (SELECT COUNT(*) FROM lorebooks WHERE id = ?1)"
                          " + (SELECT COUNT(*) FROM lorebook_versions WHERE lorebook_id = ?1)"
                          " + (SELECT COUNT(*) FROM lorebook_entries WHERE lorebook_id = ?1)"
                          " + (SELECT COUNT(*) FROM lorebook_scopes WHERE lorebook_id = ?1 OR target = ?1)"
                          " + (SELECT COUNT(*) FROM personas WHERE id = ?1 OR lorebook_id = ?1)"
                          " + (SELECT COUNT(*) FROM persona_files WHERE persona_id = ?1)"
                          " + (SELECT COUNT(*) FROM removed WHERE id = ?1)",
                          id));
            return found.value_or(-1);
        });
        return count.value();
    }
    // What the list tells them, page by page: "kind name".
    std::vector<std::string> listed(UserId who, std::optional<RemovedKind> kind = {},
                                    std::size_t page = 100) {
        std::vector<std::string> out;
        std::optional<RemovedPlace> last;
        for (;;) {
            const RemovedQuery query{kind, last, page, clock.unix_ms()};
            const auto things = run(list_removed(*database, who, query)).value();
            for (const auto& thing : things) {
                out.push_back(std::string(boost::describe::enum_to_string(thing.kind, "")) + ' ' +
                              thing.name);
                if (!thing.lorebook.empty()) out.back() += " of " + thing.lorebook;
                last = thing.place;
            }
            if (things.size() < page) return out;
        }
    }
    void sweep() {
        ASSERT_TRUE(run(characters->erase_old()));
        ASSERT_TRUE(run(books->erase_old()));
        ASSERT_TRUE(run(personas->erase_old()));
    }

    boost::asio::io_context loop;
    std::unique_ptr<db::Database> database;
    async::Pool compute{{.name = "compute"}};
    async::VirtualClock clock;
    IdSource ids{1};
    std::optional<Service> characters;
    std::optional<Lorebooks> books;
    std::optional<Personas> personas;
    UserId ann = ids.make<UserId>(1), bob = ids.make<UserId>(1);
};

TEST_F(Removed, ACompanionIsNowhereAndComesBackAsItWas) {
    const auto id = companion();
    CardChange change;
    change.description = "Another.";
    ASSERT_TRUE(run(characters->change(ann, id, change, Visibility::everyone)));
    ASSERT_TRUE(run(characters->activate(ann, id)));
    ASSERT_TRUE(run(characters->set_favourite(bob, id, true)));
    const auto never = ids.make<CharacterId>(clock.unix_ms());
    const auto before = told(ann, id), before_bob = told(bob, id);
    clock.advance(moment);
    ASSERT_TRUE(run(characters->remove(ann, id)));
    for (const auto who : {ann, bob}) {
        EXPECT_EQ(told(who, id), told(who, never));
        EXPECT_EQ(refused(who, id), refused(who, never));
        EXPECT_EQ(refused(who, id).find("done"), std::string::npos);
    }
    EXPECT_TRUE(run(characters->restorable(ann, id)).value());
    EXPECT_FALSE(run(characters->restorable(bob, id)).value());
    EXPECT_EQ(run(characters->restore(bob, id)).error().type, "character-not-found");
    EXPECT_EQ(run(characters->restore(ann, id)).value().id, id);
    EXPECT_EQ(told(ann, id), before);
    EXPECT_EQ(told(bob, id), before_bob);
    EXPECT_EQ(run(characters->restore(ann, id)).value().version, 2);  // one that is there stays as it is
    EXPECT_FALSE(run(characters->restorable(ann, id)).value());
}

TEST_F(Removed, ALorebookIsNowhereAndComesBackAsItWas) {
    const auto id = book("Harbour", {{BookScope::global, {}}});
    const auto sailor = persona("Robin", id);
    ASSERT_TRUE(run(books->remove_entry(ann, id, 0)));
    const auto awake = [&] { return run(books->awake(ann, {{BookScope::global, {}}}, id)).value().size(); };
    const auto before = run(books->get(ann, id)).value();
    ASSERT_TRUE(run(books->remove(ann, id)));
    EXPECT_EQ(run(books->get(ann, id)).error().type, "lorebook-not-found");
    EXPECT_TRUE(run(books->list(ann, {}, 10)).value().items.empty());
    EXPECT_EQ(run(books->remove(ann, id)).error().type, "lorebook-not-found");
    EXPECT_EQ(run(books->change(ann, id, {})).error().type, "lorebook-not-found");
    EXPECT_EQ(run(books->entries(ann, id, {}, 10, "")).error().type, "lorebook-not-found");
    EXPECT_EQ(run(books->put_entry(ann, id, {}, {}, {})).error().type, "lorebook-not-found");
    EXPECT_EQ(run(books->restore_entry(ann, id, 0)).error().type, "lorebook-not-found");
    EXPECT_EQ(run(books->versions(ann, id)).error().type, "lorebook-not-found");
    EXPECT_EQ(run(books->restore_version(ann, id, 1)).error().type, "lorebook-not-found");
    EXPECT_EQ(run(books->export_book(ann, id, BookForm::world, {})).error().type, "lorebook-not-found");
    EXPECT_EQ(run(books->read(ann, id)).error().type, "lorebook-not-found");
    EXPECT_EQ(awake(), 0U);
    EXPECT_FALSE(run(personas->get(ann, sailor)).value().lorebook_id);
    EXPECT_FALSE(run(personas->list(ann)).value().at(0).lorebook_id);
    PersonaFields fields;
    fields.name = "Other";
    fields.lorebook_id = id;
    EXPECT_EQ(run(personas->create(ann, fields)).error().type, "lorebook-not-found");

    EXPECT_EQ(run(books->restore(bob, id)).error().type, "lorebook-not-found");
    const auto back = run(books->restore(ann, id)).value();
    EXPECT_EQ(back.version, before.version);
    EXPECT_EQ(back.updated_ms, before.updated_ms);
    EXPECT_EQ(back.places, before.places);
    EXPECT_EQ(run(books->versions(ann, id)).value().size(), 2U);
    EXPECT_EQ(run(personas->get(ann, sailor)).value().lorebook_id, id);
    EXPECT_EQ(awake(), 1U);
}

TEST_F(Removed, WhatAPersonaChangesMeanwhileDoesNotLoseItsLorebook) {
    const auto id = book("Harbour"), other = book("Quay");
    const auto robin = persona("Robin", id), kim = persona("Kim", id);
    ASSERT_TRUE(run(books->remove(ann, id)));
    PersonaFields fields;
    fields.name = "Robin the sailor";
    ASSERT_TRUE(run(personas->replace(ann, robin, fields)));
    fields.lorebook_id = other;
    ASSERT_TRUE(run(personas->replace(ann, kim, fields)));
    ASSERT_TRUE(run(books->restore(ann, id)));
    EXPECT_EQ(run(personas->get(ann, robin)).value().lorebook_id, id);
    EXPECT_EQ(run(personas->get(ann, kim)).value().lorebook_id, other);
}

TEST_F(Removed, APersonaIsNowhereAndComesBackWithItsPictureAndPlaces) {
    const auto id = persona("Robin", {}, true);
    ASSERT_TRUE(run(personas->set_avatar(ann, id, testing::png_image(""))));
    const auto picture = run(personas->avatar(ann, id)).value().bytes;
    const auto before = run(personas->get(ann, id)).value();
    const std::vector<BookPlace> places{{BookScope::global, {}}, {BookScope::persona, id.value}};
    const auto lore = book("Harbour", places);
    ASSERT_TRUE(run(personas->remove(ann, id)));
    EXPECT_TRUE(run(personas->list(ann)).value().empty());
    EXPECT_FALSE(run(personas->find_default(ann)).value());
    PersonaFields fields;
    fields.name = "x";
    for (const auto& error :
         {run(personas->get(ann, id)).error(), run(personas->replace(ann, id, fields)).error(),
          run(personas->remove(ann, id)).error(), run(personas->avatar(ann, id)).error(),
          run(personas->set_avatar(ann, id, testing::png_image(""))).error(),
          run(personas->remove_avatar(ann, id)).error()})
        EXPECT_EQ(error.type, "persona-not-found");
    // Its place is not told of, and what is written to the book meanwhile leaves it.
    EXPECT_EQ(run(books->get(ann, lore)).value().places, (std::vector<BookPlace>{{BookScope::global, {}}}));
    Lorebooks::Change nowhere;
    nowhere.places.emplace();
    ASSERT_TRUE(run(books->change(ann, lore, nowhere)));
    const auto back = run(personas->restore(ann, id)).value();
    EXPECT_EQ(back.updated_ms, before.updated_ms);
    EXPECT_TRUE(back.is_default);
    EXPECT_EQ(run(personas->avatar(ann, id)).value().bytes, picture);
    EXPECT_EQ(run(books->get(ann, lore)).value().places,
              (std::vector<BookPlace>{{BookScope::persona, id.value}}));
}

TEST_F(Removed, OnlyOneIsTheDefaultAlsoOfThoseThatComeBack) {
    const auto first = persona("First", {}, true);
    ASSERT_TRUE(run(personas->remove(ann, first)));
    const auto second = persona("Second", {}, true);
    EXPECT_FALSE(run(personas->restore(ann, first)).value().is_default);
    EXPECT_EQ(run(personas->find_default(ann)).value()->id, second);
}

TEST_F(Removed, ADefaultThatIsGoneDoesNotKeepABackupsFromBecomingIt) {
    ASSERT_TRUE(run(personas->remove(ann, persona("First", {}, true))));
    const auto made = run(personas->import_backup(
        ann, R"({"personas":{"a.png":"Robin"},"persona_descriptions":{"a.png":{"description":"d"}},)"
             R"("default_persona":"a.png"})"));
    EXPECT_TRUE(made.value().made.at(0).is_default);
}

TEST_F(Removed, AllOfItIsErasedWhenItsTimeIsOver) {
    const auto id = companion();
    const auto shown = run(characters->avatar(ann, id));  // makes the picture that is shown
    ASSERT_TRUE(shown) << shown.error().message;
    BookChange without;
    without.entry = EntryChange{0, std::nullopt};
    ASSERT_TRUE(run(characters->change_book(ann, id, without, {})));  // makes a version
    ASSERT_TRUE(run(characters->activate(ann, id)));
    ASSERT_TRUE(run(characters->set_favourite(ann, id, true)));
    const auto robin = persona("Robin");
    ASSERT_TRUE(run(personas->set_avatar(ann, robin, testing::png_image(""))));
    const auto lore = book("Harbour", {{BookScope::character, id.value}, {BookScope::persona, robin.value}});
    const auto kim = persona("Kim", lore);
    ASSERT_TRUE(run(books->remove_entry(ann, lore, 0)));
    const auto stays = book("Quay", {{BookScope::persona, robin.value}});
    ASSERT_TRUE(run(characters->remove(ann, id)));
    ASSERT_TRUE(run(books->remove(ann, lore)));
    ASSERT_TRUE(run(personas->remove(ann, robin)));

    clock.advance(kept_for - moment);
    sweep();
    for (const auto& text : {id.text(), lore.text(), robin.text()}) EXPECT_GT(rows_of(text), 1) << text;
    clock.advance(moment);
    sweep();
    for (const auto& text : {id.text(), lore.text(), robin.text()}) EXPECT_EQ(rows_of(text), 0) << text;
    EXPECT_EQ(run(characters->restore(ann, id)).error().type, "character-not-found");
    EXPECT_EQ(run(books->restore(ann, lore)).error().type, "lorebook-not-found");
    EXPECT_EQ(run(personas->restore(ann, robin)).error().type, "persona-not-found");
    EXPECT_TRUE(run(personas->get(ann, kim)));
    EXPECT_TRUE(run(books->get(ann, stays)));
}

TEST_F(Removed, WhatWasRestoredIsNotErased) {
    const auto id = persona("Robin");
    ASSERT_TRUE(run(personas->remove(ann, id)));
    clock.advance(kept_for - moment);
    ASSERT_TRUE(run(personas->restore(ann, id)));
    ASSERT_TRUE(run(personas->remove(ann, id)));  // its time begins anew
    clock.advance(moment);
    sweep();
    EXPECT_TRUE(run(personas->restore(ann, id)));
}

TEST_F(Removed, TheRemovedTakeNoPlaceOfTheOthersAndAreThemselvesBounded) {
    std::vector<PersonaId> made;
    for (std::size_t i = 0; i < limits::personas_per_owner; ++i) made.push_back(persona("P"));
    PersonaFields fields;
    fields.name = "One more";
    EXPECT_EQ(run(personas->create(ann, fields)).error().type, "too-many-personas");
    ASSERT_TRUE(run(personas->remove(ann, made[0])));
    const auto more = run(personas->create(ann, fields)).value().id;
    EXPECT_EQ(run(personas->restore(ann, made[0])).error().type, "too-many-personas");
    EXPECT_TRUE(run(personas->restorable(ann, made[0])).value());
    ASSERT_TRUE(run(personas->remove(ann, more)));
    EXPECT_TRUE(run(personas->restore(ann, made[0])));

    for (const auto& id : made) {
        clock.advance(moment);
        ASSERT_TRUE(run(personas->remove(ann, id)));
    }
    // `more` was deleted before them all: there is no room for it any longer.
    EXPECT_EQ(rows_of(more.text()), 0);
    EXPECT_TRUE(run(personas->restorable(ann, made[0])).value());
}

TEST_F(Removed, AnEntryComesBackWithWhatNobodyKnows) {
    const auto id = book("Harbour");
    ASSERT_TRUE(run(books->remove_entry(ann, id, 0)));
    ASSERT_TRUE(run(books->put_entry(ann, id, {}, {}, {})));  // what comes between stays
    const auto back = run(books->restore_entry(ann, id, 0)).value();
    EXPECT_EQ(back.version, 4);
    EXPECT_EQ(back.entry.json.at("vendor"), (boost::json::object{{"kept", 1}}));
    EXPECT_EQ(run(books->entries(ann, id, {}, 10, "")).value().items.size(), 2U);
    EXPECT_EQ(run(books->restore_entry(ann, id, 0)).value().version, 4);  // it is there
    EXPECT_EQ(run(books->restore_entry(ann, id, 7)).error().type, "entry-not-found");
}

TEST_F(Removed, AnEntryOfACardComesBackToItsPlaceAsItsAuthorWroteIt) {
    const auto id = companion();
    BookChange without;
    without.entry = EntryChange{0, std::nullopt};
    ASSERT_TRUE(run(characters->change_book(ann, id, without, {})));
    const auto back = run(characters->restore_entry(ann, id, 0)).value();
    EXPECT_EQ(back.version, 3);
    EXPECT_EQ(back.entry.value().json.at("content"), "Old.");
    const auto card = boost::json::parse(run(characters->get(ann, id)).value().card.character_book);
    const auto& entries = card.at("entries").as_array();
    ASSERT_EQ(entries.size(), 2U);
    EXPECT_EQ(entries[0].at("vendor"), (boost::json::array{1}));
    EXPECT_EQ(entries[0].at("extensions").at("vendor"), 9);
    EXPECT_EQ(entries[1].at("id"), 1);  // its number stays
    EXPECT_EQ(run(characters->restore_entry(ann, id, 0)).value().version, 3);
    EXPECT_EQ(run(characters->restore_entry(ann, id, 7)).error().type, "entry-not-found");
    // Another that has its number by now is not overwritten.
    without.entry->uid = 1;
    ASSERT_TRUE(run(characters->change_book(ann, id, without, {})));
    BookChange another;
    another.entry = EntryChange{std::nullopt, LoreEntry()};
    ASSERT_EQ(run(characters->change_book(ann, id, another, {})).value().entry->uid, 1);
    EXPECT_EQ(run(characters->restore_entry(ann, id, 1)).error().type, "entry-number-taken");
}

TEST_F(Removed, TheListHasWhatAPersonDeletedTheLastFirst) {
    using Names = std::vector<std::string>;
    const auto mira = companion();
    const auto harbour = book("Harbour"), inn = book("Inn");
    const auto robin = persona("Robin");
    EXPECT_EQ(listed(ann), Names());
    clock.advance(moment);
    ASSERT_TRUE(run(personas->remove(ann, robin)));
    clock.advance(moment);
    ASSERT_TRUE(run(books->remove_entry(ann, inn, 0)));
    clock.advance(moment);
    ASSERT_TRUE(run(characters->remove(ann, mira)));
    ASSERT_TRUE(run(books->remove(ann, harbour)));  // at the same moment: the younger id first
    const Names all{"lorebook Harbour", "character Mira", "entry lamp of Inn", "persona Robin"};
    EXPECT_EQ(listed(ann), all);
    for (const std::size_t page : {1U, 2U, 3U, 4U}) EXPECT_EQ(listed(ann, {}, page), all) << page;
    EXPECT_EQ(listed(ann, RemovedKind::entry), Names{"entry lamp of Inn"});
    EXPECT_EQ(listed(ann, RemovedKind::character), Names{"character Mira"});
    EXPECT_EQ(listed(bob), Names());

    ASSERT_TRUE(run(characters->restore(ann, mira)));
    ASSERT_TRUE(run(books->restore_entry(ann, inn, 0)));
    EXPECT_EQ(listed(ann), (Names{"lorebook Harbour", "persona Robin"}));
    clock.advance(kept_for);
    sweep();
    EXPECT_EQ(listed(ann), Names());
}

TEST_F(Removed, TheListHasEachEntryOnceAsItWasLastForThirtyDays) {
    using Names = std::vector<std::string>;
    const auto id = book("Inn");
    LoreEntry rope;
    rope.comment = " Rope ";
    rope.keys = {"rope"};
    const auto put = [&](std::optional<std::int64_t> uid, const LoreEntry& entry) {
        clock.advance(moment);
        return run(books->put_entry(ann, id, uid, entry, {})).value().entry.uid;
    };
    const auto uid = put({}, rope);
    rope.comment = "Old rope";
    put(uid, rope);  // what is changed is not deleted
    EXPECT_EQ(listed(ann), Names());
    clock.advance(moment);
    Lorebooks::Change nothing;
    nothing.entries.emplace();
    ASSERT_TRUE(run(books->change(ann, id, std::move(nothing))));  // both at once
    const Names both{"entry Old rope of Inn", "entry lamp of Inn"};
    EXPECT_EQ(listed(ann), both);
    EXPECT_EQ(listed(ann, RemovedKind::entry, 1), both);
    // Deleted, restored, deleted: once, by the last time.
    ASSERT_TRUE(run(books->restore_entry(ann, id, 0)));
    EXPECT_EQ(listed(ann), Names{"entry Old rope of Inn"});
    clock.advance(moment);
    ASSERT_TRUE(run(books->remove_entry(ann, id, 0)));
    EXPECT_EQ(listed(ann), (Names{"entry lamp of Inn", "entry Old rope of Inn"}));
    // With its book it is gone, and comes back.
    ASSERT_TRUE(run(books->remove(ann, id)));
    EXPECT_EQ(listed(ann), Names{"lorebook Inn"});
    ASSERT_TRUE(run(books->restore(ann, id)));
    EXPECT_EQ(listed(ann).size(), 2U);
    clock.advance(kept_for);
    EXPECT_EQ(listed(ann), Names());
    EXPECT_TRUE(run(books->restore_entry(ann, id, 0)));  // as long as the versions are kept
}

TEST_F(Removed, ADatabaseOfBeforeIsTakenOver) {
    const auto file = std::filesystem::path(::testing::TempDir()) / "removed_of_before.db";
    for (const auto* end : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + end);
    CharacterId id;
    {
        const auto before = std::span(migrations).first(4);
        auto opened = db::Database::open(
            {.file = file.string(), .migrations = {{"character", before}}, .inline_mode = true, .vfs = {}});
        ASSERT_TRUE(opened) << opened.error().message;
        id = ids.make<CharacterId>(5);
        ASSERT_TRUE((*opened)->write_blocking([&](db::Tx& tx) -> Result<void> {
            LARES_CHECK(
                tx.run("INSERT INTO characters (id, owner, visibility, name, tagline, tags, creator, "
                       "avatar_sha256, created, updated, card) VALUES (?1, ?2, 'private', 'Mira', '', "
                       "'[]', '', '', 1, 1, ?3)",
                       id, ann, std::string(card_json)));
            return {};
        }));
    }
    open(file.string());
    EXPECT_EQ(run(characters->get(ann, id)).value().card.name, "Mira");
    ASSERT_TRUE(run(characters->remove(ann, id)));
    EXPECT_TRUE(run(characters->restore(ann, id)));
}

}  // namespace
}  // namespace lares::character
