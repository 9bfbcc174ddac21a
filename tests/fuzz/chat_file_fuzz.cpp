// Chat files of both forms: what is read hangs together, and what we write of it is read again as the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "chat/transcript.h"

namespace {

using namespace lares::chat;

// The conversation as the store would have it, without one.
Whole stored(const Copied& what) {
    Whole out;
    const auto id_of = [](std::size_t at) {
        MessageId id;
        for (std::size_t i = 0; i < 8; ++i)
            id.value.bytes[15 - i] = static_cast<std::uint8_t>((at + 1) >> (8 * i));
        return id;
    };
    const auto named = [&](const std::optional<std::size_t>& at) {
        return at ? std::optional(id_of(*at)) : std::nullopt;
    };
    Payload created = what.created;
    created.character_id = CharacterId{};
    if (!effect_of(out.head, 1, EventKind::conversation_created, 0, created)) std::abort();
    std::int64_t seq = 1;
    for (std::size_t i = 0; i < what.messages.size(); ++i) {
        const auto& message = what.messages[i];
        auto payload = message.payload;
        payload.message_id = id_of(i);
        payload.parent = named(message.parent);
        payload.chosen = named(message.chosen);
        payload.removed_by = named(message.removed_by);
        payload.edit_of = named(message.edit_of);
        payload.aside = true;
        auto effect = effect_of(out.head, ++seq, EventKind::message_added, 0, payload);
        if (!effect || !effect->message) std::abort();
        out.messages.push_back(std::move(*effect->message));
    }
    out.head.leaf = named(what.leaf);
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view file(reinterpret_cast<const char*>(data), size);
    const auto read = read_transcript(file, size % 2 == 0, 1'000);
    if (!read) {
        if (read.error().message.empty()) std::abort();
        return 0;
    }
    for (const auto& message : read->conversation.messages)
        if (!message.payload.text || !lares::is_utf8(*message.payload.text)) std::abort();
    const auto whole = stored(read->conversation);
    const auto ours = write_lossless(whole);
    const auto again = read_transcript(ours, false, 2'000);
    if (!again || write_lossless(stored(again->conversation)) != ours) std::abort();
    const auto tavern = write_sillytavern(whole, {"User", "Companion"});
    if (!read_transcript(tavern, true, 2'000)) std::abort();
    return 0;
}
