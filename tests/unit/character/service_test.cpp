#include "character/service.h"

#include <future>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include "async/virtual_clock.h"
#include "base/text.h"
#include "character/bundled.h"
#include "character/card.h"
#include "character/charx.h"
#include "character/lorebook.h"
#include "character/migrations.h"
#include "json/parse.h"
#include "unit/character/png_writer.h"

namespace lares::character {
namespace {

std::string card_named(const std::string& name) {
    return R"({"spec":"chara_card_v3","spec_version":"3.0","data":{"name":")" + name +
           R"(","description":"{{char}}  is\nhere.","tags":["a","b"],"vendor":{"kept":1.0}}})";
}

class Characters : public ::testing::Test {
protected:
    Characters() {
        auto opened = db::Database::open(
            {.file = ":memory:", .migrations = {{"character", migrations}}, .inline_mode = true, .vfs = {}});
        if (!opened) throw std::runtime_error(opened.error().message);
        database_ = std::move(*opened);
        service_.emplace(*database_, compute_, clock_, ids_);
    }

    template <class T>
    T run(Task<T> task) {
        auto done = boost::asio::co_spawn(loop_, std::move(task), boost::asio::use_future);
        loop_.restart();
        loop_.run();
        return done.get();
    }

    // While the loop of the others waits.
    template <class T>
    T run_beside(Task<T> task) {
        boost::asio::io_context loop;
        auto done = boost::asio::co_spawn(loop, std::move(task), boost::asio::use_future);
        loop.run();
        return done.get();
    }

    CharacterId import_named(UserId owner, const std::string& name) {
        clock_.advance(async::Milliseconds(1));
        return run(service_->import_card(owner, card_named(name))).value().id;
    }

    std::string names(UserId user) {
        std::string out;
        const auto all = run(service_->list(user, {}));
        for (const auto& item : all->items) out += (out.empty() ? "" : ",") + item.name;
        return out;
    }

    boost::asio::io_context loop_;
    std::unique_ptr<db::Database> database_;
    async::Pool compute_{{.name = "compute"}};
    async::VirtualClock clock_;
    IdSource ids_{1};
    std::optional<Service> service_;
    UserId ann_ = ids_.make<UserId>(1), bob_ = ids_.make<UserId>(1);
};

TEST_F(Characters, AnImportedCardIsReadBackWhole) {
    const std::string json = card_named("Mira");
    const auto made = run(service_->import_card(ann_, json));
    ASSERT_TRUE(made) << made.error().message;
    const auto read = run(service_->get(ann_, made->id));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->card.original, json);
    EXPECT_EQ(read->card.name, "Mira");
    EXPECT_EQ(read->visibility, Visibility::only_owner);
    EXPECT_EQ(read->owner, ann_);
    const auto list = run(service_->list(ann_, {}));
    ASSERT_EQ(list->items.size(), 1u);
    EXPECT_EQ(list->items[0].tagline, "Mira is here.");
    EXPECT_EQ(list->items[0].tags, (std::vector<std::string>{"a", "b"}));
}

TEST_F(Characters, ARefusedCardStoresNothing) {
    EXPECT_EQ(run(service_->import_card(ann_, "{}")).error().type, "invalid-card");
    EXPECT_EQ(names(ann_), "");
}

TEST_F(Characters, ThePictureIsShownWithoutTheCardInItAndKeptAsItCame) {
    const std::string png = testing::png_image(testing::png_text("ccv3", to_base64(card_named("Mira"))));
    const auto made = run(service_->import_card(ann_, png));
    ASSERT_TRUE(made);
    const auto picture = run(service_->avatar(ann_, made->id));
    ASSERT_TRUE(picture);
    EXPECT_EQ(picture->bytes.find("ccv3"), std::string::npos);
    EXPECT_TRUE(picture->bytes.starts_with("\x89PNG"));
    EXPECT_EQ(run(service_->avatar(ann_, made->id))->bytes, picture->bytes);
    EXPECT_NE(run(service_->export_file(ann_, made->id, Format::png, {}))->bytes.find("ccv3"),
              std::string::npos);
    EXPECT_EQ(picture->media_type, "image/png");
    EXPECT_EQ(picture->sha256, made->avatar_sha256);
    EXPECT_EQ(run(service_->avatar(bob_, made->id)).error().type, "character-not-found");
    const auto plain = import_named(ann_, "Plain");
    EXPECT_EQ(run(service_->avatar(ann_, plain)).error().type, "avatar-not-found");
}

TEST_F(Characters, FavouritesAreEachPersonsOwn) {
    const auto id = import_named(ann_, "Mira");
    ASSERT_TRUE(run(service_->set_visibility(ann_, id, Visibility::everyone)));
    ASSERT_TRUE(run(service_->set_favourite(bob_, id, true)));
    ASSERT_TRUE(run(service_->set_favourite(bob_, id, true)));
    EXPECT_TRUE(run(service_->list(bob_, {}))->items.at(0).favourite);
    EXPECT_FALSE(run(service_->list(ann_, {}))->items.at(0).favourite);
    ASSERT_TRUE(run(service_->set_favourite(bob_, id, false)));
    EXPECT_FALSE(run(service_->list(bob_, {}))->items.at(0).favourite);
    ASSERT_TRUE(run(service_->set_visibility(ann_, id, Visibility::only_owner)));
    EXPECT_EQ(run(service_->set_favourite(bob_, id, true)).error().type, "character-not-found");
}

TEST_F(Characters, APrivateOneOfAnotherLooksAsIfItWereNotThere) {
    const auto id = import_named(ann_, "Mira");
    const CharacterId none = ids_.make<CharacterId>(5);
    const auto same = [&](const Error& denied, const Error& absent) {
        EXPECT_EQ(denied.code, Code::not_found);
        EXPECT_EQ(denied.type, absent.type);
        EXPECT_EQ(denied.message, absent.message);
        EXPECT_EQ(denied.field, absent.field);
    };
    same(run(service_->get(bob_, id)).error(), run(service_->get(bob_, none)).error());
    same(run(service_->remove(bob_, id)).error(), run(service_->remove(bob_, none)).error());
    same(run(service_->activate(bob_, id)).error(), run(service_->activate(bob_, none)).error());
    same(run(service_->avatar(bob_, id)).error(), run(service_->avatar(bob_, none)).error());
    same(run(service_->set_visibility(bob_, id, Visibility::everyone)).error(),
         run(service_->set_visibility(bob_, none, Visibility::everyone)).error());
    EXPECT_EQ(run(service_->standing(bob_, id)).value(), Standing::none);
    EXPECT_EQ(names(bob_), "");
    EXPECT_EQ(names(ann_), "Mira");
}

TEST_F(Characters, APublicOneIsReadByAllAndChangedByItsOwner) {
    const auto id = import_named(ann_, "Mira");
    ASSERT_TRUE(run(service_->set_visibility(ann_, id, Visibility::everyone)));
    EXPECT_EQ(names(bob_), "Mira");
    EXPECT_TRUE(run(service_->get(bob_, id)));
    EXPECT_EQ(run(service_->standing(bob_, id)).value(), Standing::reader);
    EXPECT_EQ(run(service_->standing(ann_, id)).value(), Standing::owner);
    EXPECT_EQ(run(service_->remove(bob_, id)).error().code, Code::forbidden);
    ASSERT_TRUE(run(service_->activate(bob_, id)));
    EXPECT_EQ(run(service_->active(bob_)).value(), id);
    ASSERT_TRUE(run(service_->set_visibility(ann_, id, Visibility::only_owner)));
    EXPECT_EQ(run(service_->active(bob_)).value(), std::nullopt);
}

TEST_F(Characters, PagesHoldEveryOneOnce) {
    for (int i = 0; i < 7; ++i) import_named(ann_, "N" + std::to_string(i));
    std::string seen;
    Page page{"", 3};
    for (;;) {
        const auto list = run(service_->list(ann_, page));
        ASSERT_TRUE(list);
        for (const auto& item : list->items) seen += item.name;
        if (!list->next) break;
        page.after = *list->next;
    }
    EXPECT_EQ(seen, "N6N5N4N3N2N1N0");
    EXPECT_EQ(run(service_->list(ann_, {"zzz", 3})).error().field, "after");
    EXPECT_EQ(run(service_->list(ann_, {"", 0})).error().field, "limit");
    EXPECT_EQ(run(service_->list(ann_, {"", 201})).error().field, "limit");
}

TEST_F(Characters, OneIsActiveAndDeletingEndsThat) {
    const auto first = import_named(ann_, "One");
    const auto second = import_named(ann_, "Two");
    ASSERT_TRUE(run(service_->activate(ann_, first)));
    ASSERT_TRUE(run(service_->activate(ann_, second)));
    EXPECT_EQ(run(service_->active(ann_)).value(), second);
    EXPECT_TRUE(run(service_->get(ann_, second))->active);
    EXPECT_FALSE(run(service_->get(ann_, first))->active);
    ASSERT_TRUE(run(service_->remove(ann_, second)));
    EXPECT_EQ(run(service_->active(ann_)).value(), std::nullopt);
    EXPECT_EQ(run(service_->get(ann_, second)).error().code, Code::not_found);
}

TEST_F(Characters, BundledOnesAreSeededOnceAndForAll) {
    ASSERT_TRUE(service_->seed_bundled());
    ASSERT_TRUE(service_->seed_bundled());
    EXPECT_EQ(names(ann_), "Professor Quill,Sunniva,Wren Calloway,Theo,Captain Odile Marsh,Juniper");
    const auto list = run(service_->list(ann_, {}));
    const auto id = list->items[0].id;
    EXPECT_EQ(list->items[0].owner, std::nullopt);
    EXPECT_EQ(run(service_->remove(ann_, id)).error().code, Code::forbidden);
    EXPECT_EQ(run(service_->standing(ann_, id)).value(), Standing::reader);
    const auto changed = database_->write_blocking([id](db::Tx& tx) -> Result<void> {
        LARES_CHECK(tx.run("UPDATE characters SET card = '{}' WHERE id = ?1", id));
        return {};
    });
    ASSERT_TRUE(changed);
    ASSERT_TRUE(service_->seed_bundled());
    EXPECT_EQ(run(service_->get(ann_, id))->card.name, "Professor Quill");
}

TEST(Bundled, TheCardsAreShortAndComplete) {
    ASSERT_EQ(bundled().size(), 6u);
    for (const auto& character : bundled()) {
        const auto card = parse_card_json(character.card);
        ASSERT_TRUE(card) << card.error().message;
        EXPECT_TRUE(CharacterId::parse(character.id));
        EXPECT_FALSE(card->first_mes.empty());
        EXPECT_NE(card->mes_example.find("<START>"), std::string::npos);
        EXPECT_FALSE(card->tags.empty());
        const auto spaces = std::count(card->description.begin(), card->description.end(), ' ');
        EXPECT_GT(spaces, 80) << card->name;
        EXPECT_LT(spaces, 220) << card->name;
        EXPECT_GE(card->alternate_greetings.size(), 2u) << card->name;
        const auto book = parse_lorebook_text(card->character_book);
        ASSERT_TRUE(book) << card->name;
        EXPECT_GE(book->entries.size(), 5u) << card->name;
    }
}

TEST_F(Characters, ChangesKeepWhatWasBefore) {
    const auto id = import_named(ann_, "First");
    CardChange change;
    change.name = "Second";
    EXPECT_EQ(run(service_->change(ann_, id, change, std::nullopt)).value().version, 2);
    EXPECT_EQ(run(service_->replace(ann_, id, card_named("Third"))).value().version, 3);
    EXPECT_EQ(run(service_->replace(ann_, id, card_named("Third"))).value().version, 3);  // nothing changed
    const auto versions = run(service_->versions(ann_, id)).value();
    ASSERT_EQ(versions.size(), 3u);
    EXPECT_EQ(versions[0].name, "Third");
    EXPECT_EQ(versions[2].name, "First");
    EXPECT_EQ(run(service_->version_card(ann_, id, 1)).value(), card_named("First"));
    const auto back = run(service_->restore_version(ann_, id, 1)).value();
    EXPECT_EQ(back.version, 4);
    EXPECT_EQ(back.card.original, card_named("First"));
    EXPECT_EQ(run(service_->version_card(ann_, id, 9)).error().type, "version-not-found");
}

TEST_F(Characters, OnlyTheOwnerSeesVersionsAndChanges) {
    const auto id = import_named(ann_, "Hers");
    EXPECT_EQ(run(service_->versions(bob_, id)).error().type, "character-not-found");
    EXPECT_EQ(run(service_->replace(bob_, id, card_named("His"))).error().type, "character-not-found");
    EXPECT_TRUE(run(service_->set_visibility(ann_, id, Visibility::everyone)));
    CardChange change;
    change.name = "His";
    EXPECT_EQ(run(service_->change(bob_, id, change, std::nullopt)).error().type, "not-owner");
    EXPECT_EQ(run(service_->versions(bob_, id)).error().type, "not-owner");
    EXPECT_EQ(run(service_->version_card(bob_, id, 1)).error().type, "not-owner");
    const auto copy = run(service_->duplicate(bob_, id)).value();
    EXPECT_EQ(copy.card.name, "Hers");
    EXPECT_EQ(copy.visibility, Visibility::only_owner);
    EXPECT_TRUE(run(service_->change(bob_, copy.id, change, std::nullopt)));
    EXPECT_EQ(run(service_->get(ann_, id)).value().card.name, "Hers");
}

TEST_F(Characters, AnArchiveComesBackWithItsFiles) {
    clock_.advance(async::Milliseconds(1));
    const auto archive = write_charx(card_named("Boxed"), testing::png_image(""), {}).value();
    const auto id = run(service_->import_card(ann_, archive)).value().id;
    const auto file = run(service_->export_file(ann_, id, Format::charx, std::nullopt)).value();
    // Its portrait is listed among the card's files; all else is as it was.
    const auto exported = json::parse_value(read_charx_card(file.bytes).value()).value();
    EXPECT_EQ(exported, json::parse_value(
                            run(service_->export_file(ann_, id, Format::json, std::nullopt)).value().bytes)
                            .value());
    auto rest = exported;
    EXPECT_EQ(rest.at("data").at("assets").as_array().size(), 1u);
    rest.at("data").as_object().erase("assets");
    EXPECT_EQ(rest, json::parse_value(card_named("Boxed")).value());
    EXPECT_EQ(run(service_->export_file(bob_, id, Format::png, std::nullopt)).error().type,
              "character-not-found");
}

// A large card takes its time: meanwhile the writer is free, and what others change stays.
TEST_F(Characters, ACardIsMadeBesideTheWriterAndNothingIsLost) {
    const auto id = import_named(ann_, "Mira");
    async::Pool other_pool{{.name = "other"}};
    Service other(*database_, other_pool, clock_, ids_);
    CardChange scenario, personality;
    scenario.scenario = "At sea.";
    personality.personality = "Calm.";
    HeadChange head;
    head.name = "Harbour";
    BookChange entry;
    entry.entry.emplace().entry.emplace().content = "The lamp is old.";

    std::promise<void> free;
    ASSERT_TRUE(compute_.submit([wait = free.get_future().share()] { wait.wait(); }));
    while (compute_.queued() > 0) std::this_thread::yield();
    const auto begin = [&](auto task) {
        return boost::asio::co_spawn(loop_, std::move(task), boost::asio::use_future);
    };
    auto changed = begin(service_->change(ann_, id, scenario, std::nullopt));
    auto headed = begin(service_->change_book_head(ann_, id, head, std::nullopt));
    auto added = begin(service_->change_book(ann_, id, entry, std::nullopt));
    auto late = begin(service_->change_book(ann_, id, entry, 1));
    loop_.restart();
    while (compute_.queued() < 4) loop_.poll();
    EXPECT_EQ(run_beside(other.change(ann_, id, personality, std::nullopt)).value().version, 2);
    free.set_value();
    loop_.run();
    ASSERT_TRUE(changed.get());
    ASSERT_TRUE(headed.get());
    ASSERT_TRUE(added.get());
    const auto refused = late.get();
    ASSERT_FALSE(refused) << "it said which version it saw";
    EXPECT_EQ(refused.error().type, "character-changed");

    const auto read = run(service_->book(ann_, id));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->character.version, 5);
    EXPECT_EQ(read->character.card.scenario, "At sea.");
    EXPECT_EQ(read->character.card.personality, "Calm.");
    EXPECT_EQ(read->book.head.name, "Harbour");
    EXPECT_EQ(read->book.entries.size(), 1u);
}

}  // namespace
}  // namespace lares::character
