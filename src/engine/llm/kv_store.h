#pragma once
// What idle chats left in the KV cache, cut into slices of positions: shared between a card's prefix and its
// chats, and between the turns of one chat. In RAM under a byte budget, then on disk under another; least
// recently used first. Used by the engine's thread only; files are read and written by a thread of its own.
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "async/pool.h"
#include "base/pages.h"
#include "engine/llm/types.h"

namespace lares::engine::llm {

// State of the positions begin..end of a sequence, as llama.cpp wrote it.
struct Slice {
    std::uint32_t begin = 0, end = 0;
    Pages data;
};
using Slices = std::vector<std::shared_ptr<const Slice>>;

struct Saved {
    std::vector<Token> tokens;  // one per position
    Slices slices;              // cover them from 0, in order
};

class KvStore {
public:
    struct Options {
        std::uint64_t ram_bytes = 0;
        std::uint64_t disk_bytes = 0;
        std::string folder;  // emptied; empty: no disk
        // Runs a job on the engine's thread.
        std::function<void(std::function<void()>)> post;
    };
    explicit KvStore(Options options);
    ~KvStore();

    void put(const std::string& key, Saved saved);  // replaces
    bool has(const std::string& key) const;
    // The tokens under this key, wherever the slices are; null when there is nothing.
    const std::vector<Token>* tokens(const std::string& key) const;
    // Calls `done` with the slices: at once when they are in RAM, else after they were read. Empty when they
    // are lost.
    void fetch(const std::string& key, std::function<void(Slices)> done);
    void forget(const std::string& key);
    void clear();

    std::uint64_t ram_bytes() const { return ram_bytes_; }
    std::uint64_t disk_bytes() const { return disk_bytes_; }

private:
    struct Entry;
    using EntryPtr = std::shared_ptr<Entry>;
    void touch(const EntryPtr& entry);
    void keep(const Slices& slices);
    void let_go(Slices& slices);
    void erase(const EntryPtr& entry);
    void shrink();
    void spill(const EntryPtr& entry);
    void drop_file(const EntryPtr& entry);

    Options options_;
    std::unordered_map<std::string, EntryPtr> entries_;
    std::list<EntryPtr> order_;                              // least recently used first
    std::unordered_map<const Slice*, std::uint32_t> users_;  // how many entries hold a slice in RAM
    std::uint64_t ram_bytes_ = 0, disk_bytes_ = 0, leaving_bytes_ = 0;
    std::uint64_t next_file_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    std::unique_ptr<async::Pool> disk_;
};

}  // namespace lares::engine::llm
