#include "base/memory.h"

#include <bit>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <string>
#include <system_error>

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

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

}  // namespace lares

// The engines take weights and contexts by this call, and read all of them for every token: in huge pages a
// fifth faster (docs/decisions/0047). The C library can ask for those only where the environment tells it
// before the start. Sanitizers have an allocator of their own.
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
extern "C" int posix_memalign(void** out, std::size_t alignment, std::size_t size) noexcept {
    constexpr std::size_t huge_from_bytes = 16 << 20;
    if (!std::has_single_bit(alignment) || alignment % sizeof(void*) != 0) return EINVAL;
    void* const block = ::memalign(alignment, size);
    if (!block) return ENOMEM;
    if (size >= huge_from_bytes) {
        const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
        const auto begin = (reinterpret_cast<std::uintptr_t>(block) + page - 1) / page * page;
        const auto end = (reinterpret_cast<std::uintptr_t>(block) + size) / page * page;
        ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
    }
    *out = block;
    return 0;
}
#endif

namespace lares {

#else

void prepare_memory() {}
void release_unused_memory() {}

#endif

namespace {

// Pages of the mappings whose line in /proc/self/maps is chosen: what is used again comes back from the file.
template <class Chosen>
void drop_pages(Chosen chosen) {
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        if (!chosen(line)) continue;
        std::uintptr_t begin = 0, end = 0;
        const auto* const last = line.data() + line.size();
        const auto [dash, bad] = std::from_chars(line.data(), last, begin, 16);
        if (bad != std::errc() || dash == last) continue;
        std::from_chars(dash + 1, last, end, 16);
        if (end > begin) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
    }
}

}  // namespace

void release_code_of_the_start() {
    static std::once_flag once;
    std::call_once(once, [] {
        // Of files, never written to: what is read again is what was there.
        drop_pages([](const std::string& line) {
            return line.find(" r-xp ") != std::string::npos && line.find(" /") != std::string::npos;
        });
    });
}

void release_pages_of(const std::filesystem::path& file) {
    std::error_code none;
    const auto path = std::filesystem::canonical(file, none).string();
    if (path.empty()) return;
    drop_pages([&](const std::string& line) {
        return line.ends_with(" " + path) && line.find(" r--s ") != std::string::npos;
    });
}

}  // namespace lares
