#pragma once
// What llama.cpp needs once in a process, and what it says of its failures.
#include <string>

namespace lares::engine::llm::backend {

// Loads the library for this machine's processor. Any thread; the first call does it.
void prepare();

// llama.cpp says what went wrong only in its log: the last lines of it that are errors, since the last call.
std::string take_complaints();

}  // namespace lares::engine::llm::backend
