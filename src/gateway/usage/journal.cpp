#include "gateway/usage/journal.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
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
    return ::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | more, 0600);
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
    ::close(descriptor_);
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
    bytes_ = text.size();
    std::size_t at = 0;
    for (auto end = text.find('\n'); end != text.npos; end = text.find('\n', at)) {
        found_.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    if (at == text.size()) return {};
    // A torn line must not become the beginning of the next.
    if (::ftruncate(descriptor_, static_cast<off_t>(at)) != 0) return broken(file_, errno);
    bytes_ = at;
    return {};
}

Result<void> Journal::append(std::string_view line) {
    buffer_.assign(line);
    buffer_ += '\n';
    if (write_all(descriptor_, buffer_)) {
        bytes_ += buffer_.size();
        return {};
    }
    const int number = errno;
    (void)!::ftruncate(descriptor_, static_cast<off_t>(bytes_));
    return broken(file_, number);
}

Result<void> Journal::clear() {
    if (::ftruncate(descriptor_, 0) != 0) return broken(file_, errno);
    bytes_ = 0;
    return {};
}

Result<void> Journal::replace(std::span<const std::string> lines) {
    auto next = file_;
    next += ".new";
    const int descriptor = open_file(next, O_TRUNC);
    if (descriptor < 0) return broken(next, errno);
    std::string text;
    for (const auto& line : lines) text.append(line).append(1, '\n');
    if (!write_all(descriptor, text) || ::rename(next.c_str(), file_.c_str()) != 0) {
        const int number = errno;
        ::close(descriptor);
        return broken(next, number);
    }
    ::close(descriptor_);
    descriptor_ = descriptor;
    bytes_ = text.size();
    return {};
}

}  // namespace lares::gateway
