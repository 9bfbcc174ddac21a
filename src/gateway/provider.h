#pragma once
// What the product asks of a language model, whoever runs it: inside this process (providers/local) or,
// later, another server. Above gateway nobody knows which.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/task.h"
#include "base/result.h"

namespace lares::gateway {

enum class Role : std::uint8_t { system, user, assistant };

struct ChatMessage {
    Role role = Role::user;
    std::string content;  // UTF-8; special tokens are never parsed out of it
    // Of an assistant message: the token ids of the raw answer (ChatDelta::tokens, all of them) when the
    // model that is asked made it; else empty. With them the next turn finds its own answer in the cache.
    std::vector<std::int32_t> tokens;
};

// Temperature 0 is greedy: the other values are not looked at then.
struct Sampling {
    double temperature = 0.8;     // 0..2
    std::int32_t top_k = 40;      // 0: off
    double top_p = 0.95;          // 1: off
    double min_p = 0.05;          // 0: off
    double repeat_penalty = 1.1;  // 1: off; looks at the last 64 tokens
    std::optional<std::uint32_t> seed;
};

struct ChatRequest {
    std::string model;  // ModelInfo::id; empty: the default
    // The last one is answered. When it is an assistant's, its text goes on instead: deltas hold what is
    // added.
    std::vector<ChatMessage> messages;
    // How many leading messages are constant for this card: their cache is kept once and copied to chats
    // whose prefix_scope is equal (of a private card: its owner; timing tells what is cached).
    std::size_t shared_prefix = 0;
    std::string prefix_scope;
    std::string cache_key;                    // the conversation; empty: nothing is kept
    std::optional<std::uint32_t> max_tokens;  // nullopt: 512, or the room left
    std::vector<std::string> stop;            // at most 16, of 1..256 bytes; never part of the answer
    Sampling sampling;
    std::string json_schema;  // not empty: the answer is JSON of this schema
};

// A piece of the answer: whole code points, and the ids that were generated since the last delta. Ids may
// come before their text (a code point or a possible stop string is held back). A delta with place > 0 has
// neither: the request still waits, with place - 1 others before it.
struct ChatDelta {
    std::string text;
    std::vector<std::int32_t> tokens;
    std::size_t place = 0;
};

enum class FinishReason : std::uint8_t {
    stop,
    length
};  // stop: end of turn or a stop string; length: max_tokens

struct Usage {
    std::uint32_t prompt = 0;      // tokens of the whole prompt
    std::uint32_t reused = 0;      // of these, found in the cache
    std::uint32_t completion = 0;  // generated, the end-of-turn token not counted
};

struct Timings {
    double queued_ms = 0;        // until it was admitted
    double prefill_ms = 0;       // from then until the first token was known
    double generation_ms = 0;    // from the first token to the last
    std::size_t new_tokens = 0;  // prompt tokens that were computed, not reused
};

struct ChatEnd {
    FinishReason finish = FinishReason::stop;
    Usage usage;
    Timings timings;
};

// One answer while it is made. Destroyed early: generation stops at the next step and its cells are free
// again.
class ChatStream {
public:
    virtual ~ChatStream() = default;
    // nullopt: the answer is complete and end() is set. Not called again after an error or nullopt. What is
    // not taken is bounded: generation pauses until it is. Cancelled: unwinds.
    virtual Task<Result<std::optional<ChatDelta>>> next() = 0;
    virtual const ChatEnd& end() const = 0;
};

enum class ModelState : std::uint8_t { available, loading, ready, failed };

struct ModelInfo {
    std::string id;        // what ChatRequest::model names
    std::string name;      // for the person
    std::string provider;  // "local"
    ModelState state = ModelState::available;
    bool is_default = false;
    std::uint64_t size_bytes = 0;
    std::uint32_t context_tokens = 0;
    std::string architecture;  // "llama", "gemma3"; empty when not known
    std::string quantization;  // "Q4_1"
    std::string licence;       // as the file states it; empty when it does not
    std::string problem;       // not empty: why it cannot be used, with the remedy
};

// How an engine stands, for /ready, /api/status and the page.
struct ProviderStatus {
    std::string name;  // "local"
    ModelState state = ModelState::loading;
    double progress = 0;              // 0..1 while loading
    std::string model;                // the default model's id
    std::string reason;               // failed: what is wrong, for the person
    std::string remedy;               // failed: what to do
    std::uint32_t threads = 0;        // for one token at a time
    std::uint32_t batch_threads = 0;  // for prompts and several chats at once
    std::uint32_t batch_tokens = 0;   // the largest chunk of a prompt
    std::uint32_t context_tokens = 0;
    std::uint32_t live = 0;     // sequences in the context
    std::uint32_t waiting = 0;  // requests in the queue
    std::uint64_t cells = 0, cells_used = 0;
    std::uint64_t saved_bytes = 0, spilled_bytes = 0;  // idle chats in RAM and on disk
};

class Provider {
public:
    virtual ~Provider() = default;

    // Returns when the request is admitted or queued. Errors: not_found "model-not-found"; unprocessable
    // "context-overflow" (says by how many tokens); bad_request "invalid-schema", "invalid-field";
    // unavailable "model-loading", "model-missing", "model-failed", "engine-busy" (with retry_after_ms).
    virtual Task<Result<std::unique_ptr<ChatStream>>> chat(ChatRequest request) = 0;

    virtual std::vector<ModelInfo> models() = 0;

    // Tokens that these messages take as a prompt of the model (empty: the default), with the template around
    // them and the opening of the answer.
    virtual Result<std::size_t> count_tokens(const std::string& model,
                                             const std::vector<ChatMessage>& messages) = 0;

    virtual ProviderStatus status() = 0;

    // The conversation is deleted: nothing of it stays in RAM or on disk.
    virtual void forget(const std::string& cache_key) = 0;
};

}  // namespace lares::gateway
