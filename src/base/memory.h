#pragma once
// What the C library keeps of freed memory. Some of our work takes tens of MiB for a moment (a clause, a
// table that is read, a model's vocabulary) on a thread of its own, whose arena would keep them for ever.

#include <filesystem>

namespace lares {

// At the start of the process: sizes from which blocks are given back at once do not depend on history.
void prepare_memory();

// What nobody uses goes back to the system: of all arenas, and the top of the calling thread's own. About a
// millisecond; for a thread that has done something large, or has nothing to do.
void release_unused_memory();

// Once, when all that is large is loaded: code that only ran at the start need not stay mapped in. What runs
// again comes back from the system's cache.
void release_code_of_the_start();

// Of a file that is mapped in, shared and read only: its pages need not stay here.
void release_pages_of(const std::filesystem::path& file);

}  // namespace lares
