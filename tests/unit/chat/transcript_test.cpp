#include "chat/transcript.h"

#include "fixture.h"

namespace lares::chat {

namespace {

class TranscriptTest : public ChatTest {
protected:
    ConversationId import(std::string_view file, bool flatten = false) {
        auto read = read_transcript(file, flatten, 1'000);
        EXPECT_TRUE(read) << (read ? "" : read.error().message);
        read->conversation.created.character_id = character;
        return loop.wait(service->import(owner, std::move(read->conversation), {})).value().id;
    }
    std::string lossless(ConversationId id) {
        return write_lossless(loop.wait(service->whole(owner, id)).value());
    }
    std::string tavern(ConversationId id) {
        return write_sillytavern(loop.wait(service->whole(owner, id)).value(), {"Ann", "Ada"});
    }
};

constexpr std::string_view tavern_file =
    R"({"user_name":"Ann","character_name":"Ada","create_date":"2023-6-19 @14h 20m 30s 123ms","chat_metadata":{"note_prompt":"Be brief.","note_depth":2,"note_role":0,"note_position":1,"note_interval":1,"tainted":true}})"
    "\n"
    R"({"name":"Ada","is_user":false,"is_system":false,"send_date":"June 19, 2023 2:20pm","mes":"Two","extra":{"bias":null},"swipes":["One","Two","Three"],"swipe_id":1,"swipe_info":[{"send_date":"June 19, 2023 2:19pm","extra":{"model":"m1"}},{"send_date":"June 19, 2023 2:20pm","extra":{}},{"send_date":"June 19, 2023 2:21pm","extra":{}}]})"
    "\n\r\n"
    R"({"name":"Ann","is_user":true,"is_system":false,"send_date":"2023-06-19T14:25:00.500Z","mes":"Hi — \"quoted\"","extra":{},"force_avatar":"me.png"})"
    "\n"
    R"({"name":"Ada","is_user":false,"is_system":true,"send_date":1687184800000,"mes":"hidden","extra":{"gen_id":7}})"
    "\n";

TEST_F(TranscriptTest, AChatOfSillyTavern) {
    const auto id = import(tavern_file);
    const auto page = history(id);
    ASSERT_EQ(page.items.size(), 3u);
    EXPECT_EQ(page.items[0].text, "Two");
    EXPECT_EQ(page.items[0].siblings->count, 3);
    EXPECT_EQ(page.items[0].siblings->index, 1);
    EXPECT_EQ(page.items[0].created, *parse_send_date("2023-06-19T14:20:00Z"));
    EXPECT_EQ(page.items[1].role, Role::user);
    EXPECT_EQ(page.items[1].created, *parse_send_date("2023-06-19T14:25:00.500Z"));
    EXPECT_TRUE(page.items[2].hidden);
    const auto conversation = loop.wait(service->get(owner, id)).value();
    EXPECT_EQ(conversation.author_note->text, "Be brief.");
    EXPECT_EQ(conversation.created, *parse_send_date("2023-06-19T14:20:30.123Z"));
    EXPECT_EQ(problems(), std::vector<std::string>());

    // What came is what goes, also what we have no word for.
    const auto out = tavern(id);
    for (const std::string_view kept :
         {R"("tainted":true)", R"("send_date":"June 19, 2023 2:20pm")", R"("model":"m1")",
          R"("force_avatar":"me.png")", R"("send_date":1687184800000)", R"("gen_id":7)", R"("swipe_id":1)",
          R"("swipes":["One","Two","Three"])", R"("is_system":true)",
          R"("create_date":"2023-6-19 @14h 20m 30s 123ms")"})
        EXPECT_NE(out.find(kept), std::string::npos) << kept << "\n" << out;
    EXPECT_EQ(tavern(import(out)), out);
}

TEST_F(TranscriptTest, OurOwnFormHoldsEveryBranch) {
    const auto id = import(tavern_file);
    const auto items = history(id).items;
    const auto edited = loop.wait(service->edit(owner, id, {items[1].id, "Hello", false, {}})).value();
    loop.wait(service->edit(owner, id, {items[0].id, "Second", true, {}})).value();
    loop.wait(service->mark(owner, id, edited.id, {}, true)).value();
    loop.wait(service->remove_message(owner, id, items[2].id, false)).value();
    ConversationChange change;
    change.title = "A title";
    change.archived = true;
    loop.wait(service->change(owner, id, change)).value();
    const auto first = lossless(id);
    const auto copy = import(first);
    EXPECT_EQ(lossless(copy), first);
    EXPECT_EQ(history(copy).items.size(), history(id).items.size());
    EXPECT_EQ(problems(), std::vector<std::string>());
    ASSERT_TRUE(loop.wait(service->rebuild()));
    EXPECT_EQ(lossless(copy), first);
}

TEST_F(TranscriptTest, GroupChatsAreRefusedOrFlattened) {
    const std::string file = R"({"user_name":"Ann","character_name":"Ada","chat_metadata":{}})"
                             "\n"
                             R"({"name":"Ada","is_user":false,"mes":"Hi","original_avatar":"a.png"})"
                             "\n"
                             R"({"name":"Bob","is_user":false,"mes":"Ho","original_avatar":"b.png"})";
    EXPECT_EQ(read_transcript(file, false, 0).error().type, "group-chat");
    const auto flat = history(import(file, true)).items;
    EXPECT_EQ(flat[1].text, "Bob: Ho");
}

TEST(Transcript, WhatIsWrongIsNamed) {
    const auto refused = [](std::string_view file) {
        const auto read = read_transcript(file, false, 0);
        return read ? std::string("read") : read.error().message;
    };
    const std::string header = R"({"user_name":"A","character_name":"B"})"
                               "\n";
    EXPECT_NE(refused("").find("Line 1"), std::string::npos);
    EXPECT_NE(refused("\x89PNG").find("Line 1"), std::string::npos);
    EXPECT_NE(refused("[1]").find("JSON object"), std::string::npos);
    EXPECT_NE(refused(R"({"name":"card","data":{}})").find("header"), std::string::npos);
    EXPECT_NE(refused(header + "{\"mes\":\"a\"}\n{\"mes\":").find("Line 3"), std::string::npos);
    EXPECT_NE(refused(header + R"({"mes":5})").find("mes must be text"), std::string::npos);
    EXPECT_NE(refused(header + R"({"mes":"a","swipes":{}})").find("swipes"), std::string::npos);
    EXPECT_NE(refused(header + "{\"mes\":\"a\\u0000\"}").find("NUL"), std::string::npos);
    EXPECT_EQ(refused(header), "read");
    EXPECT_EQ(read_transcript(header + R"({"name":"x"})", false, 0)->skipped.at(0).line, 2);
    const std::string ours = R"({"lares":"conversation","version":1,"leaf":1})"
                             "\n";
    const std::string line = R"({"n":1,"role":"user","text":"a","created":1)";
    EXPECT_EQ(refused(ours + line + "}"), "read");
    EXPECT_NE(refused(ours + line + R"(,"parent":1})").find("leads back"), std::string::npos);
    EXPECT_NE(refused(ours + line + R"(,"parent":7})").find("names no message"), std::string::npos);
    EXPECT_NE(refused(ours + line + R"(,"chosen":1})").find("no child"), std::string::npos);
    EXPECT_NE(refused(ours + R"({"n":2,"role":"user","text":"a","created":1})").find("n must be 1"),
              std::string::npos);
    EXPECT_NE(refused(R"({"lares":"conversation","version":2})").find("version"), std::string::npos);
    for (const std::string_view created : {"-1", "253402300800000", "9223372036854775807"}) {
        const auto of_message =
            refused(ours + R"({"n":1,"role":"user","text":"a","created":)" + std::string(created) + "}");
        EXPECT_NE(of_message.find("Line 2"), std::string::npos) << of_message;
        EXPECT_NE(of_message.find("must be 0 to 253402300799999"), std::string::npos) << of_message;
        const auto of_header =
            refused(R"({"lares":"conversation","version":1,"created":)" + std::string(created) + "}");
        EXPECT_NE(of_header.find("must be 0 to"), std::string::npos) << of_header;
    }
    EXPECT_EQ(refused(ours + R"({"n":1,"role":"user","text":"a","created":253402300799999})"), "read");
}

TEST(Transcript, DatesOfAllYears) {
    EXPECT_EQ(parse_send_date("1970-01-01T00:00:01.5Z"), 1500);
    EXPECT_EQ(parse_send_date("1970-01-01T02:00:00+02:00"), 0);
    EXPECT_EQ(parse_send_date("January 2, 1970 12:05am"), 86'400'000 + 300'000);
    EXPECT_EQ(parse_send_date("1970-1-2 @0h 5m 0s 7ms"), 86'400'000 + 300'007);
    EXPECT_EQ(parse_send_date("1970-01-02@00h05m00s"), 86'400'000 + 300'000);
    EXPECT_EQ(parse_send_date("1687184800"), 1'687'184'800'000);
    EXPECT_EQ(parse_send_date("1687184800123"), 1'687'184'800'123);
    for (const std::string_view bad :
         {"", "soon", "2023-13-01", "June 31, 2023 1:00pm", "June 1, 2023 13:00pm", "2023-06-19T25:00",
          "99999999999999999999", "-1", "253402300800000", "1970-01-01T00:00+01:00",
          "9999-12-31T23:00-01:00"})
        EXPECT_FALSE(parse_send_date(bad)) << bad;
    EXPECT_EQ(format_iso(1'687'184'800'123), "2023-06-19T14:26:40.123Z");
}

}  // namespace

}  // namespace lares::chat
