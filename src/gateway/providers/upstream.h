#pragma once
// A model on another server: takes a request, asks, and gives the answer back as a stream. What differs
// between the wire formats is in its Codec; what differs between servers of one format in its Quirks.
#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "async/clock.h"
#include "async/pool.h"
#include "gateway/provider.h"
#include "gateway/providers/codec.h"
#include "gateway/signing.h"
#include "gateway/slots.h"
#include "net/client.h"

namespace lares::gateway {

class Upstream final : public Provider {
public:
    struct Options {
        std::string name;
        std::string kind;      // "openai", "anthropic", "ollama", or a row of the quirks table
        std::string base_url;  // empty: the public one
        SecretText key;
        std::string api_version;
        std::vector<std::string> models;
        std::vector<std::string> prefixes;
        std::size_t at_once = 32;
        std::size_t queue_max = 128;
        async::Milliseconds first_token{60'000};  // until something of a stream is there, the line included
        async::Milliseconds idle{60'000};         // between two pieces of it
        async::Milliseconds total{600'000};       // for all of an answer, the line included
        async::Pool* reading = nullptr;  // takes long answers apart; outlives it. Null: the event loop does
        bool has_own = true;             // a key or an address that the operator gave it
        bool from_vault = false;         // keys of people and of the pool may be for it
    };
    // The client outlives it. Errors: bad_request: no base URL where the kind has none of its own.
    static Result<std::shared_ptr<Upstream>> make(Options options, net::Client& client, async::Clock& clock);

    // Errors: as of upstream_error; unavailable "upstream-busy"; upstream "upstream-unreachable";
    // unprocessable "not-supported". Destroyed streams close their connection: the other server stops
    // generating.
    Task<Result<std::unique_ptr<ChatStream>>> chat(ChatRequest request) override;
    // With a key that is not its own: the request goes where that belongs. What is pointed to outlives the
    // call, not the stream.
    Task<Result<std::unique_ptr<ChatStream>>> chat(const ChatRequest* request, const Signature* signature);
    // The same errors.
    Task<Result<Embedding>> embed(EmbedRequest request) override;
    Task<Result<Embedding>> embed(EmbedRequest request, Signature signature);
    std::vector<ModelInfo> models() override;  // those of the options and of the last refresh()
    // And those that these keys were told of.
    std::vector<ModelInfo> models(const std::vector<Signature>& signatures);
    Result<std::size_t> count_tokens(const std::string& model,
                                     const std::vector<ChatMessage>& messages) override;
    ProviderStatus status() override;
    void forget(const std::string&) override {}

    const std::string& name() const { return options_.name; }
    const std::string& kind() const { return options_.kind; }
    const Options& options() const { return options_; }
    Wire wire() const { return codec_.wire(); }
    // A model that it lists, or whose name begins as its own do.
    bool knows(const std::string& model) const;

    // An answer as it comes, and its place among the requests at once.
    struct Passage {
        net::Response answer;
        Slots::Lease lease;
        Target where;
    };
    // Sends a body as it is; the model's name stands in it, where it has one. Errors: as of chat().
    Task<Result<Passage>> pass(std::string path, std::string model, std::string content_type,
                               std::string body, Signature signature);

    // Asks which models it has, when it was not asked for a while. Never fails: without an answer the old
    // list stays.
    Task<void> refresh();
    Task<void> refresh(Signature signature);
    // Whether its provider takes this key: asks for the models. Gives why that could not be found out, or
    // nothing. Errors: unprocessable "key-refused"; as of chat().
    Task<Result<std::string>> check(Signature signature);

private:
    Upstream(Options options, const Codec& codec, net::Client& client, async::Clock& clock);
    struct Listed {
        std::int64_t asked_ms = 0;
        std::vector<std::string> names;
    };
    Target target(const std::string& model, const Signature& signature) const;
    enum class What : std::uint8_t { list, stream, whole };  // what is asked for
    // Not a coroutine itself: the target need not outlive the call. `waited`: of the request's time, in line.
    Task<Result<net::Response>> send(std::string url, std::string body, What what, const Target& target,
                                     net::Client* client, async::Milliseconds waited = {});
    net::Request request_to(std::string url, What what, const Target& target,
                            async::Milliseconds waited = {}) const;
    // What the requests for one model have in common.
    struct Ready {
        Target where;
        std::shared_ptr<const net::Prepared> prepared = nullptr;  // with the upstream's own key
    };
    std::shared_ptr<const Ready> ready_for(const ChatRequest& request);
    // Why there is no answer with status 200, in words for the person.
    Task<Error> refused(Result<net::Response> answer, const Target* where, const Signature* signature);
    // What is pointed to outlives the call.
    Task<Result<net::Response>> ask(std::string url, std::string body, What what, const Target* where,
                                    const Signature* signature, async::Milliseconds waited);
    Slots line_of(const Signature& signature);
    struct Place {
        Slots::Lease lease;
        async::Milliseconds waited{0};
    };
    // Waits no longer than such a request may take.
    Task<Result<Place>> stand_in(Slots line, What what);
    Task<std::optional<std::vector<std::string>>> listing(Signature signature);
    void note(std::string problem);  // of its own key or address; empty: there is none
    void add_listed(const std::string& place, std::vector<std::string>& names) const;

    const Options options_;
    const Codec& codec_;
    net::Client& client_;
    async::Clock& clock_;
    Slots slots_;
    mutable std::mutex mutex_;
    // By model, with its own key: of streams, and of answers in one piece.
    std::array<std::map<std::string, std::shared_ptr<const Ready>, std::less<>>, 2> ready_;
    std::map<std::string, Slots> lines_;    // of callers' own keys, by their ids
    std::map<std::string, Listed> listed_;  // by the key that was told; "": its own
    std::atomic<bool> troubled_ = false;    // there is a problem_
    std::string problem_;                   // why the last request got no answer
};

}  // namespace lares::gateway
