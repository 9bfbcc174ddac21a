#pragma once
// The model files that this installation has: those bundled with the program and those that a person added.
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/llm/gguf.h"

namespace lares::engine::llm {

struct ModelFile {
    std::string id;  // the file's name without .gguf
    std::string path;
    std::uint64_t bytes = 0;
    bool bundled = false;
    GgufInfo info;
    std::string problem;  // not empty: it cannot be used; one line with the remedy
};

// Where the weights that come with the program lie: beside the binary (../share/lares/models), then in the
// prefix of deps/fetch that it was built with.
std::vector<std::string> bundled_model_folders();
std::vector<std::string> bundled_embedding_folders();  // the same for models that only make embeddings

// How a file comes from a URL, blocking. `take` is called with each piece and where it belongs in the file (a
// server that does not resume starts again at 0) and with the whole length when that is known; its error ends
// the transfer.
struct Transfer {
    std::uint64_t have = 0;  // bytes that are here already
    // What the file was when they came (a strong ETag or a Last-Modified), for If-Range; empty: the checksum
    // will tell. `is_version` is called before the first piece with what it is now ("" when nothing says it).
    std::string version;
    std::function<Result<void>(const std::string& version)> is_version;
    std::function<Result<void>(std::uint64_t at, std::optional<std::uint64_t> total, std::string_view piece)>
        take;
};
using Downloader = std::function<Result<void>(const std::string& url, const Transfer& transfer)>;

using Progress = std::function<void(std::uint64_t done, std::optional<std::uint64_t> total)>;

class Models {
public:
    // `folder`: MODELS_DIR, what a person added; may not exist yet.
    explicit Models(std::string folder, std::vector<std::string> bundled = bundled_model_folders());

    // Sorted by id; a person's file hides a bundled one of the same id. Heads are read once per file and
    // change.
    std::vector<ModelFile> list();
    std::optional<ModelFile> find(const std::string& id);

    // The file to load: the preferred id, else the only one or the largest that a person added, else the
    // bundled one. Errors: not_found "model-missing" with where was looked and what to do; unprocessable when
    // it is broken.
    Result<ModelFile> choose(const std::string& preferred);

    // Copies a GGUF file into the folder, whole or not at all. sha256: hex, or empty.
    Result<ModelFile> add_file(const std::string& file, const std::string& sha256, const Progress& progress);

    // Fetches one; an interrupted transfer of the same URL goes on where it stopped when it is called again,
    // unless the file there is another by now: then it begins anew.
    Result<ModelFile> add_url(const std::string& url, const std::string& sha256, const Downloader& downloader,
                              const Progress& progress);

private:
    struct Known {
        std::uint64_t bytes;
        std::int64_t changed;
        ModelFile file;
    };
    void scan(const std::string& folder, bool bundled, std::vector<ModelFile>& out);
    Result<std::string> place_for(const std::string& name) const;
    Result<ModelFile> accept(const std::string& partial, const std::string& place, const std::string& sha256);

    std::string folder_;
    std::vector<std::string> bundled_;
    std::mutex mutex_;
    std::map<std::string, Known> known_;  // by path

    // The last list is good while the folders are unchanged, and a second at most: a file may be written in
    // place.
    std::vector<ModelFile> listed_;
    std::vector<std::int64_t> listed_folders_;  // when each was changed
    std::chrono::steady_clock::time_point listed_at_;
};

}  // namespace lares::engine::llm
