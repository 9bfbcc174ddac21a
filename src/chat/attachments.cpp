#include "chat/attachments.h"

#include <algorithm>
#include <tuple>

#include "base/text.h"
#include "media/image.h"

namespace lares::chat {

namespace {

using namespace std::string_view_literals;

tl::unexpected<Error> no_attachment() {
    return fail(Code::not_found, "attachment-not-found", "There is no such file.");
}

tl::unexpected<Error> too_large(std::size_t bytes_max) {
    return fail(Code::too_large, "attachment-too-large",
                "The file is larger than " + std::to_string(bytes_max / 1024 / 1024) + " MB.");
}

// Lines of the prompt are made of it: one line, no brackets.
Result<std::string> good_name(std::string_view name) {
    if (!is_utf8(name)) return invalid_field("name", "must be valid UTF-8");
    const auto slash = name.find_last_of("/\\"sv);
    if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
    std::string out;
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        out += byte < 0x20 || byte == 0x7F || c == '[' || c == ']' ? '_' : c;
    }
    out = std::string(trim(out));
    out.resize(utf8_offset(out, AttachmentLimits::name_max));
    return out.empty() ? "file" : out;
}

bool is_text(std::string_view bytes) {
    if (!is_utf8(bytes)) return false;
    return std::ranges::none_of(bytes, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f';
    });
}

std::string size_text(std::int64_t bytes) {
    if (bytes < 1024) return std::to_string(bytes) + " B";
    if (bytes < 1024 * 1024) return std::to_string(bytes / 1024) + " kB";
    return std::to_string(bytes / 1024 / 1024) + "." + std::to_string(bytes * 10 / 1024 / 1024 % 10) + " MB";
}

constexpr std::int64_t drop_batch = 64;

}  // namespace

Result<ReadFile> read_attachment(std::string name, std::string bytes) {
    ReadFile out;
    LARES_TRY(out.about.name, good_name(name));
    if (bytes.empty()) return fail(Code::bad_request, "empty-attachment", "The file is empty.");
    if (bytes.size() > AttachmentLimits::bytes_max) return too_large(AttachmentLimits::bytes_max);
    if (media::sniff_image(bytes) != media::ImageKind::none) {
        LARES_TRY(auto image, media::for_display(bytes, AttachmentLimits::image_side));
        out.about.kind = AttachmentKind::image;
        out.about.media_type = media::media_type(image.kind);
        out.about.width = image.width;
        out.about.height = image.height;
        out.bytes = std::move(image.bytes);
    } else if (bytes.starts_with("%PDF-")) {
        if (bytes.size() > AttachmentLimits::file_bytes) return too_large(AttachmentLimits::file_bytes);
        out.about.kind = AttachmentKind::file;
        out.about.media_type = "application/pdf";
        out.bytes = std::move(bytes);
    } else if (is_text(bytes)) {
        if (bytes.size() > AttachmentLimits::text_bytes) return too_large(AttachmentLimits::text_bytes);
        out.about.kind = AttachmentKind::text;
        out.about.media_type = "text/plain";
        std::string_view words = bytes;
        if (words.starts_with("\xEF\xBB\xBF"sv)) words.remove_prefix(3);
        const auto kept = words.substr(0, utf8_offset(words, AttachmentLimits::prompt_code_points));
        out.text = kept;
        const auto left_out = count_code_points(words.substr(kept.size()));
        if (left_out > 0) out.text += "\n[" + std::to_string(left_out) + " more characters are left out]";
        const auto read = static_cast<std::int64_t>(count_code_points(kept));
        out.about.characters_read = read;
        out.about.characters = read + static_cast<std::int64_t>(left_out);
        out.bytes = std::move(bytes);
    } else {
        return fail(
            Code::unsupported, "unsupported-attachment",
            "\"" + out.about.name + "\" is neither a picture (PNG, JPEG, WebP) nor text in UTF-8 nor a PDF.");
    }
    out.about.bytes = static_cast<std::int64_t>(out.bytes.size());
    return out;
}

std::string described(const SaidFile& file) {
    const auto& about = file.about;
    switch (about.kind) {
        case AttachmentKind::image:
            return "[image: " + about.name + ", " + std::to_string(about.width.value_or(0)) + "x" +
                   std::to_string(about.height.value_or(0)) + ", " +
                   (about.media_type == "image/png" ? "PNG" : "JPEG") + "]";
        case AttachmentKind::text:
            return "[file: " + about.name + "]\n" + file.text + "\n[end of " + about.name + "]";
        case AttachmentKind::file:
            break;
    }
    return "[file: " + about.name + ", PDF, " + size_text(about.bytes) + "]";
}

Task<Result<Attachment>> Attachments::add(OwnerId owner, std::string name, std::string bytes) {
    auto read = [name = std::move(name), bytes = std::move(bytes)]() mutable {
        return read_attachment(std::move(name), std::move(bytes));
    };
    LARES_CO_TRY(auto file, co_await compute_.run(std::move(read)));
    co_return co_await keep(owner, std::move(file));
}

Task<Result<Attachment>> Attachments::keep(OwnerId owner, ReadFile file) {
    const auto at = clock_.unix_ms();
    file.about.id = ids_.make<AttachmentId>(at);
    auto about = file.about;
    auto write = [owner, at, file = std::move(file)](db::Tx& tx) -> Result<void> {
        LARES_TRY(const auto unused,
                  tx.one<std::int64_t>("SELECT count(*) FROM attachments a WHERE owner = ?1 AND NOT EXISTS "
                                       "(SELECT 1 FROM attachment_uses u WHERE u.attachment_id = a.id)",
                                       owner));
        if (unused.value_or(0) >= static_cast<std::int64_t>(AttachmentLimits::unused_per_person))
            return fail(Code::too_large, "too-many-attachments",
                        std::to_string(AttachmentLimits::unused_per_person) +
                            " of your files wait for a message. Send or remove some.");
        return attachments::insert(tx, owner, file, at);
    };
    LARES_CO_CHECK(co_await database_.write(std::move(write)));
    co_return about;
}

Task<Result<AttachmentFile>> Attachments::file(OwnerId owner, AttachmentId id) {
    auto read = [owner, id](db::Reader& reader) -> Result<AttachmentFile> {
        using Row = std::tuple<std::string, std::string, db::Blob, AttachmentKind>;
        LARES_TRY(auto row, reader.one<Row>("SELECT name, media_type, content, kind FROM attachments"
                                            " WHERE id = ?1 AND owner = ?2",
                                            id, owner));
        if (!row) return no_attachment();
        auto& [name, media_type, content, kind] = *row;
        return AttachmentFile{std::move(name), std::move(media_type), std::move(content.bytes), kind};
    };
    co_return co_await database_.read(std::move(read));
}

Task<Result<void>> Attachments::remove(OwnerId owner, AttachmentId id) {
    auto write = [owner, id](db::Tx& tx) -> Result<void> {
        LARES_TRY(const auto held,
                  tx.one<std::int64_t>("SELECT (SELECT count(*) FROM attachment_uses u WHERE u.attachment_id"
                                       " = a.id) FROM attachments a WHERE id = ?1 AND owner = ?2",
                                       id, owner));
        if (!held) return no_attachment();
        if (*held > 0)
            return fail(Code::conflict, "attachment-in-use", "A message holds this file. It goes with it.");
        LARES_CHECK(tx.run("DELETE FROM attachments WHERE id = ?1 AND owner = ?2", id, owner));
        return {};
    };
    co_return co_await database_.write(std::move(write));
}

Task<Result<bool>> Attachments::owns(OwnerId owner, AttachmentId id) {
    auto read = [owner, id](db::Reader& reader) -> Result<bool> {
        LARES_TRY(const auto found,
                  reader.one<bool>("SELECT 1 FROM attachments WHERE id = ?1 AND owner = ?2", id, owner));
        return found.has_value();
    };
    co_return co_await database_.read(std::move(read));
}

Task<Result<std::int64_t>> Attachments::drop_unused() {
    std::int64_t count = 0;
    for (;;) {
        const auto before = clock_.unix_ms() - AttachmentLimits::unused_ms;
        auto write = [before](db::Tx& tx) -> Result<std::int64_t> {
            LARES_TRY(const auto gone,
                      tx.run("DELETE FROM attachments WHERE id IN (SELECT id FROM attachments a WHERE created"
                             " < ?1 AND NOT EXISTS (SELECT 1 FROM attachment_uses u WHERE u.attachment_id ="
                             " a.id) LIMIT ?2)",
                             before, drop_batch));
            return static_cast<std::int64_t>(gone);
        };
        LARES_CO_TRY(const auto gone, co_await database_.write(std::move(write)));
        count += gone;
        if (gone < drop_batch) co_return count;
    }
}

namespace attachments {

Result<void> insert(db::Tx& tx, OwnerId owner, const ReadFile& file, std::int64_t at) {
    const auto& about = file.about;
    LARES_CHECK(
        tx.run("INSERT INTO attachments (id, owner, kind, name, media_type, bytes, width, height,"
               " created, text, content, characters, characters_read) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,"
               " ?9, ?10, ?11, ?12, ?13)",
               about.id, owner, about.kind, about.name, about.media_type, about.bytes, about.width,
               about.height, at, file.text, db::Blob{file.bytes}, about.characters, about.characters_read));
    return {};
}

Result<std::vector<Attachment>> find(db::Reader& reader, OwnerId owner,
                                     const std::vector<AttachmentId>& ids) {
    if (ids.size() > AttachmentLimits::per_message)
        return invalid_field("attachments",
                             "must be at most " + std::to_string(AttachmentLimits::per_message));
    std::vector<Attachment> out;
    for (const auto id : ids) {
        LARES_TRY(auto found,
                  reader.one<Attachment>("SELECT id, kind, name, media_type, bytes, width, height,"
                                         " characters, characters_read FROM attachments"
                                         " WHERE id = ?1 AND owner = ?2",
                                         id, owner));
        if (!found) return invalid_field("attachments", "names no file of yours");
        if (std::ranges::find(out, id, &Attachment::id) != out.end())
            return invalid_field("attachments", "names a file twice");
        out.push_back(std::move(*found));
    }
    return out;
}

Result<std::string> text_of(db::Reader& reader, OwnerId owner, AttachmentId id) {
    LARES_TRY(auto text, reader.one<std::string>("SELECT text FROM attachments WHERE id = ?1 AND owner = ?2",
                                                 id, owner));
    return std::move(text).value_or("");
}

Result<std::vector<SaidFile>> said(db::Reader& reader, OwnerId owner, std::vector<Attachment> list) {
    std::vector<SaidFile> out;
    for (auto& each : list) {
        SaidFile file{std::move(each), {}};
        if (file.about.kind == AttachmentKind::text) {
            LARES_TRY(file.text, text_of(reader, owner, file.about.id));
        }
        out.push_back(std::move(file));
    }
    return out;
}

Result<std::optional<std::string>> bytes_of(db::Reader& reader, OwnerId owner, AttachmentId id) {
    LARES_TRY(auto found, reader.one<db::Blob>("SELECT content FROM attachments WHERE id = ?1 AND owner = ?2",
                                               id, owner));
    if (!found) return std::nullopt;
    return std::optional(std::move(found->bytes));
}

Result<void> check_room(db::Reader& reader, ConversationId conversation,
                        const std::vector<Attachment>& added) {
    LARES_TRY(const auto held, reader.one<std::int64_t>(
                                   "SELECT coalesce(sum(a.bytes), 0) FROM attachment_uses u JOIN"
                                   " attachments a ON a.id = u.attachment_id WHERE u.conversation_id = ?1",
                                   conversation));
    std::int64_t total = held.value_or(0);
    for (const auto& each : added) total += each.bytes;
    if (total <= static_cast<std::int64_t>(AttachmentLimits::conversation_bytes)) return {};
    return fail(Code::too_large, "attachments-full",
                "A conversation holds at most " +
                    std::to_string(AttachmentLimits::conversation_bytes / 1024 / 1024) +
                    " MB of pictures and files; with these it would be " + size_text(total) +
                    ". Go on in a new one.");
}

Result<void> hold(db::Tx& tx, ConversationId conversation, const std::vector<Attachment>& files) {
    for (const auto& each : files)
        LARES_CHECK(
            tx.run("INSERT INTO attachment_uses (conversation_id, attachment_id) VALUES (?1, ?2)"
                   " ON CONFLICT DO NOTHING",
                   conversation, each.id));
    return {};
}

Result<void> release(db::Tx& tx, ConversationId conversation) {
    LARES_CHECK(
        tx.run("DELETE FROM attachments WHERE id IN (SELECT u.attachment_id FROM attachment_uses u WHERE"
               " u.conversation_id = ?1 AND NOT EXISTS (SELECT 1 FROM attachment_uses o WHERE"
               " o.attachment_id = u.attachment_id AND o.conversation_id <> ?1))",
               conversation));
    LARES_CHECK(tx.run("DELETE FROM attachment_uses WHERE conversation_id = ?1", conversation));
    return {};
}

}  // namespace attachments
}  // namespace lares::chat
