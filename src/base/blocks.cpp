// malloc, free and aligned_alloc of the whole program pass through here, in front of glibc's own, as its
// manual allows
// ("Replacing malloc"). Every block is one of glibc's: which thread frees it, and whether it was made before
// or after, does not matter, and calloc, realloc and malloc_trim need not know.
#include "base/blocks.h"

#include <cstdlib>

#include <malloc.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define LARES_SANITIZED
#endif
#endif

#if defined(__GLIBC__) && !defined(LARES_SANITIZED)

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* block);
}

namespace lares {
namespace {

constexpr std::size_t step = 32, lists = 257;      // to 8 KiB
constexpr std::size_t head = sizeof(std::size_t);  // glibc's, before each block

struct Free {
    Free* next;
};

// Blocks of list i have i * step bytes, their head counted, or up to step - 1 more.
struct Kept {
    std::size_t most, held;
    Free* list[lists];
};
thread_local constinit Kept kept{};

}  // namespace

KeptBlocks::KeptBlocks(std::size_t bytes) {
    kept.most = bytes;
}

KeptBlocks::~KeptBlocks() {
    kept.most = 0;
    for (auto& first : kept.list)
        while (first) {
            auto* block = first;
            first = block->next;
            __libc_free(block);
        }
    kept.held = 0;
}

std::size_t KeptBlocks::held() {
    return kept.held;
}

}  // namespace lares

extern "C" {

void* malloc(std::size_t size) {
    using namespace lares;
    const std::size_t index = size / step + (size % step + head + step - 1) / step;
    if (kept.most == 0 || index >= lists) return __libc_malloc(size);
    auto*& first = kept.list[index];
    if (!first) return __libc_malloc(index * step - head);
    auto* block = first;
    first = block->next;
    kept.held -= index * step;
    return block;
}

void free(void* block) {
    using namespace lares;
    if (kept.most == 0 || !block) return __libc_free(block);
    const std::size_t index = (::malloc_usable_size(block) + head) / step;
    if (index == 0 || index >= lists || kept.held + index * step > kept.most) return __libc_free(block);
    auto* freed = static_cast<Free*>(block);
    freed->next = kept.list[index];
    kept.list[index] = freed;
    kept.held += index * step;
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
    return alignment <= alignof(std::max_align_t) ? malloc(size) : __libc_memalign(alignment, size);
}

}  // extern "C"

#else

namespace lares {

KeptBlocks::KeptBlocks(std::size_t) {}
KeptBlocks::~KeptBlocks() = default;
std::size_t KeptBlocks::held() {
    return 0;
}

}  // namespace lares

#endif
