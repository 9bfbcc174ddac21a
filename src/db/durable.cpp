#include "db/durable.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace lares::db {

namespace {

tl::unexpected<Error> failed(const char* what, const std::filesystem::path& file) {
    const int code = errno;
    const bool full = code == ENOSPC || code == EDQUOT;
    return fail(full ? Code::storage_full : Code::unavailable, full ? "storage-full" : "storage-failed",
                std::string("Cannot ") + what + " " + file.string() + ": " + std::strerror(code));
}

class Descriptor {
public:
    Descriptor(const std::filesystem::path& file, int flags)
        : value_(::open(file.c_str(), flags | O_CLOEXEC, 0600)) {}
    ~Descriptor() {
        if (value_ >= 0) ::close(value_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int value() const { return value_; }
    bool write(std::string_view bytes) const {
        while (!bytes.empty()) {
            const ssize_t wrote = ::write(value_, bytes.data(), bytes.size());
            if (wrote < 0 && errno == EINTR) continue;
            if (wrote <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(wrote));
        }
        return true;
    }

private:
    int value_;
};

Result<void> flush(const std::filesystem::path& path, int flags) {
    const Descriptor descriptor(path, flags);
    if (descriptor.value() < 0 || ::fsync(descriptor.value()) != 0) return failed("flush", path);
    return {};
}

}  // namespace

Result<void> flush_file(const std::filesystem::path& file) {
    return flush(file, O_RDONLY);
}

Result<void> flush_folder(const std::filesystem::path& folder) {
    return flush(folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY);
}

Result<void> write_file(const std::filesystem::path& file, std::string_view bytes) {
    const Descriptor out(file, O_WRONLY | O_CREAT | O_EXCL);
    if (out.value() < 0 || !out.write(bytes) || ::fsync(out.value()) != 0) return failed("write", file);
    return {};
}

Result<void> copy_durably(const std::filesystem::path& from, const std::filesystem::path& to) {
    const Descriptor in(from, O_RDONLY);
    if (in.value() < 0) return failed("read", from);
    const Descriptor out(to, O_WRONLY | O_CREAT | O_EXCL);
    if (out.value() < 0) return failed("write", to);
    std::array<char, 1 << 16> buffer;
    for (;;) {
        const ssize_t got = ::read(in.value(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failed("read", from);
        if (got == 0) break;
        if (!out.write({buffer.data(), static_cast<std::size_t>(got)})) return failed("write", to);
    }
    if (::fsync(out.value()) != 0) return failed("write", to);
    return {};
}

Result<void> move_to(const std::filesystem::path& from, const std::filesystem::path& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) return failed("move", from);
    return flush_folder(to.parent_path());
}

}  // namespace lares::db
