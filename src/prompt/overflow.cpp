#include "prompt/overflow.h"

#include <algorithm>
#include <array>

#include "prompt/macros/engine.h"

namespace lares::prompt {

std::string_view remedy_of(std::string_view part) {
    constexpr std::array<std::string_view, 6> of_card{"description", "personality", "scenario",
                                                      "example",     "greeting",    "depth_prompt"};
    if (part == "answer") return "shorter-answer";
    if (part == "message") return "shorten-message";
    if (part == "persona") return "shorten-persona";
    if (part == "lore") return "shorten-lorebook";
    return std::ranges::find(of_card, part) != of_card.end() ? "shorten-character" : "shorten-settings";
}

tl::unexpected<Error> overflow(std::string_view part, std::string field, std::string_view what,
                               std::size_t tokens) {
    Error error{Code::unprocessable,
                "context-overflow",
                "This does not fit into the model's context: " + std::string(what) + " is " +
                    std::to_string(tokens) +
                    " tokens too long. Shorten it, or choose a model that takes more.",
                std::move(field),
                {},
                {}};
    error.overflow =
        Overflow{std::string(part), static_cast<std::int64_t>(tokens), std::string(remedy_of(part))};
    return fail(std::move(error));
}

tl::unexpected<Error> macros_overflow(std::string_view part, std::string field) {
    auto error =
        fail(Code::unprocessable, "context-overflow",
             "This does not fit into the model's context: the macros of the part \"" + std::string(part) +
                 "\" make more than " + std::to_string(macros::limits::output_bytes >> 20) +
                 " MiB. Look for macros there that repeat a text again and again.",
             std::move(field));
    return error;
}

}  // namespace lares::prompt
