#pragma once
// Sound, pictures and moderations: requests of OpenAI's format that only a provider understands. They pass
// through as they came, but for the model's name, and are booked as every call is.
#include <memory>
#include <optional>
#include <string>

#include "async/task.h"
#include "base/result.h"
#include "gateway/model.h"

namespace lares::gateway {

// The body around the model's name, which is not known before a provider is chosen.
struct PassRequest {
    std::string path;          // behind the provider's base URL: "/audio/transcriptions"
    std::string content_type;  // of the body
    std::string model;         // as the caller calls it; empty: the provider's own default
    std::string before, after;
    bool quoted = false;  // the name is a JSON text
    // Sound among it, to be heard: its bytes, and the tokens that they likely and at most are.
    std::size_t sound_bytes = 0;
    std::uint32_t sound_likely = 0, sound_most = 0;
    Payer payer = {};
    std::shared_ptr<Trace> trace = {};

    std::string body(const std::string& name) const;
};

// The answer, piece by piece. Destroyed early: the connection is closed, and what was asked is paid.
class Passed {
public:
    virtual ~Passed() = default;
    virtual const std::string& content_type() const = 0;
    virtual Task<Result<std::optional<std::string>>> next() = 0;
};

// Tokens of a JSON answer in any of the forms that are in use; nullopt: it does not say.
std::optional<Usage> usage_of_answer(std::string_view json);
// The same from the last bytes of an answer that is long, or that comes as events.
std::optional<Usage> usage_of_tail(std::string_view tail);
// How many seconds of sound a JSON answer says that were heard; 0: it does not say.
double seconds_of_answer(std::string_view json);

}  // namespace lares::gateway
