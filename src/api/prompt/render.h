#pragma once
// One request of /prompts/render, without HTTP.
#include <functional>

#include "api/prompt/model.h"
#include "prompt/lore/library.h"
#include "prompt/prompt.h"

namespace lares::api {

struct RenderTools {
    prompt::lore::Library& library;
    std::function<prompt::CountTokens(const std::string& model)> counter_of;
    std::int64_t now_ms = 0;
};

// Errors: 4xx of the card, the books and the fields; "context-overflow"; those of the model's tokeniser.
Result<RenderAnswer> render_prompt(const RenderBody& body, const RenderTools& tools);

}  // namespace lares::api
