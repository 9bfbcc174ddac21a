#pragma once
// Between the wire and prompt::render.
#include "api/prompt/model.h"
#include "prompt/render.h"

namespace lares::api {

Result<prompt::RenderState> state_of(const RenderStateBody& body);
RenderStateBody to_wire(const prompt::RenderState& state);
prompt::RenderSettings settings_of(const RenderSettingsBody& body);
prompt::RenderSettings settings_of(const ChatSettingsBody& body);
prompt::RenderPersona persona_of(const RenderPersonaBody& body);
std::vector<prompt::ChatLine> chat_of(const std::vector<RenderLineBody>& lines);
RenderAnswer to_wire(prompt::Rendered rendered);

}  // namespace lares::api
