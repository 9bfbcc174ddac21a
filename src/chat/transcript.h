#pragma once
// Conversations as files, JSON lines. Pure.
//
// SillyTavern's form: a header {user_name, character_name, create_date, chat_metadata}, then one line a
// message {name, is_user, is_system, send_date, mes, extra, swipes, swipe_id, swipe_info, …}. It holds one
// branch: swipes become versions of their message, what follows hangs on the one that is shown; is_system is
// hidden. What we have no word for is kept with the message and written again.
//
// Our own form holds all of it: a header {"lares":"conversation","version":1,…,"leaf":n}, then every message
// of every branch in the order of their making {n, parent, role, text, state, created, hidden, pinned,
// removed_by, edit_of, chosen, unheard, usage, trace, extra, attachments [{name, media_type, data: base64}],
// prompt_state (variables and timed effects of lore as the message left them, JSON)};
// messages name each other by n, counted from 1. What is not there is as it usually is. Token ids are none of
// it: they are a cache, and a file's would not be trusted. Written, read and written again it is the same,
// byte for byte.
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "chat/service.h"

namespace lares::chat {

struct Skipped {
    std::int64_t line = 0;
    std::string reason;
};
struct ReadTranscript {
    Copied conversation;  // without character_id
    std::vector<Skipped> skipped;
    std::map<std::string, std::string> variables;  // of macros, as SillyTavern's chat_metadata tells them
};

// Either form, known by its first line. flatten: of a group chat, each message begins with its speaker's
// name. `now_ms`: the time of messages that tell none. Errors: bad_request "invalid-chat", the message says
// which line and which rule; unprocessable "group-chat"; too_large "too-many-messages".
Result<ReadTranscript> read_transcript(std::string_view file, bool flatten, std::int64_t now_ms);

struct Names {
    std::string user, character;
};
std::string write_lossless(const Whole& conversation);
std::string write_sillytavern(const Whole& conversation, const Names& names);

// Who spoke, as a line of SillyTavern's form said that was kept with the message.
struct Speaker {
    std::string name;       // empty: nobody says, or the text itself begins with it
    bool narrator = false;  // SillyTavern's /sys: nobody's words
};
Speaker speaker_of(std::string_view extra, std::string_view text);

// The forms of SillyTavern's send_date over the years: ISO 8601, "June 19, 2023 2:20pm",
// "2023-6-19 @14h 20m 30s 123ms", milliseconds. Times without a zone count as UTC. UTC ms.
std::optional<std::int64_t> parse_send_date(std::string_view text);
inline constexpr std::int64_t date_max = 253'402'300'799'999;  // the end of the year 9999
std::string format_iso(std::int64_t unix_ms);

}  // namespace lares::chat
