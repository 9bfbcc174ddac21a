#pragma once
// The layout `stable` for /prompts/render.
#include "api/prompt/model.h"
#include "prompt/prompt.h"
#include "prompt/render.h"

namespace lares::api {

// `input`: as for the layout `compat`. Errors: 400 for kinds of turns that this layout has not; those of
// prompt::build.
Result<RenderAnswer> render_stable(const prompt::RenderInput& input, const RenderSettingsBody& settings);

}  // namespace lares::api
