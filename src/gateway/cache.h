#pragma once
// Answers that were given before, for the same question of the same person. The key holds the tenant and
// everything that changes an answer, as a SHA-256: two that differ in a byte share nothing, and nobody finds
// another's. Bounded in bytes and age; what was used last stays longest. Any thread.
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/model.h"

namespace lares::gateway {

struct CachedAnswer {
    std::vector<ChatDelta> deltas;  // a stream is given again as one
    ChatEnd end;
    std::string provider, model;
    std::int64_t made_ms = 0;  // Unix
};

class AnswerCache {
public:
    struct Options {
        std::size_t bytes_max = 64u << 20;
        std::size_t answer_max = 1u << 20;  // bytes; a longer one is not kept
        std::int64_t age_max_ms = 3'600'000;
    };
    void configure(Options options);  // wiring only
    bool on() const { return options_.bytes_max > 0; }
    std::size_t answer_max() const { return options_.answer_max; }

    std::shared_ptr<const CachedAnswer> find(const std::string& key, std::int64_t now_ms);
    void put(const std::string& key, CachedAnswer answer);

    struct Stats {
        std::size_t entries = 0, bytes = 0;
    };
    Stats stats() const;

private:
    struct Entry {
        std::string key;
        std::shared_ptr<const CachedAnswer> answer;
        std::size_t bytes = 0;
    };
    void erase(std::list<Entry>::iterator entry);

    Options options_;
    mutable std::mutex mutex_;
    std::list<Entry> entries_;  // the last used first
    std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
    std::size_t bytes_ = 0;
};

std::size_t size_of(const ChatDelta& delta);

// The key of a request that `plan` may answer ("upstream/model", in any order).
std::string cache_key_of(const ChatRequest& request, std::vector<std::string> plan);

// Whether the same request has the same answer: nothing is drawn.
bool is_deterministic(const ChatRequest& request);

}  // namespace lares::gateway
