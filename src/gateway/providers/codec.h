#pragma once
// How one kind of upstream server is spoken with. Pure: requests to bytes, bytes to events;
// providers/upstream.h does the sending. A decoder gives the same events however its bytes are cut.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "gateway/model.h"
#include "gateway/providers/compatible/quirks.h"

namespace lares::gateway {

// Where a request goes.
struct Target {
    std::string provider;           // its name, for the person
    std::string base_url;           // without a slash at the end
    std::string model;              // as the upstream calls it
    SecretText key;                 // empty: none
    std::string api_version = {};   // Azure's
    std::string content_type = {};  // of a body that passes through; empty: the format's
    std::string betas = {};         // Anthropic's, that the request's fields need
    const Quirks* quirks = nullptr;
};

struct HttpField {
    std::string name;
    std::string value;
};

inline constexpr std::size_t calls_max = 128;  // of tools in one answer; more are left out

class Decoder {
public:
    virtual ~Decoder() = default;
    // Appends what is complete now. After an error the decoder is of no use, but what was appended stands.
    // Errors: as of upstream_error; upstream "upstream-failed" for what is no answer.
    virtual Result<void> feed(std::string_view bytes, std::vector<Event>& out) = 0;
    // The bytes have ended. Error: they ended in the middle of an answer.
    virtual Result<void> finish(std::vector<Event>& out) = 0;
    // Bytes that finish() will take apart at once.
    virtual std::size_t held() const { return 0; }
    // After finish(): what a stream of this format ends with, where this one left it out.
    virtual std::string_view unsaid_end() const { return {}; }
    const ChatEnd& end() const { return end_; }
    bool done() const { return done_; }    // the answer is complete; what follows is not looked at
    bool begun() const { return begun_; }  // something of the answer itself came, and no mere sign of life
    // After feed() failed: how many bytes of that piece stand before the event that it failed at.
    virtual std::size_t good() const { return 0; }

protected:
    ChatEnd end_;
    bool done_ = false, begun_ = false;
};

class Codec {
public:
    virtual ~Codec() = default;
    virtual Wire wire() const = 0;
    virtual std::string url(const Target& target, const ChatRequest& request) const = 0;
    virtual std::vector<HttpField> headers(const Target& target) const = 0;
    virtual HttpField credential(const Target& target) const = 0;  // empty name: none; the value is secret
    // Errors: unprocessable "not-supported", field: the provider has no word for it.
    virtual Result<std::string> body(const ChatRequest& request, const Target& target) const = 0;
    // passes: its events are not looked at, only how the answer ends and what it took.
    virtual std::unique_ptr<Decoder> decoder(bool whole, bool passes = false) const = 0;
    virtual std::string list_url(const Target& target) const = 0;  // of its models; read by model_names
};

// Azure's place for a model: its name comes from the request and stays one segment of the path.
std::string azure_url(const Target& target, std::string_view method);

// What an answer that is no 200 says, told apart from our own refusals; never with a key in it.
Error upstream_error(const Target& target, unsigned status, std::string_view retry_after,
                     std::string_view body);
// The same for an error object in the middle of a stream, in its own words (`type`: its type, its code too):
// who passes it on asks without_secrets(), for a decoder does not know where the request went.
Error stream_error(std::string_view type, std::string_view message);
Error without_secrets(Error error, const Target& target);
// Of whole events that pass through unread.
std::string without_secrets(std::string events, const Target& target);
tl::unexpected<Error> broken_stream(std::string detail);

// Names of models in a listing of any of the three kinds; at most `max`.
std::vector<std::string> model_names(std::string_view json, std::size_t max);

const Codec& openai_codec();
const Codec& anthropic_codec();
const Codec& ollama_codec();

}  // namespace lares::gateway
