#include "base/pages.h"

#include <sys/mman.h>

namespace lares {

Pages Pages::make(std::size_t bytes) {
    if (bytes == 0) return {};
#ifdef MAP_POPULATE
    constexpr int at_once =
        MAP_POPULATE;  // all of it is written soon: one call instead of a fault for each page
#else
    constexpr int at_once = 0;
#endif
    void* const at =
        ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | at_once, -1, 0);
    if (at == MAP_FAILED) return {};
    return {static_cast<std::uint8_t*>(at), bytes};
}

Pages::~Pages() {
    if (data_) ::munmap(data_, bytes_);
}

}  // namespace lares
