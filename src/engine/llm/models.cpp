#include "engine/llm/models.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

namespace lares::engine::llm {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t files_max = 1000;                // listed
constexpr std::uint64_t model_bytes_max = 1ull << 40;  // of one file
constexpr std::size_t block_bytes = 1u << 20;
constexpr std::chrono::seconds list_kept{1};
constexpr std::int64_t clock_tick_ns = 50'000'000;
constexpr std::string_view how_to_get_one =
    "Add one with `lares models add FILE|URL`, or run deps/fetch in the source folder and start again.";

tl::unexpected<Error> refuse(Code code, std::string type, std::string message) {
    return fail(code, std::move(type), std::move(message));
}

tl::unexpected<Error> from_errno(const std::string& what, int number) {
    const bool full = number == ENOSPC || number == EDQUOT;
    return fail(full ? Code::storage_full : Code::unavailable, full ? "storage-full" : "storage-failed",
                what + ": " + std::strerror(number) + ".");
}

class File {
public:
    File(const std::string& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
    ~File() {
        if (fd_ >= 0) ::close(fd_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    int fd() const { return fd_; }
    bool write_at(std::uint64_t at, std::string_view bytes) const {
        while (!bytes.empty()) {
            const auto n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(at));
            if (n <= 0) return false;
            at += static_cast<std::uint64_t>(n);
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
        return true;
    }

private:
    int fd_;
};

Result<std::string> sha256_of(const std::string& path) {
    const File file(path, O_RDONLY);
    if (file.fd() < 0) return from_errno(path, errno);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr);
    std::string block(block_bytes, '\0');
    for (;;) {
        const auto n = ::read(file.fd(), block.data(), block.size());
        if (n < 0) return from_errno(path, errno);
        if (n == 0) break;
        EVP_DigestUpdate(digest.get(), block.data(), static_cast<std::size_t>(n));
    }
    std::string sum(EVP_MAX_MD_SIZE, '\0');
    unsigned length = 0;
    EVP_DigestFinal_ex(digest.get(), reinterpret_cast<unsigned char*>(sum.data()), &length);
    sum.resize(length);
    return to_hex(sum);
}

std::string sha256_of_text(std::string_view text) {
    std::string sum(EVP_MAX_MD_SIZE, '\0');
    unsigned length = 0;
    EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(sum.data()), &length, EVP_sha256(),
               nullptr);
    sum.resize(length);
    return to_hex(sum);
}

// What Transfer::is_version wrote; "" when there is nothing.
std::string version_in(const std::string& path) {
    const File file(path, O_RDONLY);
    char text[512];
    const auto n = file.fd() < 0 ? 0 : ::read(file.fd(), text, sizeof text);
    return n > 0 ? std::string(text, static_cast<std::size_t>(n)) : std::string();
}

std::int64_t changed_at(const std::string& path) {
    struct ::stat info{};
    if (::stat(path.c_str(), &info) != 0) return 0;
    return static_cast<std::int64_t>(info.st_mtim.tv_sec) * 1'000'000'000 + info.st_mtim.tv_nsec;
}

std::vector<std::string> bundled(const std::string& name) {
    std::vector<std::string> folders;
    std::error_code problem;
    const fs::path binary = fs::read_symlink("/proc/self/exe", problem);
    if (!problem) folders.push_back((binary.parent_path().parent_path() / "share/lares" / name).string());
    folders.push_back(LARES_BUNDLED "/" + name);
    return folders;
}

}  // namespace

std::vector<std::string> bundled_model_folders() {
    return bundled("models");
}

std::vector<std::string> bundled_embedding_folders() {
    return bundled("embeddings");
}

Models::Models(std::string folder, std::vector<std::string> bundled)
    : folder_(std::move(folder)), bundled_(std::move(bundled)) {}

void Models::scan(const std::string& folder, bool bundled, std::vector<ModelFile>& out) {
    std::error_code problem;
    for (fs::directory_iterator it(folder, problem), end; !problem && it != end && out.size() < files_max;
         it.increment(problem)) {
        const fs::path path = it->path();
        if (path.extension() != ".gguf" || !is_utf8(path.stem().string())) continue;
        const std::string id = path.stem().string();
        if (std::ranges::any_of(out, [&id](const ModelFile& other) { return other.id == id; })) continue;
        std::error_code ignored;
        const std::uint64_t bytes = fs::file_size(path, ignored);
        const std::int64_t changed = changed_at(path.string());
        auto& known = known_[path.string()];
        if (known.file.id.empty() || known.bytes != bytes || known.changed != changed) {
            known = {bytes, changed, {}};
            known.file.id = id;
            known.file.path = path.string();
            known.file.bytes = ignored ? 0 : bytes;
            known.file.bundled = bundled;
            auto info = read_gguf(path.string());
            if (info)
                known.file.info = std::move(*info);
            else
                known.file.problem = info.error().message;
        }
        out.push_back(known.file);
    }
}

std::vector<ModelFile> Models::list() {
    const auto now = std::chrono::steady_clock::now();
    std::lock_guard lock(mutex_);
    std::vector<std::int64_t> folders{changed_at(folder_)};
    for (const auto& folder : bundled_) folders.push_back(changed_at(folder));
    if (now - listed_at_ < list_kept && folders == listed_folders_) return listed_;
    std::vector<ModelFile> files;
    scan(folder_, false, files);
    for (const auto& folder : bundled_) scan(folder, true, files);
    std::ranges::sort(files, {}, &ModelFile::id);
    // A file that is added within the same tick of the folder's clock would not be seen.
    const auto wall = std::chrono::duration_cast<std::chrono::nanoseconds>(
                          std::chrono::system_clock::now().time_since_epoch())
                          .count();
    const bool settled =
        std::ranges::all_of(folders, [wall](std::int64_t at) { return wall - at > clock_tick_ns; });
    listed_ = files;
    listed_folders_ = std::move(folders);
    listed_at_ = settled ? now : std::chrono::steady_clock::time_point{};
    return files;
}

std::optional<ModelFile> Models::find(const std::string& id) {
    for (auto& file : list())
        if (file.id == id) return file;
    return std::nullopt;
}

Result<ModelFile> Models::choose(const std::string& preferred) {
    const auto files = list();
    const ModelFile* best = nullptr;
    for (const auto& file : files) {
        if (!preferred.empty()) {
            if (file.id != preferred) continue;
            best = &file;
            break;
        }
        if (file.info.embeds) continue;
        // Whole before broken, a person's own before the bundled one, then the largest.
        const auto rank = [](const ModelFile& each) {
            return std::tuple(each.problem.empty(), !each.bundled, each.bytes);
        };
        if (!best || rank(*best) < rank(file)) best = &file;
    }
    if (!best) {
        std::string looked = folder_;
        for (const auto& folder : bundled_) looked += ", " + folder;
        const std::string what =
            preferred.empty() ? "No model weights were found" : "The model '" + preferred + "' was not found";
        return refuse(Code::not_found, "model-missing",
                      what + " in " + looked + ". " + std::string(how_to_get_one));
    }
    if (!best->problem.empty()) return refuse(Code::unprocessable, "model-broken", best->problem);
    return *best;
}

Result<std::string> Models::place_for(const std::string& name) const {
    const bool plain = !name.empty() && name.size() <= 200 && name.front() != '.' && is_utf8(name) &&
                       name.find('/') == std::string::npos && name.find('\0') == std::string::npos;
    if (!plain || !to_lower_ascii(name).ends_with(".gguf"))
        return refuse(Code::bad_request, "not-gguf",
                      "'" + name + "' does not name a GGUF file: its name must end in .gguf.");
    std::error_code problem;
    fs::create_directories(folder_, problem);
    if (problem) return refuse(Code::unavailable, "storage-failed", folder_ + ": " + problem.message() + ".");
    const std::string place = folder_ + "/" + name.substr(0, name.size() - 5) + ".gguf";
    if (fs::exists(place, problem))
        return refuse(Code::conflict, "model-exists",
                      place + " is there already. Remove it first to replace it.");
    return place;
}

// The file is here whole: judge it, sync it, give it its name.
Result<ModelFile> Models::accept(const std::string& partial, const std::string& place,
                                 const std::string& sha256) {
    if (!sha256.empty()) {
        LARES_TRY(const auto sum, sha256_of(partial));
        if (sum != to_lower_ascii(sha256)) {
            ::unlink(partial.c_str());
            return refuse(Code::unprocessable, "checksum-mismatch",
                          place + ": the checksum is " + sum + ", not the one given. Fetch it again.");
        }
    }
    if (auto info = read_gguf(partial); !info) {
        ::unlink(partial.c_str());
        return fail(std::move(info.error()));
    }
    const File file(partial, O_RDWR);
    if (file.fd() < 0 || ::fsync(file.fd()) != 0) return from_errno(partial, errno);
    if (::rename(partial.c_str(), place.c_str()) != 0) return from_errno(place, errno);
    const File folder(folder_, O_RDONLY | O_DIRECTORY);
    if (folder.fd() < 0 || ::fsync(folder.fd()) != 0) return from_errno(folder_, errno);
    if (auto found = find(fs::path(place).stem().string())) return *found;
    return refuse(Code::internal, "model-missing", place + " vanished while it was added.");
}

Result<ModelFile> Models::add_file(const std::string& file, const std::string& sha256,
                                   const Progress& progress) {
    LARES_TRY(const auto info, read_gguf(file));
    LARES_TRY(const auto place, place_for(fs::path(file).filename().string()));
    const std::string partial = place + ".part";
    {
        const File from(file, O_RDONLY);
        if (from.fd() < 0) return from_errno(file, errno);
        const File to(partial, O_WRONLY | O_CREAT | O_TRUNC);
        if (to.fd() < 0) return from_errno(partial, errno);
        std::error_code ignored;
        const std::uint64_t total = fs::file_size(file, ignored);
        std::string block(block_bytes, '\0');
        for (std::uint64_t done = 0;;) {
            const auto n = ::read(from.fd(), block.data(), block.size());
            if (n == 0) break;
            if (n < 0 || !to.write_at(done, std::string_view(block).substr(0, static_cast<std::size_t>(n)))) {
                const auto error = from_errno(partial, errno);
                ::unlink(partial.c_str());
                return error;
            }
            done += static_cast<std::uint64_t>(n);
            progress(done, total);
        }
    }
    return accept(partial, place, sha256);
}

Result<ModelFile> Models::add_url(const std::string& url, const std::string& sha256,
                                  const Downloader& downloader, const Progress& progress) {
    std::string_view path(url);
    path = path.substr(0, path.find_first_of("?#"));
    const auto name = percent_decode(path.substr(path.rfind('/') + 1));
    LARES_TRY(const auto place, place_for(name.value_or("")));
    // By URL: what came from elsewhere is no beginning of this.
    const std::string partial = place + "." + sha256_of_text(url).substr(0, 16) + ".part";
    const std::string version_file = partial + ".version";
    std::uint64_t end = 0;
    std::optional<std::uint64_t> whole;
    {
        const File to(partial, O_WRONLY | O_CREAT);
        if (to.fd() < 0) return from_errno(partial, errno);
        Transfer transfer;
        transfer.version = version_in(version_file);
        struct ::stat info{};
        if (::fstat(to.fd(), &info) == 0) end = static_cast<std::uint64_t>(info.st_size);
        // Without a way to tell whether it is still the same file, it is fetched anew.
        if (transfer.version.empty() && sha256.empty()) end = 0;
        transfer.have = end;
        transfer.is_version = [&version_file](const std::string& version) -> Result<void> {
            const File out(version_file, O_WRONLY | O_CREAT | O_TRUNC);
            if (out.fd() < 0 || !out.write_at(0, version)) return from_errno(version_file, errno);
            return {};
        };
        transfer.take = [&](std::uint64_t at, std::optional<std::uint64_t> total,
                            std::string_view piece) -> Result<void> {
            if (total && *total > model_bytes_max)
                return refuse(Code::too_large, "model-too-large", url + " is larger than any model may be.");
            if ((at < end || at == 0) && ::ftruncate(to.fd(), static_cast<off_t>(at)) != 0)
                return from_errno(partial, errno);
            if (at > end || at + piece.size() > model_bytes_max)
                return refuse(Code::upstream, "transfer-broken",
                              url + ": the server sent a part that was not asked for.");
            // The magic is in the first piece: a page of HTML need not be fetched to its end.
            if (at == 0 && piece.size() >= 4 && !piece.starts_with("GGUF"))
                return refuse(Code::unprocessable, "not-gguf", url + " is not a GGUF file.");
            if (!to.write_at(at, piece)) return from_errno(partial, errno);
            end = at + piece.size();
            whole = total;
            progress(end, total);
            return {};
        };
        if (auto done = downloader(url, transfer); !done) {
            // Nothing of it is worth going on from; or nothing came.
            if (done.error().type == "not-gguf" || end == 0) {
                ::unlink(partial.c_str());
                ::unlink(version_file.c_str());
            }
            return fail(std::move(done.error()));
        }
    }
    if (whole && end != *whole)
        return refuse(Code::upstream, "transfer-broken",
                      url + ": the transfer ended early. Run the command again to go on.");
    ::unlink(version_file.c_str());
    return accept(partial, place, sha256);
}

}  // namespace lares::engine::llm
