#include "engine/llm/kv_store.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace lares::engine::llm {
namespace {

constexpr std::size_t disk_jobs_max = 64;
constexpr std::uint64_t magic = 0x31564b736572614cull;  // "LaresKV1"

struct Head {
    std::uint64_t magic, check, bytes;
    std::uint32_t begin, end;
};

// Not against an attacker (the file is ours, 0600): against a disk that returned something else.
std::uint64_t checksum(const std::uint8_t* data, std::size_t bytes) {
    std::uint64_t sum = 0xcbf29ce484222325ull + bytes;
    std::size_t i = 0;
    for (; i + 8 <= bytes; i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, data + i, 8);
        sum = (sum ^ word) * 0x9E3779B97F4A7C15ull;
        sum ^= sum >> 29;
    }
    for (; i < bytes; ++i) sum = (sum ^ data[i]) * 0x100000001b3ull;
    return sum;
}

class Descriptor {
public:
    Descriptor(const std::string& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    bool write(const void* data, std::size_t bytes) const {
        const auto* at = static_cast<const char*>(data);
        while (bytes > 0) {
            const auto n = ::write(fd_, at, bytes);
            if (n <= 0) return false;
            at += n, bytes -= static_cast<std::size_t>(n);
        }
        return true;
    }
    bool read(void* data, std::size_t bytes) const {
        auto* at = static_cast<char*>(data);
        while (bytes > 0) {
            const auto n = ::read(fd_, at, bytes);
            if (n <= 0) return false;
            at += n, bytes -= static_cast<std::size_t>(n);
        }
        return true;
    }
    bool open() const { return fd_ >= 0; }
    std::uint64_t size() const {
        struct ::stat info{};
        return ::fstat(fd_, &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
    }

private:
    int fd_;
};

bool write_file(const std::string& path, const Slices& slices) {
    const Descriptor file(path, O_WRONLY | O_CREAT | O_EXCL);
    bool good = file.open();
    for (const auto& slice : slices) {
        const Head head{magic, checksum(slice->data.data(), slice->data.size()), slice->data.size(),
                        slice->begin, slice->end};
        good = good && file.write(&head, sizeof head) && file.write(slice->data.data(), slice->data.size());
    }
    if (!good) ::unlink(path.c_str());
    return good;
}

Slices read_file(const std::string& path) {
    const Descriptor file(path, O_RDONLY);
    if (!file.open()) return {};
    std::uint64_t left = file.size();
    Slices slices;
    while (left > 0) {
        Head head{};
        if (left < sizeof head || !file.read(&head, sizeof head)) return {};
        left -= sizeof head;
        if (head.magic != magic || head.bytes > left) return {};
        auto slice = std::make_shared<Slice>();
        slice->begin = head.begin, slice->end = head.end;
        slice->data = Pages::make(head.bytes);
        if (slice->data.size() != head.bytes || !file.read(slice->data.data(), head.bytes) ||
            checksum(slice->data.data(), head.bytes) != head.check)
            return {};
        left -= head.bytes;
        slices.push_back(std::move(slice));
    }
    return slices;
}

std::uint64_t bytes_of(const Slices& slices) {
    std::uint64_t sum = 0;
    for (const auto& slice : slices) sum += slice->data.size() + sizeof(Head);
    return sum;
}

}  // namespace

struct KvStore::Entry {
    std::string key;
    std::vector<Token> tokens;
    Slices slices;     // empty when they are on disk only
    std::string file;  // empty: not on disk
    std::uint64_t file_bytes = 0;
    bool leaving = false;  // being written
    bool gone = false;     // forgotten or replaced meanwhile
    std::list<EntryPtr>::iterator place;
};

KvStore::KvStore(Options options)
    : options_(std::move(options)),
      disk_(std::make_unique<async::Pool>(
          async::Pool::Options{.name = "kv-disk", .threads = 1, .queue_max = disk_jobs_max, .nice = 5})) {
    if (options_.folder.empty()) return;
    std::error_code problem;
    std::filesystem::remove_all(options_.folder, problem);
    std::filesystem::create_directories(options_.folder, problem);
    if (!problem) std::filesystem::permissions(options_.folder, std::filesystem::perms::owner_all, problem);
    if (problem) options_.disk_bytes = 0;  // RAM only: a cache that cannot spill is no error
}

KvStore::~KvStore() {
    *alive_ = false;
    clear();
    disk_.reset();  // waits for files that are being written
    std::error_code ignored;
    if (!options_.folder.empty()) std::filesystem::remove_all(options_.folder, ignored);
}

void KvStore::touch(const EntryPtr& entry) {
    order_.splice(order_.end(), order_, entry->place);
}

void KvStore::keep(const Slices& slices) {
    for (const auto& slice : slices)
        if (users_[slice.get()]++ == 0) ram_bytes_ += slice->data.size();
}

void KvStore::let_go(Slices& slices) {
    for (const auto& slice : slices) {
        const auto found = users_.find(slice.get());
        if (--found->second > 0) continue;
        ram_bytes_ -= slice->data.size();
        users_.erase(found);
    }
    slices.clear();
}

void KvStore::drop_file(const EntryPtr& entry) {
    if (entry->file.empty()) return;
    disk_bytes_ -= entry->file_bytes;
    // Unlinking is quick and must not be lost in a full queue.
    ::unlink(entry->file.c_str());
    entry->file.clear();
}

void KvStore::erase(const EntryPtr& entry) {
    entry->gone = true;
    let_go(entry->slices);
    if (!entry->leaving) drop_file(entry);
    order_.erase(entry->place);
    entries_.erase(entry->key);
}

void KvStore::put(const std::string& key, Saved saved) {
    forget(key);
    auto entry = std::make_shared<Entry>();
    entry->key = key;
    entry->tokens = std::move(saved.tokens);
    entry->slices = std::move(saved.slices);
    keep(entry->slices);
    entry->place = order_.insert(order_.end(), entry);
    entries_[key] = entry;
    shrink();
}

bool KvStore::has(const std::string& key) const {
    return entries_.contains(key);
}

const std::vector<Token>* KvStore::tokens(const std::string& key) const {
    const auto found = entries_.find(key);
    return found == entries_.end() ? nullptr : &found->second->tokens;
}

void KvStore::fetch(const std::string& key, std::function<void(Slices)> done) {
    const auto found = entries_.find(key);
    if (found == entries_.end()) return done({});
    const EntryPtr entry = found->second;
    touch(entry);
    if (!entry->slices.empty()) return done(entry->slices);
    const auto arrived = [this, alive = alive_, entry, path = entry->file, done](Slices slices) {
        if (!*alive) return;
        // Another fetch was first: this file is gone, and what it held is in RAM, or in another file by now.
        if (!entry->gone && entry->file != path) return fetch(entry->key, done);
        if (!entry->gone && slices.empty()) erase(entry);
        if (!entry->gone) {
            entry->slices = slices;
            keep(entry->slices);
            drop_file(entry);
            shrink();
        }
        done(std::move(slices));
    };
    const bool queued = disk_->submit([path = entry->file, post = options_.post, arrived] {
        post([arrived, slices = read_file(path)]() mutable { arrived(std::move(slices)); });
    });
    if (!queued) done({});
}

void KvStore::forget(const std::string& key) {
    const auto found = entries_.find(key);
    if (found == entries_.end()) return;
    const EntryPtr entry = found->second;
    erase(entry);
}

void KvStore::clear() {
    while (!order_.empty()) erase(EntryPtr(order_.front()));
}

void KvStore::shrink() {
    // What is being written leaves RAM soon; counting it as gone keeps one put from spilling everything.
    for (auto it = order_.begin(); it != order_.end() && ram_bytes_ > options_.ram_bytes + leaving_bytes_;) {
        const EntryPtr entry = *it++;
        if (entry->slices.empty() || entry->leaving) continue;
        spill(entry);
    }
    for (auto it = order_.begin(); it != order_.end() && disk_bytes_ > options_.disk_bytes;) {
        const EntryPtr entry = *it++;
        if (!entry->file.empty() && !entry->leaving) erase(entry);
    }
}

void KvStore::spill(const EntryPtr& entry) {
    const std::uint64_t bytes = bytes_of(entry->slices);
    if (options_.folder.empty() || bytes > options_.disk_bytes) return erase(entry);
    const std::string path = options_.folder + "/" + std::to_string(++next_file_) + ".kv";
    // What leaves with this entry are the slices that no other holds.
    std::uint64_t alone = 0;
    for (const auto& slice : entry->slices)
        if (users_[slice.get()] == 1) alone += slice->data.size();
    const auto written = [this, alive = alive_, entry, path, bytes, alone](bool good) {
        if (!*alive) {
            ::unlink(path.c_str());
            return;
        }
        leaving_bytes_ -= alone;
        entry->leaving = false;
        if (entry->gone) {
            ::unlink(path.c_str());
            return;
        }
        if (!good) return erase(entry);
        entry->file = path;
        entry->file_bytes = bytes;
        disk_bytes_ += bytes;
        let_go(entry->slices);
        shrink();
    };
    entry->leaving = true;
    leaving_bytes_ += alone;
    const bool queued = disk_->submit([path, slices = entry->slices, post = options_.post, written] {
        const bool good = write_file(path, slices);
        post([written, good] { written(good); });
    });
    if (queued) return;
    leaving_bytes_ -= alone;
    entry->leaving = false;
    erase(entry);
}

}  // namespace lares::engine::llm
