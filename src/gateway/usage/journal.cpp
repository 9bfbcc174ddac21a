#include "gateway/usage/journal.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace lares::gateway {
namespace {

tl::unexpected<Error> broken(const std::filesystem::path& file, int number) {
    return fail(Error{Code::unavailable,
                      "storage-failed",
                      "What calls of models cost cannot be written down at the moment.",
                      {},
                      file.string() + ": " + std::strerror(number),
                      {}});
}

bool write_all(int descriptor, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

int open_file(const std::filesystem::path& file, int more) {
    return ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | more, 0600);
}

constexpr std::size_t head_size = 8, mark_size = 4;
constexpr std::size_t grow_least = 64 * 1024, grow_most = 1024 * 1024;

constexpr std::size_t padded(std::size_t size) {
    return (size + 3) & ~std::size_t{3};
}

// Tells a torn record from a whole one; nobody is kept from forging one.
std::uint32_t checksum(std::string_view bytes) {
    std::uint64_t sum = 0x9e3779b97f4a7c15 + bytes.size();
    const auto add = [&sum](std::uint64_t word) { sum = std::rotl((sum ^ word) * 0xff51afd7ed558ccd, 29); };
    std::uint64_t word = 0;
    for (; bytes.size() >= sizeof word; bytes.remove_prefix(sizeof word)) {
        std::memcpy(&word, bytes.data(), sizeof word);
        add(word);
    }
    if (!bytes.empty()) {
        word = 0;
        std::memcpy(&word, bytes.data(), bytes.size());
        add(word);
    }
    return static_cast<std::uint32_t>(sum ^ sum >> 32);
}

std::uint32_t number_at(const char* at) {
    std::uint32_t out = 0;
    std::memcpy(&out, at, sizeof out);
    return out;
}

// All but the size.
void write_record(char* at, std::string_view record) {
    const std::uint32_t sum = checksum(record);
    std::memcpy(at + 4, &sum, sizeof sum);
    std::memcpy(at + head_size, record.data(), record.size());
}

}  // namespace

Result<std::unique_ptr<Journal>> Journal::open(std::filesystem::path file) {
    const int descriptor = open_file(file, 0);
    if (descriptor < 0) return broken(file, errno);
    auto journal = std::unique_ptr<Journal>(new Journal(std::move(file), descriptor));
    LARES_CHECK(journal->read());
    return journal;
}

Journal::~Journal() {
    unmap();
    ::close(descriptor_);
}

void Journal::unmap() {
    if (data_) ::munmap(data_, mapped_);
    data_ = nullptr;
    mapped_ = 0;
}

Result<void> Journal::read() {
    std::string text;
    char block[65536];
    for (;;) {
        const auto size = ::pread(descriptor_, block, sizeof block, static_cast<off_t>(text.size()));
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return broken(file_, errno);
        if (size == 0) break;
        text.append(block, static_cast<std::size_t>(size));
    }
    while (bytes_ + head_size <= text.size()) {
        const std::size_t size = number_at(text.data() + bytes_);
        if (size == 0 || size > text.size() - bytes_ - head_size) break;
        const auto record = std::string_view(text).substr(bytes_ + head_size, size);
        if (checksum(record) != number_at(text.data() + bytes_ + 4)) break;
        found_.emplace_back(record);
        bytes_ += head_size + padded(size);
    }
    return {};
}

// Room is made on the disk before anything is written through the mapping, where the lack of it would kill.
Result<void> Journal::grow(std::size_t bytes) {
    const std::size_t step = std::clamp(mapped_, grow_least, grow_most);
    const std::size_t size = (bytes + step - 1) / step * step;
    if (const int error = ::posix_fallocate(descriptor_, 0, static_cast<off_t>(size)); error != 0)
        return broken(file_, error);
    unmap();
    void* data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, 0);
    if (data == MAP_FAILED) return broken(file_, errno);
    data_ = static_cast<char*>(data);
    mapped_ = size;
    return {};
}

Result<void> Journal::append(std::string_view record) {
    const std::size_t next = bytes_ + head_size + padded(record.size());
    if (next + mark_size > mapped_) LARES_CHECK(grow(next + mark_size));
    write_record(data_ + bytes_, record);
    std::memset(data_ + next, 0, mark_size);  // what an earlier use of this place left is no record
    std::atomic_ref(*reinterpret_cast<std::uint32_t*>(data_ + bytes_))
        .store(static_cast<std::uint32_t>(record.size()), std::memory_order_release);
    bytes_ = next;
    return {};
}

Result<void> Journal::clear() {
    unmap();
    if (::ftruncate(descriptor_, 0) != 0) return broken(file_, errno);
    bytes_ = 0;
    return {};
}

Result<void> Journal::replace(std::span<const std::string_view> records) {
    auto next = file_;
    next += ".new";
    const int descriptor = open_file(next, O_TRUNC);
    if (descriptor < 0) return broken(next, errno);
    std::string text;
    for (const auto& record : records) {
        const auto size = static_cast<std::uint32_t>(record.size());
        const std::size_t at = text.size();
        text.resize(at + head_size + padded(size));
        std::memcpy(text.data() + at, &size, sizeof size);
        write_record(text.data() + at, record);
    }
    if (!write_all(descriptor, text) || ::rename(next.c_str(), file_.c_str()) != 0) {
        const int number = errno;
        ::close(descriptor);
        return broken(next, number);
    }
    unmap();
    ::close(descriptor_);
    descriptor_ = descriptor;
    bytes_ = text.size();
    return {};
}

}  // namespace lares::gateway
