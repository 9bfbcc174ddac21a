#pragma once
// A disk that fails when told to, and that forgets in a power cut. It stands between SQLite and the real
// files: the n-th write, truncate or flush fails; and it keeps, for each file, what a power cut would leave:
// what was flushed, and any part of the rest. A failed flush drops what was to be flushed, for good, while
// reads go on to show it (as Linux does).
#include <cstdint>
#include <filesystem>
#include <functional>
#include <random>
#include <string>

namespace lares::db::test {

enum class FaultKind { io, full, flush };  // flush: only flushes count, and fail

struct FaultPlan {
    int first = 0;  // the operation that fails, counted from 1; 0: none
    int count = 1;  // how many in a row
    FaultKind kind = FaultKind::io;
};

// Registers the VFS "faulty" once; forgets all files; counts from the start.
const char* start_faults(FaultPlan plan);
void end_faults();  // the files stay known
bool fault_happened();

// Calls it before each operation from the fault on, on the thread that does it: it may ask for a power cut.
void before_each_operation(std::function<void()> watcher);

// Writes, into `folder`, the files as a power cut at this moment leaves them: what was flushed, and of what
// was not (writes, truncations, deletions) a random part.
void power_cut(const std::filesystem::path& folder, std::uint32_t seed);

// A crash of the process: `to` gets the files as a new process reads them (from the page cache), with what of
// them is really on the disk.
void crash(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace lares::db::test
