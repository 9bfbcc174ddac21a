// One call of another server, from its place in the line to its last byte. Over 500 lines: chats, embeddings,
// what passes through and lists of models take the same way.
#include "gateway/providers/upstream.h"

#include <algorithm>

#include "async/together.h"
#include "base/text.h"
#include "gateway/foreign.h"
#include "gateway/key_check.h"
#include "gateway/providers/embeddings.h"
#include "gateway/providers/whole_events.h"
#include "gateway/usage/estimate.h"
#include "media/container.h"
#include "observe/log.h"

namespace lares::gateway {

namespace {

constexpr std::size_t listed_max = 2000;
constexpr std::size_t lists_max = 256;                       // of keys
constexpr std::size_t ready_max = 64, ready_name_max = 256;  // models that were asked, and their names
constexpr std::size_t lines_max = 256;  // of callers' keys, those that nobody stands in not counted
constexpr std::int64_t refresh_every_ms = 300'000;
constexpr async::Milliseconds list_timeout{5'000};
constexpr async::Milliseconds connect_timeout{10'000};
constexpr async::Milliseconds after_end{1'000};  // for a connection to end, when the answer has
constexpr std::size_t answer_bytes_max = 64 * 1024 * 1024;
constexpr std::size_t refusal_bytes_max = 64 * 1024;
constexpr std::size_t read_here_max = 128 * 1024;             // more takes over a millisecond
constexpr std::size_t embeddings_read_max = 8 * 1024 * 1024;  // of an answer that takes another form

// What the net layer says, as the caller of a model may see it: never an address of ours.
Error told(Error error, const std::string& provider) {
    if (error.code == Code::cancelled) return error;
    if (error.type == "busy") {
        error.type = "upstream-busy";
        error.message = provider + " has all the connections that it may get at once; try again in a moment.";
        return error;
    }
    error.detail = error.message + (error.detail.empty() ? "" : " " + error.detail);
    if (error.code == Code::timeout) {
        error.type = "upstream-timeout";
        error.message = provider + " did not answer in time.";
        return error;
    }
    error.message = error.type == "upstream-failed" ? "The connection to " + provider + " broke."
                                                    : provider + " could not be reached.";
    if (error.code != Code::upstream) error.type = "upstream-unreachable";
    error.code = Code::upstream;
    error.field.clear();
    return error;
}

Task<void> nothing() {
    co_return;
}

// The first bytes of a body, for an error's words.
Task<std::string> first_bytes(std::unique_ptr<net::Body> body) {
    std::string out;
    while (out.size() < refusal_bytes_max) {
        auto piece = co_await body->next();
        if (!piece || !*piece) break;
        out += **piece;
    }
    co_return out;
}

bool is_json(const net::Response& answer) {
    constexpr std::string_view json = "application/json";
    return equal_ignoring_case(answer.header("content-type").substr(0, json.size()), json);
}

class UpstreamStream final : public ChatStream {
public:
    using Next = Result<std::optional<ChatDelta>>;
    // `options` outlives it.
    UpstreamStream(std::unique_ptr<net::Body> body, std::unique_ptr<Decoder> decoder,
                   std::shared_ptr<const Target> where, Slots::Lease lease, const Upstream::Options& options,
                   async::Milliseconds waited, bool streams, std::optional<WholeEvents> passing)
        : lease_(std::move(lease)),
          body_(std::move(body)),
          decoder_(std::move(decoder)),
          where_(std::move(where)),
          options_(options),
          streams_(streams),
          passing_(std::move(passing)) {
        if (streams_) body_->expect_by(std::chrono::steady_clock::now() + options_.first_token - waited);
    }

    Task<Next> next() override {
        for (;;) {
            if (auto now = next_now()) co_return std::move(*now);
            auto piece = long_end_ ? Piece(std::nullopt) : co_await body_->next();
            auto delta =
                is_long_end(piece) ? took(co_await finish_elsewhere(), std::nullopt) : take(std::move(piece));
            if (delta) co_return std::move(*delta);
        }
    }
    std::optional<Next> next_now() override {
        for (;;) {
            if (!events_.empty()) {
                begun();
                return Next(next_delta());
            }
            if (error_) return Next(fail(*std::exchange(error_, std::nullopt)));
            if (ended_) return Next(std::nullopt);
            if (long_end_) return std::nullopt;
            auto piece = body_->next_now();
            if (!piece) return std::nullopt;
            if ((long_end_ = is_long_end(*piece))) return std::nullopt;
            if (auto delta = take(std::move(*piece))) return delta;
        }
    }
    std::optional<Task<void>> wait() override {
        if (long_end_) return std::nullopt;
        return body_->wait();
    }
    const ChatEnd& end() const override { return decoder_ ? decoder_->end() : unread_; }

private:
    using Piece = Result<std::optional<std::string>>;
    // The body is here, and taking it apart would keep the event loop from everybody else.
    bool is_long_end(const Piece& piece) const {
        return options_.reading && piece && !*piece && decoder_->held() > read_here_max;
    }
    // On data of its own: who waits for it may go away, and pays for what had come.
    Task<Result<void>> finish_elsewhere() {
        struct Reading {
            std::unique_ptr<Decoder> decoder;
            std::vector<Event> events = {};
        };
        unread_.usage.completion = likely_tokens(decoder_->held());
        const auto reading = std::make_shared<Reading>(std::move(decoder_));
        auto done =
            co_await options_.reading->run([reading] { return reading->decoder->finish(reading->events); });
        decoder_ = std::move(reading->decoder);
        events_ = std::move(reading->events);
        long_end_ = false;
        co_return done;
    }
    // What a piece of the body gives at once when it passes through; else its events wait for next_delta().
    std::optional<Next> take(Piece piece) {
        if (!piece && decoder_->done()) {  // it lacks nothing but its end
            ended_ = true;
            return Next(std::nullopt);
        }
        if (!piece) return Next(fail(why(std::move(piece).error())));
        auto taken = *piece ? decoder_->feed(**piece, events_) : decoder_->finish(events_);
        return took(std::move(taken), std::move(*piece));
    }
    std::optional<Next> took(Result<void> taken, std::optional<std::string> piece) {
        if (!taken) error_ = without_secrets(std::move(taken).error(), *where_);
        ended_ = !piece || (decoder_->done() && !passing_);
        if (!passing_) return std::nullopt;
        // Comments and pings say that a server lives, not that it answers: they wait for the answer, so that
        // its time runs on and another may still be asked.
        const bool answers = begun_ || !streams_ || decoder_->begun() || !events_.empty();
        events_.clear();
        ChatDelta out;
        out.raw = std::exchange(signs_of_life_, {});
        if (error_ && piece) piece->resize(decoder_->good());
        if (piece)
            out.raw += passing_->feed(std::move(*piece));
        else if (!error_)
            out.raw += passing_->finish();
        if (ended_ && !error_) out.raw += decoder_->unsaid_end();
        if (!answers) signs_of_life_ = std::exchange(out.raw, {});
        if (!out.raw.empty()) begun();
        // A connection that ends soon may serve the next request; one that does not is not waited for.
        if (decoder_->done()) body_->expect_by(std::chrono::steady_clock::now() + after_end);
        if (out.raw.empty()) return std::nullopt;
        return Next(std::move(out));
    }
    void begun() {
        if (!std::exchange(begun_, true)) body_->expect_by(async::SteadyTime::max());
    }
    Error why(Error error) const {
        const bool silent = streams_ && !begun_ && error.code == Code::timeout;
        error = told(std::move(error), options_.name);
        if (silent)
            error.message = options_.name + " did not begin to answer in " +
                            std::to_string(options_.first_token.count()) + " ms.";
        return error;
    }
    // What is not text, then text: what stands behind that is the next delta's.
    ChatDelta next_delta() {
        ChatDelta out;
        for (; given_ < events_.size() && events_[given_].kind != Event::Kind::text; ++given_)
            out.events.push_back(std::move(events_[given_]));
        for (; given_ < events_.size() && events_[given_].kind == Event::Kind::text; ++given_)
            out.text += events_[given_].text;
        if (given_ == events_.size()) {
            events_.clear();
            given_ = 0;
        }
        return out;
    }
    Slots::Lease lease_;  // given back last: the next one's connection must find a place
    std::unique_ptr<net::Body> body_;
    std::unique_ptr<Decoder> decoder_;
    std::shared_ptr<const Target> where_;
    const Upstream::Options& options_;
    bool streams_;                        // somebody watches it grow
    std::optional<WholeEvents> passing_;  // none: what comes is taken apart
    std::string signs_of_life_;           // that came before the answer; body_max bounds them
    bool begun_ = false, ended_ = false;
    bool long_end_ = false;  // the body is here, and next() has to have it taken apart
    ChatEnd unread_;         // while that is done
    std::vector<Event> events_;
    std::size_t given_ = 0;  // of them
    std::optional<Error> error_;
};

WholeEvents what_passes(const ChatRequest& request) {
    if (request.whole) return WholeEvents(WholeEvents::Form::bytes);
    if (request.wire == Wire::ollama) return WholeEvents(WholeEvents::Form::lines);
    return WholeEvents(WholeEvents::Form::events, request.wire == Wire::openai && !request.usage_asked);
}

struct Kind {
    const Codec& codec;
    const Quirks& quirks;
};

Kind kind_of(const std::string& name) {
    if (name == "anthropic") return {anthropic_codec(), quirks_of("compatible")};
    if (name == "ollama") return {ollama_codec(), quirks_of("compatible")};
    return {openai_codec(), quirks_of(name)};
}

// Both ways of writing it are in use.
std::string without_version(const std::string& kind, std::string base_url) {
    while (base_url.ends_with('/')) base_url.pop_back();
    if (kind == "anthropic" && base_url.ends_with("/v1")) base_url.resize(base_url.size() - 3);
    return base_url;
}

std::string place_of(const Signature& signature) {
    return signature.credential && signature.credential->id ? signature.credential->id->text()
                                                            : std::string();
}

}  // namespace

Result<std::shared_ptr<Upstream>> Upstream::make(Options options, net::Client& client, async::Clock& clock) {
    const Kind kind = kind_of(options.kind);
    if (options.base_url.empty() && options.has_own) {
        if (options.kind == "anthropic")
            options.base_url = "https://api.anthropic.com";
        else if (options.kind == "ollama")
            options.base_url = "http://localhost:11434";
        else
            options.base_url = std::string(kind.quirks.base_url);
    }
    options.base_url = without_version(options.kind, std::move(options.base_url));
    if (options.base_url.empty() && options.has_own)
        return fail(Code::bad_request, "invalid-setting",
                    "The upstream '" + options.name + "' needs a base_url.", "base_url");
    return std::shared_ptr<Upstream>(new Upstream(std::move(options), kind.codec, client, clock));
}

Upstream::Upstream(Options options, const Codec& codec, net::Client& client, async::Clock& clock)
    : options_(std::move(options)),
      codec_(codec),
      client_(client),
      clock_(clock),
      slots_(options_.at_once, options_.queue_max) {}

Target Upstream::target(const std::string& model, const Signature& signature) const {
    Target out{.provider = options_.name,
               .base_url = options_.base_url,
               .model = model,
               .key = options_.key,
               .api_version = options_.api_version,
               .quirks = &kind_of(options_.kind).quirks};
    if (signature.own()) return out;
    out.base_url = without_version(options_.kind, signature.base_url);
    out.key = signature.credential->key;
    // Another server that speaks OpenAI's format knows the older fields.
    out.quirks =
        &kind_of(options_.kind == "openai" && !signature.credential->endpoint.empty() ? "compatible"
                                                                                      : options_.kind)
             .quirks;
    return out;
}

// Who stores a key may name a server that never answers: whoever waits for it stands in a line of that key's
// own.
Slots Upstream::line_of(const Signature& signature) {
    if (!signature.of_caller()) return slots_;
    std::lock_guard lock(mutex_);
    if (lines_.size() >= lines_max)
        std::erase_if(lines_, [](const auto& line) { return line.second.stats().running == 0; });
    return lines_.try_emplace(place_of(signature), options_.at_once, options_.queue_max).first->second;
}

// An answer in one piece begins to come when it is made: all of its time bounds it, and no first piece's.
net::Request Upstream::request_to(std::string url, What what, const Target& target,
                                  async::Milliseconds waited) const {
    const bool posts = what != What::list;
    net::Request out;
    out.repeatable = true;  // nothing of an answer had come
    out.method = posts ? net::Method::post : net::Method::get;
    out.url = std::move(url);
    out.body_max = answer_bytes_max;
    out.connect_timeout = connect_timeout;
    out.idle_timeout = what == What::list     ? list_timeout
                       : what == What::stream ? options_.idle
                                              : options_.total;
    out.timeout = posts ? options_.total - waited : list_timeout;
    for (auto& field : codec_.headers(target)) {
        const bool type = !target.content_type.empty() && field.name == "content-type";
        out.headers.push_back({field.name, type ? target.content_type : field.value});
    }
    if (auto credential = codec_.credential(target); !credential.name.empty())
        out.credentials.push_back({credential.name, SecretText(std::move(credential.value))});
    if (what == What::stream) out.head_timeout = options_.first_token - waited;
    return out;
}

Task<Result<net::Response>> Upstream::send(std::string url, std::string body, What what, const Target& target,
                                           net::Client* client, async::Milliseconds waited) {
    auto request = request_to(std::move(url), what, target, waited);
    request.body = std::move(body);
    return (client ? *client : client_).fetch(std::move(request));
}

std::shared_ptr<const Upstream::Ready> Upstream::ready_for(const ChatRequest& request) {
    std::lock_guard lock(mutex_);
    auto& ready = ready_.at(request.whole);
    if (const auto found = ready.find(request.model); found != ready.end()) return found->second;
    auto made = std::make_shared<Ready>(Ready{target(request.model, {})});
    if (auto prepared = client_.prepare(request_to(codec_.url(made->where, request),
                                                   request.whole ? What::whole : What::stream, made->where)))
        made->prepared = std::move(*prepared);  // else send() says why not
    if (request.model.size() > ready_name_max) return made;
    if (ready.size() >= ready_max) ready.clear();
    return ready[request.model] = std::move(made);
}

Task<Error> Upstream::refused(Result<net::Response> answer, const Target* where, const Signature* signature) {
    if (!answer) {
        log::warn("a provider could not be asked", {{"provider", options_.name},
                                                    {"what", answer.error().message},
                                                    {"detail", answer.error().detail}});
        auto error = told(std::move(answer).error(), options_.name);
        if (signature->own()) note(error.message);
        co_return error;
    }
    const std::string retry_after(answer->header("retry-after"));
    const unsigned status = answer->status;
    const std::string said = co_await first_bytes(std::move(answer->body));
    auto error = upstream_error(*where, status, retry_after, said);
    // All may read the note: what a provider says of one caller's request is not in it, nor speaks such a
    // refusal against the provider.
    if (signature->own() && error.type == "upstream-key")
        note(error.message);
    else if (signature->own() && (status >= 500 || status == 429 || status == 408))
        note(options_.name + " answered " + std::to_string(status) + ".");
    if (signature->of_caller() && error.type == "upstream-key")
        error.message = options_.name + " does not accept your key '" + signature->credential->label + "'.";
    co_return error;
}

// An answer with status 200, or what went wrong in words for the person.
Task<Result<net::Response>> Upstream::ask(std::string url, std::string body, What what, const Target* where,
                                          const Signature* signature, async::Milliseconds waited) {
    auto answer = co_await send(std::move(url), std::move(body), what, *where, signature->client, waited);
    if (!answer || answer->status != 200)
        co_return fail(co_await refused(std::move(answer), where, signature));
    if (signature->own() && troubled_) note({});
    co_return answer;
}

Task<Result<Upstream::Place>> Upstream::stand_in(Slots line, What what) {
    if (auto lease = line.enter_now()) co_return Place{std::move(*lease)};
    const auto began = clock_.steady();
    // Half at most: the other half is the provider's, whose silence is held against it.
    const auto longest =
        (what == What::stream ? std::min(options_.first_token, options_.total) : options_.total) / 2;
    LARES_CO_TRY(auto lease, co_await line.enter(clock_, began + longest));
    const auto waited = std::chrono::duration_cast<async::Milliseconds>(clock_.steady() - began);
    co_return Place{std::move(lease), std::min(waited, longest)};
}

Task<Result<std::unique_ptr<ChatStream>>> Upstream::chat(ChatRequest request) {
    const Signature own;
    co_return co_await chat(&request, &own);
}

Task<Result<std::unique_ptr<ChatStream>>> Upstream::chat(const ChatRequest* asked,
                                                         const Signature* signature) {
    const auto& request = *asked;
    const bool betas = request.wire == Wire::anthropic && !request.betas.empty();
    const What what = request.whole ? What::whole : What::stream;
    std::shared_ptr<const Ready> ready;
    if (signature->own() && !betas) {
        ready = ready_for(request);
    } else {
        Ready made{target(request.model, *signature)};
        if (betas) made.where.betas = request.betas;
        ready = std::make_shared<const Ready>(std::move(made));
    }
    const Target& where = ready->where;
    LARES_CO_TRY(auto body, codec_.body(request, where));
    Slots line = line_of(*signature);
    auto lease = line.enter_now();
    async::Milliseconds waited{0};
    if (!lease) {
        LARES_CO_TRY(auto place, co_await stand_in(std::move(line), what));
        lease.emplace(std::move(place.lease));
        waited = place.waited;
    }
    const bool prepared = ready->prepared && waited.count() == 0;  // else it has less time
    auto answer = co_await (
        prepared ? client_.send(*ready->prepared, std::move(body))
                 : send(codec_.url(where, request), std::move(body), what, where, signature->client, waited));
    if (!answer || answer->status != 200)
        co_return fail(co_await refused(std::move(answer), &where, signature));
    if (signature->own() && troubled_) note({});
    // Some answer in one piece when a stream was asked for; in Ollama's format that is a stream of one line.
    const bool whole = request.whole || (codec_.wire() != Wire::ollama && is_json(*answer));
    const bool passes = whole == request.whole && request.raw && request.wire == codec_.wire() &&
                        (where.quirks->passes || request.wire != Wire::openai);
    co_return std::make_unique<UpstreamStream>(std::move(answer->body), codec_.decoder(whole, passes),
                                               std::shared_ptr<const Target>(ready, &where),
                                               std::move(*lease), options_, waited, !request.whole,
                                               passes ? std::optional(what_passes(request)) : std::nullopt);
}

void Upstream::note(std::string problem) {
    std::lock_guard lock(mutex_);
    troubled_ = !problem.empty();
    problem_ = std::move(problem);
}

void Upstream::add_listed(const std::string& place, std::vector<std::string>& names) const {
    const auto found = listed_.find(place);
    if (found == listed_.end()) return;
    for (const auto& name : found->second.names)
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

std::vector<ModelInfo> Upstream::models() {
    return models({Signature()});
}

std::vector<ModelInfo> Upstream::models(const std::vector<Signature>& signatures) {
    std::vector<std::string> names = options_.models;
    {
        std::lock_guard lock(mutex_);
        for (const auto& signature : signatures) add_listed(place_of(signature), names);
    }
    std::vector<ModelInfo> out;
    for (const auto& name : names) {
        ModelInfo info;
        info.id = options_.name + "/" + name;
        info.name = name;
        info.provider = options_.name;
        info.state = ModelState::available;
        out.push_back(std::move(info));
    }
    return out;
}

bool Upstream::knows(const std::string& model) const {
    const auto is = [&](const std::string& name) { return name == model; };
    if (std::any_of(options_.models.begin(), options_.models.end(), is)) return true;
    for (const auto& prefix : options_.prefixes)
        if (model.starts_with(prefix)) return true;
    std::lock_guard lock(mutex_);
    const auto own = listed_.find("");
    return own != listed_.end() && std::any_of(own->second.names.begin(), own->second.names.end(), is);
}

namespace {
std::size_t tokens_of_picture(PictureRule rule, const Part& part) {
    constexpr std::size_t head_max = 256 * 1024;  // base64; a camera's notes stand before the size
    const auto bytes = from_base64(std::string_view(part.data).substr(0, head_max));
    const auto size = bytes ? media::size_of_picture(*bytes) : std::nullopt;
    return size ? picture_tokens(rule, size->width, size->height) : picture_tokens(rule, 0, 0);
}
}  // namespace

// Four bytes a token is near enough for a budget; exact counts are the upstream's own.
Result<std::size_t> Upstream::count_tokens(const std::string&, const std::vector<ChatMessage>& messages) {
    const auto rule = codec_.wire() == Wire::anthropic ? PictureRule::anthropic : PictureRule::openai;
    std::size_t tokens = 3;
    for (const auto& message : messages) {
        std::size_t bytes = message.content.size();
        for (const auto& part : message.parts) {
            if (part.kind == PartKind::image)
                tokens += tokens_of_picture(rule, part);
            else if (part.kind != PartKind::text)
                bytes += part.text.size();
        }
        tokens += 4 + bytes / 4;
    }
    return tokens;
}

ProviderStatus Upstream::status() {
    ProviderStatus status;
    status.name = options_.name;
    status.state = ModelState::ready;
    const auto slots = slots_.stats();
    status.live = static_cast<std::uint32_t>(slots.running);
    status.waiting = static_cast<std::uint32_t>(slots.waiting);
    std::lock_guard lock(mutex_);
    status.reason = problem_;
    return status;
}

Task<Result<Embedding>> Upstream::embed(EmbedRequest request) {
    return embed(std::move(request), Signature());
}

Task<Result<Embedding>> Upstream::embed(EmbedRequest request, Signature signature) {
    const Target where = target(request.model, signature);
    LARES_CO_TRY(auto body, embeddings_body(request, where, codec_.wire()));
    LARES_CO_TRY(auto place, co_await stand_in(line_of(signature), What::whole));
    LARES_CO_TRY(auto answer, co_await ask(embeddings_url(where, codec_.wire()), std::move(body), What::whole,
                                           &where, &signature, place.waited));
    auto read = co_await net::read_all(std::move(answer.body));
    if (!read) co_return fail(told(std::move(read).error(), options_.name));
    if (passes_embeddings(request, codec_.wire())) {
        Embedding out;
        const auto tokens = tokens_of_embeddings(*read);
        out.tokens = tokens.value_or(0);
        out.tokens_known = tokens.has_value();
        out.raw = std::move(*read);
        co_return out;
    }
    if (read->size() > embeddings_read_max)
        co_return fail(Code::unprocessable, "not-supported",
                       "The answer is too large to be turned into another form; ask for fewer texts at once.",
                       "input");
    if (!options_.reading || read->size() <= read_here_max)
        co_return read_embeddings(*read, request.inputs.size(), codec_.wire());
    co_return co_await options_.reading->run(
        [text = std::move(*read), inputs = request.inputs.size(), wire = codec_.wire()] {
            return read_embeddings(text, inputs, wire);
        });
}

Task<Result<Upstream::Passage>> Upstream::pass(std::string path, std::string model, std::string content_type,
                                               std::string body, Signature signature) {
    Target where = target(model, signature);
    where.content_type = std::move(content_type);
    if (where.quirks->azure && model.empty())
        co_return fail(Code::unprocessable, "not-supported",
                       options_.name + " has no default model: name one.", "model");
    LARES_CO_TRY(auto place, co_await stand_in(line_of(signature), What::whole));
    LARES_CO_TRY(auto answer,
                 co_await ask(where.quirks->azure ? azure_url(where, path) : where.base_url + path,
                              std::move(body), What::whole, &where, &signature, place.waited));
    co_return Passage{std::move(answer), std::move(place.lease), std::move(where)};
}

Task<void> Upstream::refresh() {
    if (!options_.has_own) return nothing();
    return refresh(Signature());
}

Task<void> Upstream::refresh(Signature signature) {
    const std::string place = place_of(signature);
    const std::int64_t now = clock_.unix_ms();
    {
        std::lock_guard lock(mutex_);
        if (listed_.size() >= lists_max && !listed_.contains(place))
            listed_.erase(std::next(listed_.begin()));
        auto& listed = listed_[place];
        if (now - listed.asked_ms < refresh_every_ms) co_return;
        listed.asked_ms = now;
    }
    auto names =
        co_await async::within(clock_, clock_.steady() + list_timeout, listing(std::move(signature)));
    if (!names || !*names) co_return;
    std::lock_guard lock(mutex_);
    listed_[place].names = std::move(**names);
}

// nullopt: it does not say. What Azure lists can be deployed; what is, and by which name, it tells nobody.
Task<std::optional<std::vector<std::string>>> Upstream::listing(Signature signature) {
    const Target where = target({}, signature);
    if (where.quirks->azure) co_return std::nullopt;
    auto answer = co_await send(codec_.list_url(where), {}, What::list, where, signature.client);
    if (!answer || answer->status != 200) co_return std::nullopt;
    auto body = co_await net::read_all(std::move(answer->body));
    if (!body) co_return std::nullopt;
    co_return model_names(*body, listed_max);
}

Task<Result<std::string>> Upstream::check(Signature signature) {
    const Target where = target({}, signature);
    auto answer = co_await send(codec_.list_url(where), {}, What::list, where, signature.client);
    if (!answer) co_return fail(told(std::move(answer).error(), options_.name));
    if (answer->status == 401) co_return key_refused(options_.name, answer->status);
    if (answer->status == 403) co_return key_doubt(options_.name, "list its models");
    if (answer->status >= 500 || answer->status == 429)
        co_return fail(upstream_error(where, answer->status, answer->header("retry-after"), {}));
    co_return std::string();
}

}  // namespace lares::gateway
