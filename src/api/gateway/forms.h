#pragma once
// Refusals in the dialects' shapes, for the rows of the route table.
#include "http/row.h"

namespace lares::api {

const http::ErrorForm& openai_form();  // Anthropic's for a caller that names its version
const http::ErrorForm& anthropic_form();
const http::ErrorForm& ollama_form();

}  // namespace lares::api
