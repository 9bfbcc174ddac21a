#include "character/depth_prompt.h"

#include <algorithm>

#include <boost/json.hpp>

namespace lares::character {

DepthPrompt depth_prompt_of(const Card& card) {
    namespace bj = boost::json;
    DepthPrompt prompt;
    boost::system::error_code error;
    const auto value = card.extensions.empty() ? bj::value() : bj::parse(card.extensions, error);
    if (error || !value.is_object()) return prompt;
    const auto* found = value.get_object().if_contains("depth_prompt");
    if (!found || !found->is_object()) return prompt;
    const auto& fields = found->get_object();
    if (const auto* text = fields.if_contains("prompt"); text && text->is_string())
        prompt.text = std::string(text->get_string());
    if (const auto* depth = fields.if_contains("depth"); depth && depth->is_number()) {
        const auto whole = depth->to_number<std::int64_t>(error);
        if (!error) prompt.depth = std::clamp<std::int64_t>(whole, 0, limits::depth);
    }
    if (const auto* role = fields.if_contains("role"); role && role->is_string()) {
        prompt.role = role->get_string() == "user"        ? DepthRole::user
                      : role->get_string() == "assistant" ? DepthRole::assistant
                                                          : DepthRole::system;
    }
    return prompt;
}

}  // namespace lares::character
