#include "fault_vfs.h"

#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include <sqlite3.h>

namespace lares::db::test {

namespace {

struct Write {
    std::size_t offset;
    std::string bytes;
    bool truncates = false;  // to `offset` bytes
};

struct Disk {
    std::string flushed;
    std::vector<Write> pending;
};

struct World {
    std::mutex mutex;
    FaultPlan plan;
    int operations = 0;
    bool happened = false;
    std::map<std::string, Disk> disks;
    std::map<std::string, std::string> deleted;  // may come back in a power cut: their folder was not flushed
    std::function<void()> watcher;

    bool fails(bool flushes = false) {
        if (plan.kind == FaultKind::flush && !flushes) return false;
        ++operations;
        const bool now = plan.first > 0 && operations >= plan.first && operations < plan.first + plan.count;
        happened = happened || now;
        return now;
    }
};

World& world() {
    static World instance;
    return instance;
}

// Not under the lock: it looks at the disk.
void tell_watcher() {
    std::function<void()> watcher;
    {
        std::lock_guard lock(world().mutex);
        if (world().happened) watcher = world().watcher;
    }
    if (watcher) watcher();
}

void apply(std::string& image, const Write& write) {
    if (write.truncates) {
        image.resize(std::min(image.size(), write.offset));
        return;
    }
    if (image.size() < write.offset + write.bytes.size())
        image.resize(write.offset + write.bytes.size(), '\0');
    image.replace(write.offset, write.bytes.size(), write.bytes);
}

// SQLite gives szOsFile bytes: ours, then those of the real file.
struct File {
    sqlite3_file base;
    const char* name;
    bool syncs_folder;  // as the real file does with its first flush
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File* of(sqlite3_file* file) {
    return reinterpret_cast<File*>(file);
}
sqlite3_file* real(sqlite3_file* file) {
    return of(file)->real();
}
const sqlite3_io_methods* methods(sqlite3_file* file) {
    return real(file)->pMethods;
}

int x_close(sqlite3_file* f) {
    return methods(f)->xClose(real(f));
}
int x_read(sqlite3_file* f, void* to, int count, sqlite3_int64 at) {
    return methods(f)->xRead(real(f), to, count, at);
}

int x_write(sqlite3_file* f, const void* from, int count, sqlite3_int64 at) {
    tell_watcher();
    std::lock_guard lock(world().mutex);
    if (world().fails()) return world().plan.kind == FaultKind::full ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    const int code = methods(f)->xWrite(real(f), from, count, at);
    if (code == SQLITE_OK)
        world().disks[of(f)->name].pending.push_back(
            {static_cast<std::size_t>(at),
             {static_cast<const char*>(from), static_cast<std::size_t>(count)}});
    return code;
}

int x_truncate(sqlite3_file* f, sqlite3_int64 size) {
    tell_watcher();
    std::lock_guard lock(world().mutex);
    if (world().fails()) return SQLITE_IOERR_TRUNCATE;
    const int code = methods(f)->xTruncate(real(f), size);
    if (code == SQLITE_OK)
        world().disks[of(f)->name].pending.push_back({static_cast<std::size_t>(size), {}, true});
    return code;
}

int x_sync(sqlite3_file* f, int flags) {
    tell_watcher();
    std::lock_guard lock(world().mutex);
    Disk& disk = world().disks[of(f)->name];
    if (world().fails(true)) {
        disk.pending.clear();
        return SQLITE_IOERR_FSYNC;
    }
    const int code = methods(f)->xSync(real(f), flags);
    if (code == SQLITE_OK) {
        for (const Write& write : disk.pending) apply(disk.flushed, write);
        disk.pending.clear();
        if (std::exchange(of(f)->syncs_folder, false)) world().deleted.clear();
    }
    return code;
}

int x_size(sqlite3_file* f, sqlite3_int64* size) {
    return methods(f)->xFileSize(real(f), size);
}
int x_lock(sqlite3_file* f, int level) {
    return methods(f)->xLock(real(f), level);
}
int x_unlock(sqlite3_file* f, int level) {
    return methods(f)->xUnlock(real(f), level);
}
int x_reserved(sqlite3_file* f, int* out) {
    return methods(f)->xCheckReservedLock(real(f), out);
}
int x_control(sqlite3_file* f, int op, void* arg) {
    return methods(f)->xFileControl(real(f), op, arg);
}
int x_sector(sqlite3_file* f) {
    return methods(f)->xSectorSize(real(f));
}
int x_device(sqlite3_file* f) {
    return methods(f)->xDeviceCharacteristics(real(f));
}
int x_shm_map(sqlite3_file* f, int page, int size, int extend, void volatile** out) {
    return methods(f)->xShmMap(real(f), page, size, extend, out);
}
int x_shm_lock(sqlite3_file* f, int offset, int n, int flags) {
    return methods(f)->xShmLock(real(f), offset, n, flags);
}
void x_shm_barrier(sqlite3_file* f) {
    methods(f)->xShmBarrier(real(f));
}
int x_shm_unmap(sqlite3_file* f, int remove) {
    return methods(f)->xShmUnmap(real(f), remove);
}

const sqlite3_io_methods io = {.iVersion = 2,
                               .xClose = x_close,
                               .xRead = x_read,
                               .xWrite = x_write,
                               .xTruncate = x_truncate,
                               .xSync = x_sync,
                               .xFileSize = x_size,
                               .xLock = x_lock,
                               .xUnlock = x_unlock,
                               .xCheckReservedLock = x_reserved,
                               .xFileControl = x_control,
                               .xSectorSize = x_sector,
                               .xDeviceCharacteristics = x_device,
                               .xShmMap = x_shm_map,
                               .xShmLock = x_shm_lock,
                               .xShmBarrier = x_shm_barrier,
                               .xShmUnmap = x_shm_unmap,
                               .xFetch = nullptr,
                               .xUnfetch = nullptr};

sqlite3_vfs* system_vfs() {
    static sqlite3_vfs* vfs = sqlite3_vfs_find("unix");
    return vfs;
}

int x_open(sqlite3_vfs*, const char* name, sqlite3_file* f, int flags, int* out) {
    File* file = of(f);
    file->base.pMethods = nullptr;
    file->name = name ? name : "";
    file->syncs_folder =
        (flags & SQLITE_OPEN_CREATE) != 0 && (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
    const int code = system_vfs()->xOpen(system_vfs(), name, file->real(), flags, out);
    if (file->real()->pMethods) file->base.pMethods = &io;
    return code;
}

int x_delete(sqlite3_vfs*, const char* name, int sync) {
    tell_watcher();
    std::lock_guard lock(world().mutex);
    if (world().fails()) return SQLITE_IOERR_DELETE;
    const int code = system_vfs()->xDelete(system_vfs(), name, sync);
    if (code == SQLITE_OK) {
        if (!sync && world().disks.contains(name)) world().deleted[name] = world().disks[name].flushed;
        world().disks.erase(name);
    }
    return code;
}

void register_once() {
    static sqlite3_vfs vfs = [] {
        sqlite3_vfs out = *system_vfs();
        out.zName = "faulty";
        out.szOsFile = static_cast<int>(sizeof(File)) + system_vfs()->szOsFile;
        out.pNext = nullptr;
        out.xOpen = x_open;
        out.xDelete = x_delete;
        sqlite3_vfs* kept = new sqlite3_vfs(out);  // SQLite keeps the pointer until the process ends
        sqlite3_vfs_register(kept, 0);
        return out;
    }();
    (void)vfs;
}

}  // namespace

const char* start_faults(FaultPlan plan) {
    register_once();
    std::lock_guard lock(world().mutex);
    world().plan = plan;
    world().operations = 0;
    world().happened = false;
    world().disks.clear();
    world().deleted.clear();
    world().watcher = nullptr;
    return "faulty";
}

void end_faults() {
    std::lock_guard lock(world().mutex);
    world().plan = {};
}

void before_each_operation(std::function<void()> watcher) {
    std::lock_guard lock(world().mutex);
    world().watcher = std::move(watcher);
}

bool fault_happened() {
    std::lock_guard lock(world().mutex);
    return world().happened;
}

void power_cut(const std::filesystem::path& folder, std::uint32_t seed) {
    std::mt19937 random(seed);
    std::lock_guard lock(world().mutex);
    std::map<std::string, std::string> images;
    for (const auto& [name, disk] : world().disks) {
        std::string& image = images[name] = disk.flushed;
        for (const Write& write : disk.pending)
            if (random() % 2 == 0) apply(image, write);
    }
    for (const auto& [name, image] : world().deleted)
        if (random() % 2 == 0) images[name] = image;
    for (const auto& [name, image] : images)
        std::ofstream(folder / std::filesystem::path(name).filename(), std::ios::binary) << image;
}

void crash(const std::filesystem::path& from, const std::filesystem::path& to) {
    std::lock_guard lock(world().mutex);
    std::map<std::string, Disk> moved;
    for (const auto& [name, disk] : world().disks) {
        const std::filesystem::path file(name);
        if (file.parent_path() != from || !std::filesystem::exists(file)) continue;
        std::filesystem::copy_file(file, to / file.filename());
        moved[(to / file.filename()).string()] = disk;
    }
    world().disks = std::move(moved);
    world().deleted.clear();
}

}  // namespace lares::db::test
