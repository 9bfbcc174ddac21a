#pragma once
// Pictures and files that a message carries, as messages name them.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include "base/id.h"

namespace lares::chat {

struct AttachmentTag {
    static constexpr std::string_view kind = "attachment";
};
using AttachmentId = Id<AttachmentTag>;

// text: its words are read by the model. file: a PDF, for models that read these; others are told of it.
enum class AttachmentKind : std::uint8_t { image, text, file };
BOOST_DESCRIBE_ENUM(AttachmentKind, image, text, file)

struct Attachment {
    AttachmentId id;
    AttachmentKind kind = AttachmentKind::image;
    std::string name;
    std::string media_type;  // by content: "image/jpeg", "text/plain", "application/pdf"
    std::int64_t bytes = 0;
    std::optional<std::int64_t> width, height;  // of an image, as it is kept
    // Of a text, in code points: how long it is, and how much of it prompts hold.
    std::optional<std::int64_t> characters, characters_read;
    bool operator==(const Attachment&) const = default;
};
BOOST_DESCRIBE_STRUCT(Attachment, (),
                      (id, kind, name, media_type, bytes, width, height, characters, characters_read))
constexpr bool json_omits_empty(const Attachment*) {
    return true;
}

struct AttachmentLimits {
    static constexpr std::size_t bytes_max = 20 * 1024 * 1024;  // of an upload
    static constexpr std::size_t file_bytes = 8 * 1024 * 1024;  // that is no image: kept as it came
    static constexpr std::size_t text_bytes = 1024 * 1024;
    static constexpr std::size_t name_max = 120;  // code points
    static constexpr std::size_t per_message = 8;
    // Of a text file, in prompts: as much as somebody may write into a message. What is too much for the
    // model is refused with its number of tokens, before it is stored.
    static constexpr std::size_t prompt_code_points = 100'000;
    static constexpr std::uint32_t image_side = 2048;  // larger ones are made smaller
    // In one conversation, so that its lossless file can be read again (Limits::import_bytes).
    static constexpr std::size_t conversation_bytes = 40 * 1024 * 1024;
    static constexpr std::size_t unused_per_person = 64;  // uploaded, and in no message yet
    static constexpr std::int64_t unused_ms = 24LL * 3600 * 1000;
};

}  // namespace lares::chat
