#pragma once
// Pictures and files of messages: read and made safe when they come, kept with their owner, gone with the
// last conversation that holds them. An upload that no message took is gone after a day.
#include <optional>
#include <string>
#include <vector>

#include "async/clock.h"
#include "async/pool.h"
#include "chat/journal.h"
#include "db/database.h"

namespace lares::chat {

// A file as it is kept.
struct ReadFile {
    Attachment about;  // its id is whoever's keeps it
    std::string bytes;
    std::string text;  // of a text: what prompts hold of it
};

// By content, whatever its name says: PNG, JPEG, WebP are written anew without anything but the picture
// (media/image.h); UTF-8 text; PDF. Pure; for a pool. Errors: invalid_field "name"; unsupported
// "unsupported-attachment", "unsupported-image"; too_large "attachment-too-large", "image-too-large";
// bad_request "damaged-image", "empty-attachment".
Result<ReadFile> read_attachment(std::string name, std::string bytes);

// What a model is told of it where it cannot see it: "[image: tree.png, 800x600, PNG]", or the words of a
// text between a line before and a line after.
std::string described(const SaidFile& file);

struct AttachmentFile {
    std::string name, media_type, bytes;
    AttachmentKind kind = AttachmentKind::file;
};

class Attachments {
public:
    Attachments(db::Database& database, async::Pool& compute, async::Clock& clock, IdSource& ids)
        : database_(database), compute_(compute), clock_(clock), ids_(ids) {}

    // Errors: those of read_attachment; too_large "too-many-attachments".
    Task<Result<Attachment>> add(OwnerId owner, std::string name, std::string bytes);
    Task<Result<Attachment>> keep(OwnerId owner, ReadFile file);  // that was read
    // Errors here and below: not_found "attachment-not-found".
    Task<Result<AttachmentFile>> file(OwnerId owner, AttachmentId id);
    // conflict "attachment-in-use" when a message holds it.
    Task<Result<void>> remove(OwnerId owner, AttachmentId id);
    Task<Result<bool>> owns(OwnerId owner, AttachmentId id);
    // What no message took within a day. Answers how many.
    Task<Result<std::int64_t>> drop_unused();

private:
    db::Database& database_;
    async::Pool& compute_;
    async::Clock& clock_;
    IdSource& ids_;
};

namespace attachments {

Result<void> insert(db::Tx& tx, OwnerId owner, const ReadFile& file, std::int64_t at);
// All of them, in this order; invalid_field "attachments" where one is not theirs.
Result<std::vector<Attachment>> find(db::Reader& reader, OwnerId owner, const std::vector<AttachmentId>& ids);
Result<std::string> text_of(db::Reader& reader, OwnerId owner, AttachmentId id);
Result<std::vector<SaidFile>> said(db::Reader& reader, OwnerId owner, std::vector<Attachment> list);
Result<std::optional<std::string>> bytes_of(db::Reader& reader, OwnerId owner, AttachmentId id);
// A message of the conversation holds them from now on. too_large "attachments-full".
Result<void> hold(db::Tx& tx, ConversationId conversation, const std::vector<Attachment>& files);
Result<void> check_room(db::Reader& reader, ConversationId conversation,
                        const std::vector<Attachment>& added);
// The conversation is gone: so is what only it held.
Result<void> release(db::Tx& tx, ConversationId conversation);

}  // namespace attachments
}  // namespace lares::chat
