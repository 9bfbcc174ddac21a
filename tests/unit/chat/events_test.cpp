#include "chat/events.h"

#include <gtest/gtest.h>

namespace lares::chat {

TEST(Events, PayloadComesBackWithoutItsEmptyMembers) {
    Payload payload;
    payload.text = "Zoë \"said\"\n";
    payload.role = Role::user;
    const auto text = write_payload(payload);
    EXPECT_EQ(text, R"({"role":"user","text":"Zoë \"said\"\n"})");
    const auto back = read_payload(text);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->text, payload.text);
    EXPECT_EQ(back->role, Role::user);
    EXPECT_FALSE(back->tokens);
}

TEST(Events, TokensComeBack) {
    const std::vector<std::int32_t> tokens{0, 1, -1, 49151, 2147483647};
    EXPECT_EQ(unpack_tokens(pack_tokens(tokens)), tokens);
}

TEST(Events, EveryPartIsInTheChain) {
    const ConversationId conversation{};
    const OwnerId owner{};
    const auto link = [&](std::string_view before, std::int64_t seq, EventKind kind, std::int64_t at,
                          std::string_view payload) {
        return chain_hash(before, conversation, seq, kind, at, owner, payload);
    };
    const auto base = link("a", 1, EventKind::answer_done, 5, "p");
    EXPECT_EQ(base, link("a", 1, EventKind::answer_done, 5, "p"));
    EXPECT_NE(base, link("b", 1, EventKind::answer_done, 5, "p"));
    EXPECT_NE(base, link("a", 2, EventKind::answer_done, 5, "p"));
    EXPECT_NE(base, link("a", 1, EventKind::answer_cut, 5, "p"));
    EXPECT_NE(base, link("a", 1, EventKind::answer_done, 6, "p"));
    EXPECT_NE(base, link("a", 1, EventKind::answer_done, 5, "q"));
}

TEST(Events, APayloadThatLacksItsPartsIsAnError) {
    Head head;
    EXPECT_FALSE(effect_of(head, 1, EventKind::message_accepted, 0, {}));
    EXPECT_FALSE(effect_of(head, 1, EventKind::answer_done, 0, {}));
    EXPECT_FALSE(effect_of(head, 1, EventKind::conversation_created, 0, {}));
}

}  // namespace lares::chat
