#pragma once
// How `lares models add URL` fetches: the one outgoing client, behind the engine's Downloader.
#include <string>
#include <vector>

#include "engine/llm/models.h"

namespace lares::app {

// allow: OUTGOING_ALLOW. The returned function blocks, resumes with a Range request and keeps the SSRF guard.
engine::llm::Downloader make_downloader(std::vector<std::string> allow);

}  // namespace lares::app
