#include "http/connection.h"

#include <algorithm>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/system/system_error.hpp>

#include "base/text.h"
#include "http/frames.h"
#include "http/socket_session.h"
#include "http/stream_writer.h"
#include "observe/log.h"

namespace lares::http {

namespace asio = boost::asio;

namespace {

constexpr std::size_t read_size = 4 * 1024;  // asked for at once
constexpr std::int64_t linger_ms = 2'000;
constexpr std::size_t linger_bytes = 1024 * 1024;

constexpr std::size_t buffer_kept_max = 16 * 1024;  // of an answer's text, for the next one

tl::unexpected<Error> broken() {
    return fail(Code::internal, "internal", "Something went wrong on our side.");
}

// Awaited without a coroutine of its own, as each request begins with it.
auto read_some(Wire::Tcp::socket& socket, asio::mutable_buffer into, boost::system::error_code& ec) {
    return asio::async_initiate<const asio::deferred_t, void(std::size_t)>(
        [](auto done, Wire::Tcp::socket* from, asio::mutable_buffer bytes, boost::system::error_code* error) {
            from->async_read_some(bytes, asio::redirect_error(std::move(done), *error));
        },
        asio::deferred, &socket, into, &ec);
}

}  // namespace

Connection::Connection(Loop& loop, Wire::Tcp::socket socket, const asio::ip::address& peer)
    : loop_(loop),
      shared_(loop.shared()),
      wire_(std::move(socket)),
      loopback_(peer.is_loopback()),
      held_(shared_.budget),
      peer_(peer.to_string()) {
    boost::system::error_code ec;
    const auto local = wire_.socket().local_endpoint(ec);
    local_ = ec ? std::string() : plain(local.address()).to_string();
}

Connection::~Connection() {
    if (!loopback_) shared_.leave(peer_);
    shared_.connections.fetch_sub(1);
    shared_.connection_gauge.add(-1);
    loop_.load.fetch_sub(1);
}

void Connection::start() {
    loop_.add(*this);
    boost::system::error_code ignored;
    wire_.socket().set_option(Wire::Tcp::no_delay(true), ignored);
    asio::co_spawn(
        loop_.io(), run(shared_from_this()),
        asio::bind_cancellation_slot(cancel_.slot(), [self = shared_from_this()](std::exception_ptr error) {
            self->wire_.close();
            self->unlink();
            if (!error) return;
            try {
                std::rethrow_exception(error);
            } catch (const boost::system::system_error& e) {
                if (e.code() != asio::error::operation_aborted)
                    log::error("connection ended by an exception", {{"what", e.what()}});
            } catch (const std::exception& e) {
                log::error("connection ended by an exception", {{"what", e.what()}});
            }
        }));
}

Task<void> Connection::run(std::shared_ptr<Connection> self) {
    co_await self->serve();
}

Task<void> Connection::serve() {
    if (shared_.tls) {
        enter(Phase::head, shared_.options.header_timeout.count());
        if (!co_await wire_.handshake(*shared_.tls)) co_return;
    }
    parser_ = std::make_unique<RequestParser>();
    BodySource& bodies = *this;
    exchange_ = std::make_unique<Exchange>(shared_, bodies, loop_.executor());
    exchange_->parser = parser_.get();
    exchange_->peer = peer_;
    exchange_->local = local_;
    exchange_->peer_loopback = loopback_;
    exchange_->secure = wire_.secure();
    bool begun = false;
    for (;;) {
        const Head head = find_head();
        if (head == Head::too_large) {
            co_await refuse_head();
            break;
        }
        if (head == Head::partial) {
            if (pending().empty()) {
                if (shared_.stopping) break;
                begun = false;  // what came was an empty line
                enter(Phase::idle, shared_.options.idle_timeout.count());
            } else if (!std::exchange(begun, true)) {
                enter(Phase::head, shared_.options.header_timeout.count());
            }
            make_room(read_size);
            std::size_t got = 0;
            if (wire_.secure()) {
                got = co_await wire_.read(in_.data() + in_size_, in_.size() - in_size_);
            } else {
                boost::system::error_code ec;
                const asio::mutable_buffer room(in_.data() + in_size_, in_.size() - in_size_);
                got = co_await read_some(wire_.socket(), room, ec);
                if (ec) got = 0;
            }
            if (got == 0) break;
            in_size_ += got;
            continue;
        }
        begun = false;
        if (!co_await exchange()) break;
        scanned_ = 0;
        if (session_) {
            std::string early(pending());
            in_ = {};
            out_ = {};
            exchange_.reset();
            parser_.reset();
            in_used_ = in_size_ = 0;
            co_await session_->serve(std::move(early));
            body_unread_ = session_->left_unread();
            break;
        }
    }
    co_await linger();
}

void Connection::enter(Phase phase, std::int64_t timeout_ms) {
    phase_ = phase;
    since_ = loop_.now_ms();
    expires_at_ = timeout_ms > 0 ? since_ + timeout_ms : 0;
    delivered_before_ = sent_before_phase_ = wire_.sent();
}

void Connection::expires_in(std::int64_t ms) {
    expires_at_ = ms > 0 ? loop_.now_ms() + ms : 0;
}

// Room for `bytes` more behind what is buffered; moves what is pending to the front.
void Connection::make_room(std::size_t bytes) {
    if (in_used_ > 0) {
        std::copy(in_.begin() + static_cast<std::ptrdiff_t>(in_used_),
                  in_.begin() + static_cast<std::ptrdiff_t>(in_size_), in_.begin());
        in_size_ -= in_used_;
        in_used_ = 0;
    }
    if (in_.size() < in_size_ + bytes) in_.resize(in_size_ + bytes);
}

// Whether the head of a request is here; passes over empty lines before it.
Connection::Head Connection::find_head() {
    while (in_size_ - in_used_ >= 2 && in_[in_used_] == '\r' && in_[in_used_ + 1] == '\n') in_used_ += 2;
    head_size_ = find_head_end(pending(), scanned_);
    const std::size_t most = shared_.options.header_bytes;
    if (head_size_ > most || (head_size_ == 0 && pending().size() >= most)) return Head::too_large;
    return head_size_ > 0 ? Head::whole : Head::partial;
}

Task<void> Connection::refuse_head() {
    Exchange& x = *exchange_;
    x.begin({});
    x.parsed = {};
    Answer answer = problem(Error{Code::too_large,
                                  "headers-too-large",
                                  "The request line and headers are larger than " +
                                      std::to_string(shared_.options.header_bytes) + " bytes.",
                                  {},
                                  {},
                                  {}});
    body_unread_ = true;
    (void)take_request_id(x);
    co_await write_answer(x, answer, false);
    count(x, answer.status);
}

// The answer of a request that nothing has to be waited for; `waits`: respond() goes on from where it came.
Connection::Now Connection::respond_now(Exchange& x, Result<Answer>& outcome) {
    auto passed = pass_now(x);
    if (!passed) return Now::waits;
    if (!*passed) {
        outcome = fail(std::move(*passed).error());
    } else if (x.early) {
        outcome = std::move(*x.early);
    } else if (x.route->route.gives == Gives::socket) {
        outcome = Answer{.status = 101};
    } else {
        if (x.route->route.gives == Gives::events) return Now::streams;
        return x.invocation->run_now(*x.call, outcome) ? Now::answered : Now::waits;
    }
    return Now::answered;
}

namespace {

const ErrorForm* error_form(const Exchange& x) {
    return x.route ? x.route->route.row.error_form : nullptr;
}

Answer refusal(const Exchange& x, const Error& error) {
    const auto* form = error_form(x);
    return form ? form->answer(error, x.head) : problem(error);
}

Error client_gone() {
    return {Code::cancelled, "client-gone", "The client went away.", {}, {}, {}};
}

std::string error_event(const Exchange& x, const Error& error) {
    const auto* form = error_form(x);
    return form ? form->in_stream(error, x.head) : "event: error\ndata: " + problem_json(error) + "\n\n";
}

}  // namespace

Task<Result<Answer>> Connection::respond(Exchange& x) {
    LARES_CO_CHECK(co_await pass_request(x));
    if (x.early) co_return std::move(*x.early);
    switch (x.route->route.gives) {
        case Gives::socket:
            co_return Answer{.status = 101};
        case Gives::events:
            co_return co_await stream(x);
        default:
            co_return co_await x.invocation->run(*x.call);
    }
}

// One request. True: the connection goes on with the next, or is now a socket.
Task<bool> Connection::exchange() {
    Exchange& x = *exchange_;
    x.begin(pending().substr(0, head_size_));
    in_used_ += head_size_;
    body_unread_ = false;
    body_got_ = 0;
    ended_ = Ended::no;
    ++exchanges_;
    stream_opened_ = false;
    enter(Phase::handling, 0);

    Result<Answer> outcome;
    bool aborted = false;
    try {
        switch (respond_now(x, outcome)) {
            case Now::answered:
                break;
            case Now::streams:
                outcome = co_await stream(x);
                break;
            case Now::waits:
                outcome = co_await respond(x);
                break;
        }
    } catch (const boost::system::system_error& error) {
        aborted = error.code() == asio::error::operation_aborted;
        if (!aborted || ended_ == Ended::no)
            log::error("a handler threw", {{"what", error.what()}, {"request_id", x.request_id}});
        outcome = broken();
    } catch (const std::exception& error) {
        log::error("a handler threw", {{"what", error.what()}, {"request_id", x.request_id}});
        outcome = broken();
    }
    if (x.request_id.empty()) (void)take_request_id(x);
    principal_ = nullptr;
    const Ended ended = ended_;
    if (ended != Ended::no) {
        co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
        if (aborted || !outcome) {
            if (ended == Ended::deadline)
                outcome = fail(Code::timeout, "deadline", "This took longer than it may.");
            else if (ended == Ended::stopped)
                outcome = fail(Code::unavailable, "stopping",
                               "The server is being stopped; try again in a moment.");
            else if (ended == Ended::revoked)
                outcome = fail(Code::unauthorized, "session-ended", "This session has ended. Sign in again.");
            else
                outcome = fail(client_gone());
        }
        if (ended == Ended::gone) wire_.close();
    }
    const bool watched = x.route && x.route->route.row.watcher;
    if (!outcome && watched) x.error = outcome.error();
    if (stream_opened_ && !outcome) {  // the head is out: the error can only be an event
        outbox_->push_last(stream_chunk(error_event(x, outcome.error()), x.parsed.http_1_1));
        close_after_ = true;
        outcome = Answer{.status = 0};
    }
    if (!outcome && outcome.error().code == Code::internal)
        log::error("a request failed", {{"request_id", x.request_id},
                                        {"type", outcome.error().type},
                                        {"message", outcome.error().message},
                                        {"detail", outcome.error().detail}});

    if (outcome && outcome->status == 101) {
        if (co_await upgrade(x)) co_return true;
        outcome = fail(Code::bad_request, "upgrade-required",
                       "This address takes WebSocket connections (RFC 6455) only.");
    }

    // What is left of a body that nobody read: passed over when it is here already, else the connection ends.
    bool keep_alive = x.parsed.keep_alive && !shared_.stopping && ended == Ended::no && !close_after_;
    const bool has_body = x.parsed.chunked || x.parsed.content_length > 0;
    if (!x.head_read()) body_unread_ = true;  // where its request ends is not known
    if (has_body && body_got_ == 0) {
        if (!x.parsed.chunked && x.parsed.content_length <= pending().size())
            in_used_ += static_cast<std::size_t>(x.parsed.content_length);
        else
            body_unread_ = true;
    }
    if (body_unread_ || (!outcome && outcome.error().type == "invalid-request")) keep_alive = false;

    bool sent = true;
    unsigned status = 200;
    if (outcome && outcome->status == 0) {  // an event stream
        while (!outbox_->empty() && !outbox_->broken()) co_await outbox_->progress();
        if (watched && outbox_->broken() && !x.error) x.error = client_gone();
        sent = !outbox_->broken() && x.parsed.http_1_1 && !wire_.secure() && !close_after_;
    } else {
        Answer answer = outcome ? std::move(*outcome) : refusal(x, outcome.error());
        if (x.call) {
            x.buffer = x.call->take_buffer();
            auto& said = x.call->headers();
            if (answer.headers.empty()) answer.headers.swap(said);
            for (auto& header : said) answer.headers.push_back(std::move(header));
        }
        if (outcome) apply_conditions(x.head, answer);
        if (answer.status == 426) answer.headers.emplace_back("sec-websocket-version", "13");
        status = answer.status;
        sent = wire_.is_open();
        if (sent && !write_now(x, answer, keep_alive, sent)) sent = co_await write_rest(x, answer);
        if (answer.body.capacity() > x.buffer.capacity() && answer.body.capacity() <= buffer_kept_max) {
            x.buffer = std::move(answer.body);
            x.buffer.clear();
        }
    }
    count(x, status);
    outbox_.reset();
    held_.release();
    if (!sent || !keep_alive) co_return false;
    if (!behind_chunks_.empty()) {
        in_ = std::move(behind_chunks_);
        behind_chunks_.clear();
        in_used_ = 0;
        in_size_ = in_.size();
    }
    if (pending().empty()) in_used_ = in_size_ = 0;
    co_return true;
}

// --- streams and sockets -----------------------------------------------------------------------------------

void Connection::open_outbox() {
    outbox_ =
        std::make_shared<Outbox>(wire_, loop_.executor(), shared_.options.out_buffer_bytes, weak_from_this());
}

Task<Result<Answer>> Connection::stream(Exchange& x) {
    StreamWriter writer(*this, x);
    struct Registered {
        Connection& connection;
        ~Registered() { connection.stream_ = nullptr; }
    } registered{*this};
    stream_ = &writer;
    principal_ = &x.call->principal();
    loop_.watch_soon(weak_from_this(), exchanges_);
    auto outcome = co_await x.invocation->stream(*x.call, writer);
    if (!outcome && (!writer.opened() || ended_ != Ended::no)) co_return fail(std::move(outcome).error());
    if (!writer.opened() && writer.whole()) co_return std::move(*writer.whole());
    if (!outcome && !writer.gone())
        writer.push(error_event(x, outcome.error()));
    else if (!outcome && x.route->route.row.watcher)  // nobody is there to be told, but who watches
        x.error = outcome.error();
    if (!writer.opened()) writer.push(": \n\n");  // a stream without events is still a stream
    writer.finish();
    co_return Answer{.status = 0};  // already sent
}

// The sweep would notice a client that went away too, but up to a quarter of a second later: what a stream's
// handler pays for is stopped at once. What wakes it may also be the next request: then the sweep goes on.
void Connection::watch_peer() {
    if (std::exchange(watching_, true)) return;
    wire_.socket().async_wait(Wire::Tcp::socket::wait_read, [self = shared_from_this()](const auto& error) {
        self->watching_ = false;
        const bool running = self->phase_ == Phase::handling || self->phase_ == Phase::streaming;
        if (!error && running && self->wire_.is_open() && self->wire_.peer_closed())
            self->ask_to_end(Ended::gone);
    });
}

void Connection::watch_if_still(std::uint64_t exchange) {
    const bool running = phase_ == Phase::handling || phase_ == Phase::streaming;
    if (running && exchange == exchanges_) watch_peer();
}

Task<bool> Connection::upgrade(Exchange& x) {
    const std::string accept = accept_key(x.head.header("sec-websocket-key"));
    if (!x.parsed.upgrade || !x.parsed.http_1_1 || x.head.method != Method::get ||
        !equal_ignoring_case(x.head.header("upgrade"), "websocket") ||
        x.head.header("sec-websocket-version") != "13" || accept.empty())
        co_return false;
    out_ =
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: "
        "upgrade\r\nsec-websocket-accept: " +
        accept + "\r\n";
    out_ += "x-request-id: " + x.request_id + "\r\n\r\n";
    enter(Phase::writing, shared_.options.write_timeout.count());
    if (!co_await send(out_)) co_return true;  // the next read finds it closed
    open_outbox();
    session_ = std::make_unique<SocketSession>(*this, *x.route, x);
    count(x, 101);
    held_.release();
    co_return true;
}

// So that the client reads our last answer before a reset for what it sent in vain.
Task<void> Connection::linger() {
    if (wire_.secure() && wire_.is_open() && !body_unread_ && ended_ != Ended::gone) {
        enter(Phase::lingering, linger_ms);
        co_return co_await wire_.farewell();
    }
    if ((!body_unread_ && pending().empty()) || !wire_.is_open()) co_return;
    enter(Phase::lingering, linger_ms);
    wire_.shutdown_send();
    char scratch[4096];
    for (std::size_t taken = 0; taken < linger_bytes;) {
        const std::size_t got = co_await wire_.read(scratch, sizeof scratch);
        if (got == 0) break;
        taken += got;
    }
}

}  // namespace lares::http
