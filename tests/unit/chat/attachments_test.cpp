#include "chat/attachments.h"

#include "chat/transcript.h"
#include "fixture.h"
#include "media/image.h"

namespace lares::chat {
namespace {

std::string png(std::uint32_t side) {
    media::Pixels pixels{side, side, {}};
    for (std::size_t i = 0; i < std::size_t{4} * side * side; ++i)
        pixels.rgba.push_back(static_cast<std::uint8_t>(i % 4 == 3 ? 255 : i / 7));
    return media::encode_png(pixels).value();
}

class AttachmentsTest : public ChatTest {
protected:
    AttachmentId upload(std::string name, std::string bytes) {
        return loop.wait(attachments.keep(owner, read_attachment(std::move(name), std::move(bytes)).value()))
            .value()
            .id;
    }
    ConversationId say_with(std::vector<AttachmentId> files) {
        auto message = first_message("Look at this");
        message.attachments = std::move(files);
        const auto accepted = loop.wait(service->accept(owner, message)).value();
        loop.wait(service->end(owner, answer(accepted.turn_id, "Nice."))).value();
        return accepted.conversation_id;
    }
    bool is_there(AttachmentId id) { return loop.wait(attachments.owns(owner, id)).value(); }

    async::Pool compute{{.name = "compute"}};
    Attachments attachments{*database, compute, loop.clock, ids};
};

TEST_F(AttachmentsTest, AMessageCarriesWhatWasUploaded) {
    const auto picture = upload("tree.png", png(40));
    const auto words = upload("notes.txt", "Water it daily.");
    const auto id = say_with({picture, words});
    const auto said = history(id).items.at(1);
    ASSERT_TRUE(said.attachments);
    ASSERT_EQ(said.attachments->size(), 2u);
    const auto& first = said.attachments->front();
    EXPECT_EQ(first.id, picture);
    EXPECT_EQ(first.media_type, "image/png");
    EXPECT_EQ(first.width, 40);
    // The prompt's side of it: words of the text, the name of the picture.
    const auto context = loop.wait(service->context(owner, id, {})).value();
    ASSERT_EQ(context.said.at(1).files.size(), 2u);
    EXPECT_EQ(described(context.said[1].files[0]), "[image: tree.png, 40x40, PNG]");
    EXPECT_EQ(described(context.said[1].files[1]), "[file: notes.txt]\nWater it daily.\n[end of notes.txt]");
    // The event tells the same, and the projection follows from the events.
    const auto events = loop.wait(service->events_after(owner, id, 0)).value();
    EXPECT_EQ(events.at(2).data.message->attachments, said.attachments);
    EXPECT_EQ(problems(), std::vector<std::string>());
    ASSERT_TRUE(loop.wait(service->rebuild()));
    EXPECT_EQ(history(id).items.at(1).attachments, said.attachments);
}

TEST_F(AttachmentsTest, AnotherPersonsFileIsNone) {
    const auto id = upload("a.txt", "mine");
    EXPECT_EQ(loop.wait(attachments.file(stranger, id)).error().type, "attachment-not-found");
    EXPECT_EQ(loop.wait(attachments.remove(stranger, id)).error().type, "attachment-not-found");
    auto message = first_message("Look");
    message.attachments = {id};
    const auto refused = loop.wait(service->accept(stranger, message));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().field, "attachments");
}

TEST_F(AttachmentsTest, AnEditAndABranchCarryItOn) {
    const auto file = upload("a.txt", "kept");
    const auto id = say_with({file});
    const auto message = history(id).items.at(1).id;
    const auto edited = loop.wait(service->edit(owner, id, {message, "Look again", false, {}})).value();
    ASSERT_TRUE(edited.attachments);
    EXPECT_EQ(edited.attachments->at(0).id, file);
    const auto copy = loop.wait(service->branch(owner, id, {edited.id, {}, {}})).value().id;
    EXPECT_EQ(history(copy).items.at(1).attachments->at(0).id, file);
    // It goes with the last conversation that holds it.
    ASSERT_TRUE(loop.wait(service->erase(owner, id)));
    EXPECT_TRUE(is_there(file));
    ASSERT_TRUE(loop.wait(service->erase(owner, copy)));
    EXPECT_FALSE(is_there(file));
}

TEST_F(AttachmentsTest, WhatNoMessageTookIsGoneAfterADay) {
    const auto lonely = upload("a.txt", "nobody");
    const auto taken = upload("b.txt", "somebody");
    const auto gone = upload("c.txt", "taken back");
    say_with({taken});
    EXPECT_EQ(loop.wait(attachments.remove(owner, taken)).error().type, "attachment-in-use");
    ASSERT_TRUE(loop.wait(attachments.remove(owner, gone)));
    EXPECT_EQ(loop.wait(attachments.drop_unused()).value(), 0);
    loop.wait([](async::Clock& clock) -> Task<void> {
        co_await clock.sleep_for(async::Milliseconds(AttachmentLimits::unused_ms + 1));
    }(loop.clock));
    EXPECT_EQ(loop.wait(attachments.drop_unused()).value(), 1);
    EXPECT_FALSE(is_there(lonely));
    EXPECT_TRUE(is_there(taken));
}

TEST_F(AttachmentsTest, UploadsThatWaitAreBounded) {
    for (std::size_t i = 0; i < AttachmentLimits::unused_per_person; ++i) upload("a.txt", "x");
    EXPECT_EQ(loop.wait(attachments.keep(owner, read_attachment("a.txt", "x").value())).error().type,
              "too-many-attachments");
}

TEST_F(AttachmentsTest, OurOwnFormHoldsThemByteForByte) {
    const auto id = say_with({upload("tree.png", png(30)), upload("notes.txt", "Line\r\n\ttwo")});
    const auto file = write_lossless(loop.wait(service->whole(owner, id)).value());
    auto read = read_transcript(file, false, 0);
    ASSERT_TRUE(read) << read.error().message;
    read->conversation.created.character_id = character;
    const auto copy = loop.wait(service->import(owner, std::move(read->conversation), {})).value().id;
    EXPECT_EQ(write_lossless(loop.wait(service->whole(owner, copy)).value()), file);
    // They are files of their own: the old conversation may go.
    ASSERT_TRUE(loop.wait(service->erase(owner, id)));
    EXPECT_EQ(write_lossless(loop.wait(service->whole(owner, copy)).value()), file);
    EXPECT_EQ(problems(), std::vector<std::string>());
}

TEST(Attachment, IsReadByContent) {
    const auto type_of = [](std::string name, std::string bytes) {
        const auto read = read_attachment(std::move(name), std::move(bytes));
        return read ? read->about.media_type : read.error().type;
    };
    EXPECT_EQ(type_of("x.txt", png(8)), "image/png");
    EXPECT_EQ(type_of("x.png", "words"), "text/plain");
    EXPECT_EQ(type_of("x.txt", "%PDF-1.7 …"), "application/pdf");
    EXPECT_EQ(type_of("x.html", "<script>alert(1)</script>"), "text/plain");
    EXPECT_EQ(type_of("x.exe", std::string("MZ\0\1", 4)), "unsupported-attachment");
    EXPECT_EQ(type_of("x.gif", "GIF89a…"), "unsupported-image");
    EXPECT_EQ(type_of("x.png", png(64).substr(0, 100)), "damaged-image");
    EXPECT_EQ(type_of("x", ""), "empty-attachment");
    EXPECT_EQ(type_of("x", std::string(AttachmentLimits::text_bytes + 1, 'a')), "attachment-too-large");
    EXPECT_EQ(read_attachment("../../etc/[pass]\nwd", "x")->about.name, "_pass__wd");
    EXPECT_EQ(read_attachment(" ", "x")->about.name, "file");
    const auto lengthy =
        read_attachment("long.txt", std::string(AttachmentLimits::prompt_code_points + 5, 'a'));
    EXPECT_TRUE(lengthy->text.ends_with("\n[5 more characters are left out]"));
    EXPECT_EQ(lengthy->about.characters_read, AttachmentLimits::prompt_code_points);
    EXPECT_EQ(lengthy->about.characters, AttachmentLimits::prompt_code_points + 5);
    const auto whole = read_attachment("table.csv",
                                       "\xEF\xBB\xBF"
                                       "wheel,größe\n");
    EXPECT_EQ(whole->text, "wheel,größe\n");
    EXPECT_EQ(whole->about.characters, 12);
    EXPECT_EQ(whole->about.characters_read, 12);
    EXPECT_EQ(read_attachment("x.pdf", "%PDF-1.7 …")->about.characters, std::nullopt);
}

}  // namespace
}  // namespace lares::chat
