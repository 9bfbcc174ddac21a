#include "chat/search.h"

#include <algorithm>
#include <string_view>

#include "base/text.h"
#include "chat/search_text.h"
#include "fixture.h"

namespace lares::chat {

namespace {

class SearchTest : public ChatTest {
protected:
    std::vector<SearchHit> find(std::string text, OwnerId by) {
        return loop.wait(service->search(by, {std::move(text), {}, {}, {}, {}, {}})).value().items;
    }
    std::vector<SearchHit> find(std::string text) { return find(std::move(text), owner); }
    static std::string marked(const SearchHit& hit) {
        std::string out;
        for (const auto& range : hit.matches) {
            const auto begin = utf8_offset(hit.snippet, static_cast<std::size_t>(range.start));
            const auto end = utf8_offset(hit.snippet, static_cast<std::size_t>(range.end));
            out += "[" + hit.snippet.substr(begin, end - begin) + "]";
        }
        return out;
    }
};

TEST_F(SearchTest, WordsInAnyCaseWithoutDiacritics) {
    talk("The café by the Größe river", "Ein Überfall");
    EXPECT_EQ(marked(find("CAFE").at(0)), "[café]");
    EXPECT_EQ(find("uber").size(), 1u);
    EXPECT_EQ(find("river the").size(), 1u);
    EXPECT_EQ(find("riv").size(), 1u);  // still being typed
    EXPECT_TRUE(find("iver").empty());
    EXPECT_TRUE(find("river sea").empty());
    EXPECT_EQ(find("\"the café\"").size(), 1u);
    EXPECT_TRUE(find("\"café the\"").empty());
}

TEST_F(SearchTest, YoIsFoundAsYe) {
    talk("Ёлка ещё стоит", "Все ёлки");
    EXPECT_EQ(marked(find("елка").at(0)), "[Ёлка]");
    EXPECT_EQ(find("ёлк").size(), 2u);
    EXPECT_EQ(find("ЕЩЕ").size(), 1u);
    EXPECT_EQ(find("всё").size(), 1u);
    EXPECT_TRUE(loop.wait(service->check_projection()).value().problems.empty());
}

TEST_F(SearchTest, SharpSIsFoundAsTwo) {
    talk("Die große Straße heißt STRAẞE", "Wir messen die Strasse, n\u0331 auch");
    EXPECT_EQ(marked(find("heisst").at(0)), "[heißt]") << "what is marked is what was written";
    EXPECT_EQ(find("strasse").size(), 2u);
    EXPECT_EQ(find("Straße").size(), 2u);
    EXPECT_EQ(find("stras").size(), 2u) << "while it is being typed";
    EXPECT_EQ(find("gross").size(), 1u);
    EXPECT_EQ(marked(find("auch").at(0)), "[auch]");
    EXPECT_TRUE(find("masse").empty());
    EXPECT_TRUE(loop.wait(service->check_projection()).value().problems.empty());
}

TEST_F(SearchTest, ScriptsWithoutSpaces) {
    talk("東京タワーへ行きましょう", "我喜欢北京的秋天");
    talk("오늘 학교에서 만나요", "สวัสดีครับ");
    EXPECT_EQ(marked(find("東京").at(0)), "[東京]");
    EXPECT_EQ(marked(find("京タ").at(0)), "[京タ]");
    EXPECT_EQ(find("京").size(), 2u);
    EXPECT_TRUE(find("京東").empty());
    EXPECT_EQ(marked(find("北京").at(0)), "[北京]");
    EXPECT_EQ(find("학교").size(), 1u);
    EXPECT_EQ(find("สวัสดี").size(), 1u);
    EXPECT_EQ(find("ＴＯＫＹＯ").size(), 0u);
    talk("tokyo", "x");
    EXPECT_EQ(find("ＴＯＫＹＯ").size(), 1u);
}

TEST_F(SearchTest, OnlyTheirOwnerFindsThem) {
    talk("lighthouse", "Good day");
    EXPECT_EQ(find("lighthouse").size(), 1u);
    EXPECT_TRUE(find("lighthouse", stranger).empty());
    // The words of the index that say whose a message is are no words of the message.
    EXPECT_TRUE(find("o" + owner.text()).empty());
    EXPECT_EQ(loop.wait(service->search(owner, {"scope: x OR words: lighthouse", {}, {}, {}, {}, {}}))
                  .value()
                  .items.size(),
              0u);
}

TEST_F(SearchTest, SignsAreNoWords) {
    talk("What?! (really) a*b", "Good day");
    EXPECT_EQ(find("(really)").size(), 1u);
    EXPECT_EQ(find("a*b").size(), 1u);
    EXPECT_EQ(find("really AND NOT what").size(), 0u);  // words, no operators
    EXPECT_EQ(loop.wait(service->search(owner, {"?! ***", {}, {}, {}, {}, {}})).error().field, "q");
    EXPECT_EQ(loop.wait(service->search(owner, {std::string(201, 'x'), {}, {}, {}, {}, {}})).error().field,
              "q");
}

TEST_F(SearchTest, NewestFirstByCharacterByDateInPages) {
    const auto begin = loop.clock.unix_ms();
    const auto first = talk("boat one", "ahoy");
    loop.run_for(1000);
    go_on(first, "boat two", "ahoy");
    loop.run_for(1000);
    character = make<CharacterId>();
    talk("boat three", "ahoy");
    const auto page = [&](std::optional<std::string> cursor) {
        return loop.wait(service->search(owner, {"boat", {}, {}, {}, cursor, 2})).value();
    };
    const auto one = page({});
    ASSERT_EQ(one.items.size(), 2u);
    EXPECT_EQ(one.items[0].snippet, "boat three");
    EXPECT_EQ(one.items[1].snippet, "boat two");
    const auto two = page(one.next);
    ASSERT_EQ(two.items.size(), 1u);
    EXPECT_EQ(two.items[0].snippet, "boat one");
    EXPECT_FALSE(two.next);
    EXPECT_EQ(loop.wait(service->search(owner, {"boat", character, {}, {}, {}, {}})).value().items.size(),
              1u);
    EXPECT_EQ(loop.wait(service->search(owner, {"boat", {}, begin + 500, begin + 1500, {}, {}}))
                  .value()
                  .items.size(),
              1u);
    EXPECT_EQ(loop.wait(service->search(owner, {"boat", {}, {}, {}, "x", {}})).error().field, "cursor");
}

TEST_F(SearchTest, ByCharacterOrDateWithoutAWord) {
    const auto begin = loop.clock.unix_ms();
    const auto mira = character;
    const auto first = talk("boat one", "ahoy one");
    loop.run_for(1000);
    character = make<CharacterId>();
    talk("boat two", "ahoy two");
    loop.run_for(1000);
    go_on(first, "boat three", "ahoy three");
    const auto asked = [&](SearchQuery query, OwnerId by) {
        std::vector<std::string> out;
        do {
            const auto page = loop.wait(service->search(by, query)).value();
            for (const auto& hit : page.items) {
                out.push_back(hit.snippet);
                EXPECT_TRUE(hit.matches.empty());
            }
            query.cursor = page.next;
        } while (query.cursor);
        return out;
    };
    using Texts = std::vector<std::string>;
    const Texts mira_said{"ahoy three", "boat three", "ahoy one", "boat one", "Hello."};
    EXPECT_EQ(asked({"", mira, {}, {}, {}, {}}, owner), mira_said);
    EXPECT_EQ(asked({" \n", mira, {}, {}, {}, {}}, owner), mira_said);
    EXPECT_EQ(asked({"", mira, {}, {}, {}, 2}, owner), mira_said);  // page by page
    EXPECT_EQ(asked({"", {}, begin + 500, begin + 1500, {}, 1}, owner),
              (Texts{"ahoy two", "boat two", "Hello."}));
    EXPECT_EQ(asked({"", {}, {}, begin + 1500, {}, {}}, owner).size(), 6u);
    EXPECT_EQ(asked({"", mira, begin + 500, {}, {}, {}}, owner), (Texts{"ahoy three", "boat three"}));
    EXPECT_TRUE(asked({"", make<CharacterId>(), {}, {}, {}, {}}, owner).empty());
    EXPECT_TRUE(asked({"", {}, begin + 5000, {}, {}, {}}, owner).empty());
    // Another person with the same companion, in the same time.
    EXPECT_TRUE(asked({"", mira, {}, {}, {}, {}}, stranger).empty());
    EXPECT_TRUE(asked({"", {}, 0, {}, {}, {}}, stranger).empty());
    ASSERT_TRUE(loop.wait(service->remove(owner, first)));
    EXPECT_TRUE(asked({"", mira, {}, {}, {}, {}}, owner).empty());
    // Neither words nor a filter; signs alone are no words, whatever is given beside them.
    EXPECT_EQ(loop.wait(service->search(owner, {"", {}, {}, {}, {}, {}})).error().field, "q");
    EXPECT_EQ(loop.wait(service->search(owner, {"?!", mira, {}, {}, {}, {}})).error().field, "q");
}

struct PlanStep {
    std::int64_t id = 0, parent = 0, unused = 0;
    std::string detail;
};

template <std::size_t N>
struct Explained {
    char text[N + 19] = {};
    consteval explicit Explained(const char (&sql)[N]) {
        constexpr std::string_view explain = "EXPLAIN QUERY PLAN ";
        std::ranges::copy(sql, std::ranges::copy(explain, text).out);
    }
};
constexpr Explained explained{search::find_sql};

TEST_F(SearchTest, MessagesOfNoPossibleTimeAreStillApart) {
    Copied copied;
    copied.created.character_id = character;
    copied.created.title = "Ada";
    for (const auto created : {INT64_MAX, INT64_MAX, INT64_MIN, INT64_MIN}) {
        Payload payload;
        payload.role = Role::user;
        payload.text = "lighthouse";
        payload.created = created;
        copied.messages.push_back({std::move(payload), {}, {}, {}, {}});
    }
    const auto imported = loop.wait(service->import(owner, std::move(copied), {}));
    ASSERT_TRUE(imported) << imported.error().message;
    EXPECT_EQ(problems(), std::vector<std::string>());
}

TEST_F(SearchTest, EveryTableIsReachedByAnIndex) {
    talk("boat", "ahoy");
    const auto plan = database->read_blocking([&](db::Reader& reader) {
        return reader.rows<PlanStep>(explained.text, std::string("scope: x"), 0, INT64_MAX, owner, 31);
    });
    ASSERT_TRUE(plan) << plan.error().detail;
    ASSERT_EQ(plan->size(), 4u);  // the four tables; no step that sorts
    // FTS5 answers the match with the bounds of the number (M, >, <), already in order.
    EXPECT_TRUE(plan->front().detail.starts_with("SCAN search_words VIRTUAL TABLE INDEX"));
    EXPECT_TRUE(plan->front().detail.ends_with("M2><")) << plan->front().detail;
    for (std::size_t i = 1; i < plan->size(); ++i)
        EXPECT_TRUE((*plan)[i].detail.starts_with("SEARCH ")) << (*plan)[i].detail;
}

TEST_F(SearchTest, WhatIsRemovedOrChangedIsNotFound) {
    const auto conversation = talk("lantern", "Good day");
    const auto said = history(conversation).items[1].id;
    ASSERT_TRUE(loop.wait(service->remove_message(owner, conversation, said, false)));
    EXPECT_TRUE(find("lantern").empty());
    EXPECT_TRUE(find("day").empty());
    ASSERT_TRUE(loop.wait(service->restore_message(owner, conversation, said)));
    EXPECT_EQ(find("lantern").size(), 1u);
    ASSERT_TRUE(loop.wait(service->remove(owner, conversation)));
    EXPECT_TRUE(find("lantern").empty());
    ASSERT_TRUE(loop.wait(service->erase(owner, conversation)));
    const auto left = database->read_blocking(
        [](db::Reader& reader) { return reader.one<std::int64_t>("SELECT count(*) FROM search_words"); });
    EXPECT_EQ(**left, 0);
    EXPECT_EQ(problems(), std::vector<std::string>());
}

TEST(SearchText, ASnippetIsCutAroundTheMatch) {
    std::string text;
    for (int i = 0; i < 100; ++i) text += "word" + std::to_string(i) + " ";
    const auto at = text.find("word70");
    const auto marked = text.substr(0, at) + "\x02word70\x03" + text.substr(at + 6);
    const auto snippet = snippet_of(text, marked);
    EXPECT_TRUE(snippet.cut_before);
    EXPECT_TRUE(snippet.cut_after);
    ASSERT_EQ(snippet.matches.size(), 1u);
    EXPECT_EQ(snippet.text.substr(static_cast<std::size_t>(snippet.matches[0].start), 6), "word70");
    EXPECT_TRUE(snippet.text.starts_with("word"));
}

}  // namespace

}  // namespace lares::chat
