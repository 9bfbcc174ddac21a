#pragma once
// The error of a prompt that does not fit into the model's context: which part is too long, by how many
// tokens, what to do. In English for the person, and as slugs for clients that have words of their own.
//
// Parts: those of Source ("description", "lore", …), "answer" (the room for it), "message" (the newest one)
// and "beside" (what is set to stand with it). Remedies: "shorter-answer", "shorten-message",
// "shorten-character", "shorten-persona", "shorten-lorebook", "shorten-settings" (instructions and notes of
// the person or operator).
#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace lares::prompt {

std::string_view remedy_of(std::string_view part);

// field: where the part came in ("character.description"); what: the part in words ("the message").
tl::unexpected<Error> overflow(std::string_view part, std::string field, std::string_view what,
                               std::size_t tokens);

// The same for a part whose macros make more than macros::limits::output_bytes: it is given up before its
// tokens are counted, so clients get no number.
tl::unexpected<Error> macros_overflow(std::string_view part, std::string field);

}  // namespace lares::prompt
