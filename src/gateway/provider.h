#pragma once
// What the product asks of a language model, whoever runs it: inside this process (providers/local) or
// another server (providers/upstream.h). Above gateway nobody knows which.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "async/task.h"
#include "base/result.h"
#include "gateway/embedding.h"
#include "gateway/model.h"

namespace lares::gateway {

// One answer while it is made. Destroyed early: generation stops at the next step and its cells are free
// again.
class ChatStream {
public:
    virtual ~ChatStream() = default;
    // nullopt: the answer is complete and end() is set. Not called again after an error or nullopt. What is
    // not taken is bounded: generation pauses until it is. Cancelled: unwinds.
    virtual Task<Result<std::optional<ChatDelta>>> next() = 0;
    // What next() would give without waiting; nullopt: nothing is here yet.
    virtual std::optional<Result<std::optional<ChatDelta>>> next_now() { return std::nullopt; }
    // Until next_now() may give something, for who asked it and got nothing; nullopt: only next() tells.
    virtual std::optional<Task<void>> wait() { return std::nullopt; }
    // True: nothing more is wanted for the moment, and what computes here is wanted elsewhere; false: it goes
    // on. A hint: what is on its way comes all the same.
    virtual void rest(bool on) { (void)on; }
    virtual const ChatEnd& end() const = 0;
};

enum class ModelState : std::uint8_t { available, loading, ready, failed };
std::string_view to_text(ModelState state);  // as it stands on the wire

struct ModelInfo {
    std::string id;        // what ChatRequest::model names
    std::string name;      // for the person
    std::string provider;  // "local"
    ModelState state = ModelState::available;
    bool is_default = false;
    std::uint64_t size_bytes = 0;
    std::uint32_t context_tokens = 0;
    std::string architecture;      // "llama", "gemma3"; empty when not known
    std::string quantization;      // "Q4_1"
    std::string licence;           // as the file states it; empty when it does not
    std::string problem;           // not empty: why it cannot be used, with the remedy
    bool embeds = false;           // it makes embeddings, and no answers
    bool sees_images = false;      // as far as is known
    bool reads_documents = false;  // PDFs as they are
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

    // Errors: not_found "model-not-found"; unprocessable "not-supported" (the model makes none),
    // "context-overflow"; bad_request "invalid-field"; unavailable "engine-busy"; as of chat() for upstreams.
    virtual Task<Result<Embedding>> embed(EmbedRequest request);

    virtual std::vector<ModelInfo> models() = 0;
    // The model that a request with this name asks first; empty: the default one. nullopt: there is none.
    virtual std::optional<ModelInfo> find_model(const std::string& model);
    // Whether one of them has this id. Asked for every call: must be quick where the answer is no.
    virtual bool has(const std::string& model);

    // Tokens that these messages take as a prompt of the model (empty: the default), with the template around
    // them and the opening of the answer.
    virtual Result<std::size_t> count_tokens(const std::string& model,
                                             const std::vector<ChatMessage>& messages) = 0;

    virtual ProviderStatus status() = 0;

    // The conversation is deleted: nothing of it stays in RAM or on disk.
    virtual void forget(const std::string& cache_key) = 0;
};

}  // namespace lares::gateway
