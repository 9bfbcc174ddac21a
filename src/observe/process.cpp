#include "observe/process.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

namespace lares::metrics {
namespace {

// Unix seconds at which the process began: its age is counted in ticks since boot (field 22 of stat).
double start_time() {
    std::ifstream in("/proc/self/stat");
    std::string text;
    std::getline(in, text);
    std::size_t at = text.rfind(')');
    for (int field = 2; field < 22 && at != std::string::npos; ++field) at = text.find(' ', at + 1);
    if (at == std::string::npos) return 0;
    const double ticks = std::strtod(text.c_str() + at, nullptr);
    timespec now{}, up{};
    clock_gettime(CLOCK_REALTIME, &now);
    clock_gettime(CLOCK_BOOTTIME, &up);
    return static_cast<double>(now.tv_sec - up.tv_sec) + ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::uint64_t count_entries(const char* folder) {
    std::error_code error;
    std::uint64_t count = 0;
    for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
        ++count;
    return count;
}

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

ProcessUse process_use() {
    static const double started = start_time();
    ProcessUse use;
    const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    std::ifstream statm("/proc/self/statm");
    if (statm >> use.virtual_bytes >> use.resident_bytes) {
        use.virtual_bytes *= page;
        use.resident_bytes *= page;
    }
    use.open_fds = count_entries("/proc/self/fd");
    use.threads = count_entries("/proc/self/task");
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) use.max_fds = limit.rlim_cur;
    rusage usage{};
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        use.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    use.start_time_seconds = started;
    return use;
}

}  // namespace lares::metrics
