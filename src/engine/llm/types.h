#pragma once
// What goes into the engine and what comes out. No type of llama.cpp shows here.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace lares::engine::llm {

using Token = std::int32_t;

enum class Role : std::uint8_t { system, user, assistant };

struct Message {
    Role role = Role::user;
    std::string content;
    std::vector<Token> tokens;  // of an assistant message: the ids that this model generated, or empty
};

// Messages as the model's template and vocabulary have them.
struct Prompt {
    std::vector<Token> tokens;
    std::size_t shared = 0;  // leading tokens that belong to the shared messages
};

// Temperature 0: greedy, the rest is not looked at.
struct Sampling {
    double temperature = 0.8;
    std::int32_t top_k = 40;
    double top_p = 0.95;
    double min_p = 0.05;
    double repeat_penalty = 1.1;
    std::optional<std::uint32_t> seed;
};

class Model;

struct Request {
    std::shared_ptr<const Model>
        model;  // that made the prompt; another one loaded meanwhile refuses the request
    Prompt prompt;
    std::string prefix_scope;
    std::string cache_key;
    std::string cache_from =
        {};  // another chat of the same person; where nothing is kept yet, its beginning may serve
    std::uint32_t max_tokens = 512;
    std::vector<std::string> stop;
    Sampling sampling;
    std::string grammar;      // GBNF, or empty
    bool background = false;  // rests while anybody else is answered
};

enum class Finish : std::uint8_t { stop, length };

struct End {
    Finish finish = Finish::stop;
    std::uint32_t prompt = 0, reused = 0, completion = 0;  // tokens
    std::uint32_t computed = 0;                            // prompt tokens that were not reused
    double queued_ms = 0, prefill_ms = 0, generation_ms = 0;
};

// The prompt is computed, the first token known.
struct PromptRead {
    std::uint32_t prompt = 0, reused = 0;  // tokens
    double queued_ms = 0, prefill_ms = 0;
};

// What has come since the last look.
struct Output {
    std::string text;                // whole code points
    std::vector<Token> tokens;       // whose text is complete and out
    std::size_t place = 0;           // > 0: still in the queue, place - 1 are before it
    std::optional<PromptRead> read;  // with the first token whose text is out
    std::optional<End> end;
    std::optional<Error> error;
    bool empty() const { return text.empty() && tokens.empty() && place == 0 && !end && !error; }
};

// Bounds of the engine. Zeros are chosen for the machine and the model.
struct Options {
    std::uint32_t threads =
        0;  // one token at a time; auto: 1 on two cores, else half of the cores, at most 4
    std::uint32_t batch_threads = 0;            // prompts and several chats; auto: all cores, at most 16
    std::uint32_t chunk = 128;                  // prompt tokens in one step when nobody speaks
    std::uint32_t context = 0;                  // tokens of one chat, at most what the model was trained for
    std::uint32_t live_max = 16;                // chats in the context at once
    std::uint32_t queue_max = 32;               // requests that wait for room; past it they are refused
    std::uint64_t kv_ram_bytes = 512ull << 20;  // live cells (at most half), their attention and saved chats
    std::uint64_t kv_disk_bytes = 2048ull << 20;  // saved chats that RAM has no room for
    std::string kv_folder;                        // DATA/kv: emptied at start; empty: nothing goes to disk
};

enum class State : std::uint8_t { empty, loading, ready, failed };

struct Status {
    State state = State::empty;
    double progress = 0;  // 0..1 while loading
    std::string file;     // the model's
    std::string reason, remedy;
    std::uint32_t threads = 0, batch_threads = 0, chunk = 0, context = 0;
    std::uint32_t live = 0, waiting = 0;
    std::uint64_t cells = 0, cells_used = 0;
    std::uint64_t saved_bytes = 0, spilled_bytes = 0;
    std::uint64_t steps = 0;  // batches computed since the model was loaded
    double load_ms = 0;
};

}  // namespace lares::engine::llm
