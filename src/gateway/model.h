#pragma once
// The one chat model between dialects and providers: what any of the three wire formats can say, so that a
// translation loses only what the other side has no word for. JSON that nobody here looks into (schemas,
// arguments, fields of one provider) is kept as its text.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace lares::gateway {

struct Trace;

enum class Role : std::uint8_t { system, user, assistant, tool };

// Wire formats. A request that came in one and goes out in the same passes through as it came.
enum class Wire : std::uint8_t { none, openai, anthropic, ollama };

enum class PartKind : std::uint8_t {
    text,
    image,
    audio,
    file,
    tool_call,
    tool_result,
    thinking,
    redacted_thinking,
    refusal,
    other  // of a kind that only the request's own wire knows (`name`): `text` is its JSON
};

// A piece of a message.
struct Part {
    PartKind kind = PartKind::text;
    std::string text = {};         // the words; of a tool_call: its arguments, a JSON text
    std::string id = {};           // of a tool_call; a tool_result: of the call it answers
    std::string name = {};         // of the function; of a file: its name
    std::string media_type = {};   // "image/png", "audio/wav"
    std::string data = {};         // base64; or
    std::string url = {};          // where it lies; of a file: also a provider's id of it
    std::string signature = {};    // of thinking, opaque; of redacted_thinking: all that is there
    bool is_error = false;         // of a tool_result
    std::vector<Part> parts = {};  // of a tool_result that is more than text
    std::string extras = {};  // JSON object: fields that only the request's own wire knows (cache_control)
};

struct ChatMessage {
    Role role = Role::user;
    std::string content;  // UTF-8; special tokens are never parsed out of it
    // Of an assistant message: the token ids of the raw answer (ChatDelta::tokens, all of them) when the
    // model that is asked made it; else empty. With them the next turn finds its own answer in the cache.
    std::vector<std::int32_t> tokens;
    // Not empty: the whole message, in order; `content` is then only its plain text.
    std::vector<Part> parts = {};
    std::string name = {};
};

// nullopt: as the model's provider thinks best. Temperature 0 is greedy: the others are not looked at then.
struct Sampling {
    std::optional<double> temperature = {};     // 0..2
    std::optional<std::int32_t> top_k = {};     // 0: off
    std::optional<double> top_p = {};           // 1: off
    std::optional<double> min_p = {};           // 0: off
    std::optional<double> repeat_penalty = {};  // 1: off; looks at the last 64 tokens
    std::optional<double> frequency_penalty = {}, presence_penalty = {};  // -2..2; upstream models only
    std::optional<std::uint32_t> seed = {};
};

struct Tool {
    std::string name = {};
    std::string description = {};
    std::string schema = {};  // JSON Schema of the arguments; empty: none
    std::optional<bool> strict = {};
    std::string extras =
        {};  // JSON object; of a tool that a provider runs itself (has a type of its own): all of it
    bool hosted = false;  // such a tool
};

enum class ToolChoice : std::uint8_t { automatic, none, required, named };

struct Thinking {
    bool on = true;
    std::optional<std::uint32_t> budget_tokens = {};
    std::string effort = {};  // "minimal", "low", "medium", "high"

    // For a provider that takes no words; what is set aside before a call counts on it.
    std::uint32_t budget() const {
        constexpr std::uint32_t least = 1024;
        const std::uint32_t by_effort = effort == "high" ? 16'384 : effort == "medium" ? 8192 : 2048;
        const std::uint32_t tokens = budget_tokens.value_or(by_effort);
        return tokens < least ? least : tokens;
    }
};

enum class FinishReason : std::uint8_t { stop, length, tool_calls, content_filter, paused };
// stop: end of turn or a stop string; length: max_tokens; paused: the provider asks to be asked again.

// At which of its speeds, and prices, a provider says that it answered.
enum class Service : std::uint8_t { standard, flex, priority };

struct Usage {
    std::uint32_t prompt = 0;          // tokens of the whole prompt
    std::uint32_t reused = 0;          // of these, found in the cache
    std::uint32_t completion = 0;      // generated, the end-of-turn token not counted
    std::uint32_t cache_write = 0;     // of prompt, written to a provider's cache at its price
    std::uint32_t reasoning = 0;       // of completion, thinking that may not have been shown
    std::uint32_t cache_write_1h = 0;  // of cache_write, kept for an hour and not for minutes
    std::uint32_t searches = 0;        // that the provider made itself
    Service service = Service::standard;
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
    std::string stop_sequence = {};                // which one ended it, where that is known
    bool usage_known = true;                       // false: the provider did not say
    std::optional<std::int64_t> cost_micros = {};  // millionths of a dollar; set by the gateway
};

// A piece of an answer, in order.
struct Event {
    enum class Kind : std::uint8_t {
        start,              // id and model, as the provider names them
        text,               // text
        refusal,            // text
        thinking,           // text
        signature,          // of the thinking before it: text
        redacted_thinking,  // text, opaque
        tool_call,          // index, id, name: a call begins
        arguments,          // index, text: a piece of its arguments, JSON text when all are joined
        logprobs,           // text: JSON array of what OpenAI calls logprobs.content
    };
    Kind kind = Kind::text;
    std::uint32_t index = 0;
    std::string text = {};
    std::string id = {};
    std::string name = {};  // of a tool; of start: the model
    bool operator==(const Event&) const = default;
};

// How the prompt was read, from who knows it before the end of the answer.
struct PromptRead {
    std::uint32_t tokens = 0, reused = 0, computed = 0;  // of the prompt; in the cache; not in it
    double queued_ms = 0, prefill_ms = 0;
};

// A piece of the answer: whole code points, and the ids that were generated since the last delta. Ids may
// come before their text (a code point or a possible stop string is held back). A delta with place > 0 has
// neither: the request still waits, with place - 1 others before it.
struct ChatDelta {
    std::string text;
    std::vector<std::int32_t> tokens;
    std::size_t place = 0;
    std::vector<Event> events = {};  // what is not text, and comes before it
    std::string raw = {};            // bytes of the answer in the request's own wire, when it passes through
    std::optional<PromptRead> prompt = {};  // with the first piece, where it is known
};

// What a call may yet take of somebody's tokens in a minute: taken before it, put right when the last copy is
// gone.
class TokenHold {
public:
    virtual ~TokenHold() = default;
    virtual void spent(std::uint64_t tokens) = 0;
    // Who is asked now, "openai/gpt-4o": a model's own limits hold by whatever name it was called.
    virtual Result<void> asks(const std::string& model) = 0;
};

// Who pays and what for: for the ledger, limits and caches. Texts of ids; empty where there is none.
struct Payer {
    std::string person = {};
    std::string key = {};
    std::optional<std::int64_t> key_budget_micros = {};  // of the key, in all
    std::string character = {};
    std::string conversation = {};
    std::string route = {};  // "/v1/chat/completions", "chat"
    std::string role = {};   // of the person; empty: asked for when it matters
    std::string tier = {};   // of the access key
    // What an access key may name; none or empty: everything.
    std::shared_ptr<const std::vector<std::string>> models = {};
    std::shared_ptr<TokenHold> hold = {};
};

// Whether an answer may be one that was given before (gateway/cache.h).
struct CacheWish {
    std::string what = {};                        // all that the caller sent; empty: never
    bool asked = false;                           // also of requests whose answers vary
    bool read = true, write = true;               // no-cache, no-store
    std::optional<std::int64_t> max_age_ms = {};  // older ones are not wanted
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
    std::string cache_from = {};              // the same person's conversation that it branched from
    std::optional<std::uint32_t> max_tokens;  // nullopt: 512, or the room left
    std::vector<std::string> stop;            // at most 16, of 1..256 bytes; never part of the answer
    Sampling sampling;
    std::string json_schema;  // not empty: the answer is JSON of this schema

    std::string json_name = {};  // of the schema
    bool json_object = false;    // any JSON object
    std::vector<Tool> tools = {};
    ToolChoice tool_choice = ToolChoice::automatic;
    std::string tool_name = {};  // ToolChoice::named
    std::optional<bool> parallel_tools = {};
    std::optional<Thinking> thinking = {};
    std::optional<std::uint32_t> logprobs = {};  // how many alternatives beside each token
    std::string user = {};                       // who the client's end user is, in its words
    bool whole = false;                          // nobody watches the answer grow
    bool background = false;                     // nobody waits for it: our own model answers others first
    Payer payer = {};
    CacheWish cache = {};
    std::shared_ptr<Trace> trace = {};  // who wants to know how it went

    Wire wire = Wire::none;
    std::string extras = {};                      // JSON object: fields that only `wire` knows
    std::string raw_model = {};                   // what the body calls the model
    std::shared_ptr<const std::string> raw = {};  // the body as it came, when it may pass through
    std::string betas = {};   // anthropic-beta, without which a provider refuses its fields
    bool usage_asked = true;  // raw OpenAI streams: the client wants the usage chunk
};

}  // namespace lares::gateway
