#include "net/client.h"

#include <algorithm>

#include "base/text.h"
#include "net/connection.h"
#include "net/exchange.h"
#include "net/pool.h"

namespace lares::net {

namespace {

constexpr unsigned redirects_limit = 10;
constexpr std::size_t addresses_tried = 4;
constexpr std::size_t headers_max = 64;
constexpr std::string_view method_names[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
// Ours to set: a caller's value could end the message elsewhere than we think.
constexpr std::string_view own_headers[] = {"host",   "content-length", "transfer-encoding", "connection",
                                            "expect", "upgrade",        "accept-encoding",   "te",
                                            "trailer"};
constexpr std::string_view origin_bound[] = {"authorization", "cookie", "proxy-authorization", "x-api-key"};

tl::unexpected<Error> unreachable(const Url& url, std::string detail) {
    return fail(Error{
        Code::upstream,
        "upstream-unreachable",
        url.host +
            " could not be reached, or is not an address that this server may call. An operator can allow "
            "it in the server's settings.",
        {},
        std::move(detail),
        {}});
}

bool is_token(std::string_view name) {
    constexpr std::string_view symbols = "!#$%&'*+-.^_`|~";
    return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               symbols.find(c) != std::string_view::npos;
    });
}

bool is_field_value(std::string_view value) {
    return std::none_of(value.begin(), value.end(), [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
    });
}

template <std::size_t N>
bool is_one_of(std::string_view name, const std::string_view (&names)[N]) {
    return std::any_of(std::begin(names), std::end(names),
                       [&](std::string_view other) { return equal_ignoring_case(name, other); });
}

Result<void> check_header(std::string_view name, std::string_view value) {
    if (is_token(name) && is_field_value(value) && !is_one_of(name, own_headers)) return {};
    return fail(Code::bad_request, "invalid-request",
                "The header '" + std::string(name.substr(0, 64)) + "' cannot be sent.", "headers");
}

Result<void> check_request(const Request& request) {
    if (request.headers.size() + request.credentials.size() > headers_max) {
        return fail(Code::bad_request, "invalid-request", "There are more than 64 headers.", "headers");
    }
    for (const auto& header : request.headers) LARES_CHECK(check_header(header.name, header.value));
    for (const auto& credential : request.credentials) {
        LARES_CHECK(check_header(credential.name, credential.value.reveal()));
    }
    return {};
}

bool is_idempotent(Method method) {
    return method != Method::post && method != Method::patch;
}

// A URL and what is made of it for every request.
struct Place {
    explicit Place(Url parsed)
        : url(std::move(parsed)), origin(url.origin()), host_header(url.host_header()) {}
    Url url;
    std::string origin, host_header;
};
using PlacePtr = std::shared_ptr<const Place>;

// The last few that this thread went to: a provider is asked under one URL again and again.
Result<PlacePtr> place_of(const std::string& text) {
    constexpr std::size_t known_max = 8;
    thread_local std::vector<std::pair<std::string, PlacePtr>> known;
    thread_local std::size_t next = 0;
    for (const auto& [name, place] : known)
        if (name == text) return place;
    LARES_TRY(auto url, Url::parse(text));
    auto place = std::make_shared<const Place>(std::move(url));
    if (known.size() < known_max)
        known.emplace_back(text, place);
    else
        known[next++ % known_max] = {text, place};
    return place;
}

bool has_body(Method method) {
    return method != Method::get && method != Method::head;
}

// Up to the length of the body.
std::string lines_of(const Request& request, const Place& place, const std::string& user_agent) {
    std::string out;
    out.reserve(512);
    out.append(method_names[static_cast<std::size_t>(request.method)]);
    const auto add = [&out](std::string_view name, std::string_view value) {
        out.append("\r\n").append(name).append(": ").append(value);
    };
    out.append(" ").append(place.url.target).append(" HTTP/1.1");
    add("host", place.host_header);
    add("user-agent", user_agent);
    add("accept-encoding", "identity");
    for (const auto& header : request.headers) add(header.name, header.value);
    for (const auto& credential : request.credentials) add(credential.name, credential.value.reveal());
    return out;
}

std::string message_of(Method method, std::string_view lines, std::string_view body) {
    std::string out;
    out.reserve(lines.size() + body.size() + 48);
    out.append(lines);
    if (has_body(method)) out.append("\r\ncontent-length: ").append(std::to_string(body.size()));
    out.append("\r\n\r\n");
    if (has_body(method)) out.append(body);
    return out;
}

std::string_view find_header(const std::vector<Header>& headers, std::string_view name) {
    for (const auto& header : headers) {
        if (header.name == name) return header.value;
    }
    return {};
}

bool is_redirect(const Response& answer) {
    switch (answer.status) {
        case 301:
        case 302:
        case 303:
        case 307:
        case 308:
            return !answer.header("location").empty();
        default:
            return false;
    }
}

// What the next request is; the body and what belongs to another origin stay behind where they must.
Result<Url> follow(const Url& from, const Response& answer, Request& request) {
    const auto to = from.resolve(answer.header("location"));
    if (!to)
        return fail(Code::upstream, "upstream-failed",
                    "The other server redirects to a URL that cannot be used.");
    if (from.tls && !to->tls) {
        return fail(Code::upstream, "upstream-failed", "The other server redirects from https to http.");
    }
    const bool becomes_get = (answer.status == 303 && request.method != Method::head) ||
                             (answer.status <= 302 && request.method == Method::post);
    if (becomes_get) {
        request.method = Method::get;
        request.body.clear();
        std::erase_if(request.headers,
                      [](const Header& h) { return equal_ignoring_case(h.name, "content-type"); });
    }
    if (to->origin() != from.origin()) {
        request.credentials.clear();
        std::erase_if(request.headers, [](const Header& h) { return is_one_of(h.name, origin_bound); });
    }
    return *to;
}

// What one request needs on its way.
struct Hop {
    PlacePtr place;
    std::string message;
    bool head_only = false, repeatable = false;
    ExchangeLimits limits;
    async::Milliseconds connect_timeout{0};
};

class PreparedRequest final : public Prepared {
public:
    PreparedRequest(Request asked, PlacePtr where, std::string written)
        : request(std::move(asked)), place(std::move(where)), lines(std::move(written)) {}
    const Request request;
    const PlacePtr place;
    const std::string lines;
};

ExchangeLimits limits_of(const Request& request) {
    const auto now = std::chrono::steady_clock::now();
    return {now + request.timeout,
            request.head_timeout ? now + *request.head_timeout : async::SteadyTime::max(),
            request.idle_timeout, request.body_max};
}

Hop hop_of(const Request& request, PlacePtr place, std::string message, const ExchangeLimits& limits) {
    return {std::move(place),
            std::move(message),
            request.method == Method::head,
            request.repeatable || is_idempotent(request.method),
            limits,
            request.connect_timeout};
}

class HttpClient final : public Client {
public:
    HttpClient(ClientOptions options, Resolver& resolver, std::shared_ptr<TlsTrust> trust)
        : options_(std::move(options)),
          resolver_(resolver),
          trust_(std::move(trust)),
          pool_(std::make_shared<ConnectionPool>(options_)) {}

    Task<Result<Response>> fetch(Request request) override {
        const auto limits = limits_of(request);
        LARES_CO_CHECK(check_request(request));
        LARES_CO_TRY(auto place, place_of(request.url));
        const unsigned redirects_max = std::min(request.redirects_max, redirects_limit);
        for (unsigned redirects = 0;; ++redirects) {
            LARES_CO_CHECK(options_.policy.check_port(place->url));
            auto message =
                message_of(request.method, lines_of(request, *place, options_.user_agent), request.body);
            LARES_CO_TRY(auto answer, co_await exchange(hop_of(request, place, std::move(message), limits)));
            answer.url = redirects == 0 ? request.url : place->url.text();
            if (redirects_max == 0 || !is_redirect(answer)) co_return std::move(answer);
            if (redirects == redirects_max) {
                co_return fail(Code::upstream, "too-many-redirects", "The other server redirects too often.");
            }
            LARES_CO_TRY(auto next, follow(place->url, answer, request));
            place = std::make_shared<const Place>(std::move(next));
        }
    }

    Result<std::shared_ptr<const Prepared>> prepare(Request request) override {
        LARES_CHECK(check_request(request));
        LARES_TRY(auto place, place_of(request.url));
        LARES_CHECK(options_.policy.check_port(place->url));
        auto lines = lines_of(request, *place, options_.user_agent);
        return std::make_shared<const PreparedRequest>(std::move(request), std::move(place),
                                                       std::move(lines));
    }

    Task<Result<Response>> send(const Prepared& prepared, std::string body) override {
        const auto& [request, place, lines] = static_cast<const PreparedRequest&>(prepared);
        return exchange(hop_of(request, place, message_of(request.method, lines, body), limits_of(request)));
    }

    Stats stats() const override { return pool_->stats(); }

private:
    Task<Result<Response>> exchange(Hop hop) {
        LARES_CO_TRY(auto entered, pool_->enter(hop.place->origin));
        std::optional lease(std::move(entered));
        std::unique_ptr<Exchange> exchange;
        Result<Head> head;
        // A kept connection may have been closed while the request was on its way: then, once more on a new
        // one.
        const auto executor = co_await boost::asio::this_coro::executor;
        if (auto kept = pool_->take(lease->origin(), executor, hop.repeatable)) {
            exchange = Exchange::start(pool_, std::move(*lease), std::move(kept), hop.limits);
            head = co_await exchange->run(hop.message, hop.head_only);
            if (!head && !exchange->answered() && hop.repeatable && head.error().code == Code::upstream) {
                lease.emplace(exchange->take_lease());
                exchange.reset();
            }
        }
        if (!exchange) {
            const auto connect_by = std::min({hop.limits.deadline, hop.limits.expect_by,
                                              std::chrono::steady_clock::now() + hop.connect_timeout});
            LARES_CO_TRY(auto connection, co_await open(hop.place->url, connect_by));
            exchange = Exchange::start(pool_, std::move(*lease), std::move(connection), hop.limits);
            head = co_await exchange->run(hop.message, hop.head_only);
        }
        if (!head) co_return fail(std::move(head).error());
        co_return Response{head->status, std::move(head->headers), {}, std::move(exchange)};
    }

    // The guard. What is connected is an address that was judged here, from the one answer of the resolver.
    Task<Result<std::unique_ptr<Connection>>> open(Url url, async::SteadyTime deadline) {
        std::vector<Address> addresses;
        if (url.literal) {
            addresses.push_back(*url.literal);
        } else {
            auto found = co_await resolver_.resolve(url.host, deadline);
            if (!found) {
                if (found.error().code == Code::unavailable) co_return fail(std::move(found).error());
                co_return unreachable(url, found.error().detail);
            }
            addresses = std::move(*found);
        }
        LARES_CO_CHECK(judge(url, addresses));
        std::string detail = "no address";
        const std::size_t count = std::min(addresses.size(), addresses_tried);
        for (std::size_t i = 0; i < count; ++i) {
            const auto now = std::chrono::steady_clock::now();
            const auto share = now + (deadline - now) / static_cast<int>(count - i);
            auto connection = co_await connect(url, addresses[i], trust_, share);
            if (connection) {
                pool_->count_connected();
                co_return std::move(*connection);
            }
            detail = connection.error().detail;
        }
        co_return unreachable(url, std::move(detail));
    }

    // One address that may not be called spoils the answer: a name that is here and there at once is no one's
    // friend.
    Result<void> judge(const Url& url, const std::vector<Address>& addresses) {
        for (const Address& address : addresses) {
            if (options_.policy.permits(url, address)) continue;
            pool_->count_refused();
            const std::string kind(to_text(classify(address)));
            if (!url.literal) return unreachable(url, "resolved to a " + kind + " address");
            return fail(Code::bad_request, "address-not-allowed",
                        "The URL cannot be used: " + url.host + " is a " + kind +
                            " address. An operator can allow it: OUTGOING_ALLOW.",
                        "url");
        }
        return {};
    }

    const ClientOptions options_;
    Resolver& resolver_;
    std::shared_ptr<TlsTrust> trust_;
    std::shared_ptr<ConnectionPool> pool_;
};

}  // namespace

std::string_view Response::header(std::string_view name) const {
    return find_header(headers, name);
}

Task<Result<std::string>> read_all(std::unique_ptr<Body> body) {
    std::string out;
    for (;;) {
        LARES_CO_TRY(auto piece, co_await body->next());
        if (!piece) co_return out;
        out += *piece;
    }
}

Task<Result<std::optional<SseEvent>>> SseReader::next() {
    while (taken_ == ready_.size()) {
        LARES_CO_TRY(auto piece, co_await body_->next());
        if (!piece) co_return std::optional<SseEvent>();
        LARES_CO_TRY(ready_, parser_.feed(*piece));
        taken_ = 0;
    }
    co_return std::optional(std::move(ready_[taken_++]));
}

Result<std::unique_ptr<Client>> Client::make(ClientOptions options, Resolver& resolver) {
    LARES_TRY(auto trust, TlsTrust::load(options.extra_authorities_pem));
    return std::make_unique<HttpClient>(std::move(options), resolver, std::move(trust));
}

}  // namespace lares::net
