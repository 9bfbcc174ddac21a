#pragma once
// Freed memory that an event loop keeps for itself. The C library's own cache of a thread ends at 1 KiB and
// at seven blocks of a size; a coroutine's frame is often larger, and thirty of them live for one call, so
// that most of what a loop takes and gives back would be searched for and joined together again.
#include <cstddef>

namespace lares {

// While it lives, the thread that made it keeps blocks of up to 8 KiB that it frees, `bytes` of them at most,
// and takes new ones from there. One for a thread, destroyed on that thread. Does nothing under a sanitizer
// and without glibc.
class KeptBlocks {
public:
    explicit KeptBlocks(std::size_t bytes);
    ~KeptBlocks();
    KeptBlocks(const KeptBlocks&) = delete;
    KeptBlocks& operator=(const KeptBlocks&) = delete;

    static std::size_t held();  // bytes, by the calling thread
};

}  // namespace lares
