#include "base/memory.h"

#include <cstdlib>

#include <malloc.h>

namespace lares {

#ifdef __GLIBC__

namespace {

constexpr int apart_bytes = 8 << 20;  // from here on a block is a mapping of its own; no tensor of a voice is
constexpr int top_kept_bytes = 64 << 20;
constexpr int top_released_bytes = 256 << 10;

}  // namespace

void prepare_memory() {
    mallopt(M_MMAP_THRESHOLD, apart_bytes);
    mallopt(M_TRIM_THRESHOLD, top_kept_bytes);
}

// malloc_trim leaves the top of every arena but the first as it is. It is given back where a larger block is
// freed while it exceeds the threshold: for a moment that is a low one. (Another thread that frees just then
// gives back more than it would have.)
void release_unused_memory() {
    mallopt(M_TRIM_THRESHOLD, top_released_bytes);
    void* volatile block = std::malloc(top_released_bytes);
    std::free(block);
    mallopt(M_TRIM_THRESHOLD, top_kept_bytes);
    malloc_trim(0);
}

#else

void prepare_memory() {}
void release_unused_memory() {}

#endif

}  // namespace lares
