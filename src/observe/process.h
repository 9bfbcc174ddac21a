#pragma once
// What this process uses, as the kernel tells it.
#include <cstdint>

namespace lares::metrics {

struct ProcessUse {
    std::uint64_t resident_bytes = 0;
    std::uint64_t virtual_bytes = 0;
    std::uint64_t open_fds = 0;
    std::uint64_t max_fds = 0;  // the soft limit
    std::uint64_t threads = 0;
    double cpu_seconds = 0;  // user and system
    double start_time_seconds = 0;
};

ProcessUse process_use();

}  // namespace lares::metrics
