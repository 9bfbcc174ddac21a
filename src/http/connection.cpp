// Over 500 lines because the life of a connection is one story; what could be told apart (parsing, steps,
// frames, socket, outbox) is.
#include "http/connection.h"

#include <algorithm>
#include <charconv>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "base/text.h"
#include "http/frames.h"
#include "http/socket_session.h"
#include "observe/log.h"

namespace lares::http {

namespace asio = boost::asio;

namespace {

constexpr std::size_t read_size = 4 * 1024;            // asked for at once
constexpr std::size_t stream_high_water = 256 * 1024;  // a stream's handler waits above it
constexpr std::int64_t linger_ms = 2'000;
constexpr std::size_t linger_bytes = 1024 * 1024;
constexpr std::int64_t least_bytes_per_ms = 1;  // slower bodies and readers are ended

std::string text_of(const asio::ip::address& address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
    return address.to_string();
}

}  // namespace

namespace {

std::string stream_chunk(std::string_view text, bool chunked) {
    if (!chunked) return std::string(text);
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, text.size(), 16).ptr;
    std::string out(digits, static_cast<std::size_t>(end - digits));
    out += "\r\n";
    out += text;
    out += "\r\n";
    return out;
}

}  // namespace

// An event stream being written; lives in stream()'s frame.
class StreamWriter final : public EventStream {
public:
    StreamWriter(Connection& connection, Exchange& x) : connection_(connection), x_(x) {}

    Task<Result<void>> send(std::string name, std::string json, std::string id) override {
        std::string event;
        event.reserve(name.size() + json.size() + id.size() + 32);
        if (!id.empty()) event += "id: " + id + '\n';
        event += "event: " + name + '\n';
        for (std::size_t at = 0;;) {
            const auto end = json.find('\n', at);
            event += "data: ";
            event.append(json, at, end - at);
            event += '\n';
            if (end == std::string::npos) break;
            at = end + 1;
        }
        event += '\n';
        if (!write(event)) co_return lost();
        while (outbox().queued() > stream_high_water) {
            co_await outbox().progress();
            if (outbox().broken()) co_return lost();
        }
        co_return Result<void>{};
    }
    bool gone() const override { return connection_.ended_ != Connection::Ended::no || outbox().broken(); }
    bool opened() const { return opened_; }

    bool write(std::string_view text) {
        if (gone()) return false;
        std::string bytes;
        if (!opened_) {
            opened_ = connection_.stream_opened_ = true;
            Answer head{.status = 200, .content_type = "text/event-stream", .cache_control = "no-store"};
            head.headers = std::move(x_.call->headers());
            head.headers.emplace_back("x-accel-buffering", "no");
            if (x_.parsed.http_1_1) head.headers.emplace_back("transfer-encoding", "chunked");
            connection_.write_head(bytes, x_, head, UINT64_MAX, keeps_alive());
            connection_.phase_ = Connection::Phase::streaming;
        }
        bytes += stream_chunk(text, x_.parsed.http_1_1);
        if (outbox().push(bytes)) {
            last_written_ = connection_.loop_.now_ms();
            return true;
        }
        log::info("event stream closed: its client does not read", {{"request_id", x_.request_id}});
        connection_.ask_to_end(Connection::Ended::gone);
        return false;
    }
    void heartbeat(std::int64_t now) {
        if (opened_ && outbox().empty() &&
            now - last_written_ >= connection_.shared_.options.heartbeat.count())
            write(": \n\n");
    }
    void finish() {
        if (opened_ && x_.parsed.http_1_1) outbox().push_last("0\r\n\r\n");
    }
    bool keeps_alive() const {
        return x_.parsed.http_1_1 && x_.parsed.keep_alive && !connection_.wire_.secure();
    }

private:
    Outbox& outbox() const { return *connection_.outbox_; }
    static tl::unexpected<Error> lost() {
        return fail(Code::cancelled, "client-gone", "The client went away.");
    }

    Connection& connection_;
    Exchange& x_;
    bool opened_ = false;
    std::int64_t last_written_ = 0;
};

Connection::Connection(Loop& loop, Wire::Tcp::socket socket, bool counted)
    : loop_(loop), shared_(loop.shared()), wire_(std::move(socket)), counted_(counted) {
    boost::system::error_code ec;
    const auto peer = wire_.socket().remote_endpoint(ec);
    peer_ = ec ? std::string() : text_of(peer.address());
    loopback_ = !ec && asio::ip::make_address(peer_, ec).is_loopback();
    const auto local = wire_.socket().local_endpoint(ec);
    local_ = ec ? std::string() : text_of(local.address());
}

Connection::~Connection() {
    release_body();
    if (counted_) shared_.leave(peer_);
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
    while (co_await read_head()) {
        if (!co_await exchange()) break;
        if (session_) {
            std::string early(pending());
            in_ = {};
            out_ = {};
            parser_.reset();
            spare_fields_ = {};
            spare_host_ = spare_path_ = spare_id_ = accepted_host_ = {};
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
    sent_before_ = wire_.sent();
    sent_in_phase_ = 0;
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

// False: closed, timed out, or answered with an error.
Task<bool> Connection::read_head() {
    scanned_ = 0;
    bool begun = false;
    for (;;) {
        while (in_size_ - in_used_ >= 2 && in_[in_used_] == '\r' && in_[in_used_ + 1] == '\n') in_used_ += 2;
        head_size_ = find_head_end(pending(), scanned_);
        if (head_size_ > shared_.options.header_bytes ||
            (head_size_ == 0 && pending().size() >= shared_.options.header_bytes)) {
            Exchange x(shared_, *this, loop_.executor());
            x.started = std::chrono::steady_clock::now();
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
            co_return false;
        }
        if (head_size_ > 0) co_return true;
        if (pending().empty()) {
            if (shared_.stopping) co_return false;
            enter(Phase::idle, shared_.options.idle_timeout.count());
        } else if (!begun) {
            begun = true;
            enter(Phase::head, shared_.options.header_timeout.count());
        }
        make_room(read_size);
        std::size_t got = 0;
        if (wire_.secure()) {
            got = co_await wire_.read(in_.data() + in_size_, in_.size() - in_size_);
        } else {
            boost::system::error_code ec;
            got = co_await wire_.socket().async_read_some(
                asio::buffer(in_.data() + in_size_, in_.size() - in_size_),
                asio::redirect_error(asio::use_awaitable, ec));
            if (ec) got = 0;
        }
        if (got == 0) co_return false;
        in_size_ += got;
    }
}

Task<Result<Answer>> Connection::respond(Exchange& x) {
    LARES_CO_CHECK(co_await pass_request(x));
    if (x.early) co_return std::move(*x.early);
    switch (x.route->route.gives) {
        case Gives::socket:
            co_return Answer{.status = 101};
        case Gives::events: {
            LARES_CO_CHECK(co_await stream(x));
            co_return Answer{.status = 0};  // already sent
        }
        default:
            co_return co_await x.invocation->run(*x.call);
    }
}

// One request. True: the connection goes on with the next, or is now a socket.
Task<bool> Connection::exchange() {
    Exchange x(shared_, *this, loop_.executor());
    x.started = std::chrono::steady_clock::now();
    x.head_bytes = pending().substr(0, head_size_);
    x.parser = parser_.get();
    current_ = &x;
    x.parsed.fields = std::move(spare_fields_);
    x.host = std::move(spare_host_);
    x.target.path = std::move(spare_path_);
    x.request_id = std::move(spare_id_);
    x.request_id.clear();
    x.accepted_host = &accepted_host_;
    x.peer = peer_;
    x.local = local_;
    x.peer_loopback = loopback_;
    x.secure = wire_.secure();
    in_used_ += head_size_;
    body_unread_ = false;
    body_got_ = 0;
    ended_ = Ended::no;
    ++exchanges_;
    stream_opened_ = false;
    enter(Phase::handling, 0);

    Result<Answer> outcome = fail(Code::internal, "internal", "Something went wrong on our side.");
    bool aborted = false;
    try {
        outcome = co_await respond(x);
    } catch (const boost::system::system_error& error) {
        aborted = error.code() == asio::error::operation_aborted;
        if (!aborted || ended_ == Ended::no)
            log::error("a handler threw", {{"what", error.what()}, {"request_id", x.request_id}});
    } catch (const std::exception& error) {
        log::error("a handler threw", {{"what", error.what()}, {"request_id", x.request_id}});
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
            else
                outcome = fail(Code::cancelled, "client-gone", "The client went away.");
        }
        if (ended == Ended::gone) wire_.close();
    }
    if (stream_opened_ && !outcome) {  // the head is out: the error can only be an event
        outbox_->push_last(
            stream_chunk("event: error\ndata: " + problem_json(outcome.error()) + "\n\n", x.parsed.http_1_1));
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
    if (has_body && body_got_ == 0) {
        if (!x.parsed.chunked && x.parsed.content_length <= pending().size() && body_reserved_ == 0)
            in_used_ += static_cast<std::size_t>(x.parsed.content_length);
        else
            body_unread_ = true;
    }
    if (body_unread_ || (!outcome && outcome.error().type == "invalid-request")) keep_alive = false;

    bool sent = true;
    unsigned status = 200;
    if (outcome && outcome->status == 0) {  // an event stream
        while (!outbox_->empty() && !outbox_->broken()) co_await outbox_->progress();
        sent = !outbox_->broken() && x.parsed.http_1_1 && !wire_.secure() && !close_after_;
    } else {
        Answer answer = outcome ? std::move(*outcome) : problem(outcome.error());
        if (x.call) {
            for (auto& header : x.call->headers()) answer.headers.push_back(std::move(header));
        }
        if (outcome) apply_conditions(x.head, answer);
        if (answer.status == 426) answer.headers.emplace_back("sec-websocket-version", "13");
        status = answer.status;
        sent = wire_.is_open() && co_await write_answer(x, answer, keep_alive);
    }
    count(x, status);
    outbox_.reset();
    release_body();
    spare_fields_ = std::move(x.parsed.fields);
    spare_host_ = std::move(x.host);
    spare_path_ = std::move(x.target.path);
    spare_id_ = std::move(x.request_id);
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

Task<Result<void>> Connection::stream(Exchange& x) {
    outbox_ =
        std::make_shared<Outbox>(wire_, loop_.executor(), shared_.options.out_buffer_bytes, weak_from_this());
    StreamWriter writer(*this, x);
    struct Registered {
        Connection& connection;
        ~Registered() { connection.stream_ = nullptr; }
    } registered{*this};
    stream_ = &writer;
    principal_ = &x.call->principal();
    auto outcome = co_await x.invocation->stream(*x.call, writer);
    if (!outcome && !writer.opened()) co_return outcome;
    if (!outcome && !writer.gone())
        writer.write("event: error\ndata: " + problem_json(outcome.error()) + "\n\n");
    if (!writer.opened()) writer.write(": \n\n");  // a stream without events is still a stream
    writer.finish();
    co_return Result<void>{};
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
    outbox_ =
        std::make_shared<Outbox>(wire_, loop_.executor(), shared_.options.out_buffer_bytes, weak_from_this());
    session_ = std::make_unique<SocketSession>(*this, *x.route, x);
    count(x, 101);
    release_body();
    co_return true;
}

// So that the client reads our last answer before a reset for what it sent in vain.
Task<void> Connection::linger() {
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

// --- the sweep ---------------------------------------------------------------------------------------------

void Connection::ask_to_end(Ended why) {
    if (ended_ != Ended::no) return;
    ended_ = why;
    // Posted: not from inside a step of the coroutine itself. By then it may have gone on to something else.
    asio::post(loop_.io(), [self = shared_from_this(), exchange = exchanges_] {
        const bool running = self->phase_ == Phase::handling || self->phase_ == Phase::streaming ||
                             self->phase_ == Phase::socket;
        if (running && exchange == self->exchanges_) self->cancel_.emit(asio::cancellation_type::terminal);
    });
}

void Connection::tick(std::int64_t now) {
    const auto& options = shared_.options;
    switch (phase_) {
        case Phase::idle:
        case Phase::head:
        case Phase::lingering:
            if (expires_at_ > 0 && now > expires_at_) wire_.close();
            break;
        case Phase::body: {
            const auto earned = static_cast<std::int64_t>(body_got_) / least_bytes_per_ms;
            if (now > expires_at_ || now - since_ > options.body_timeout.count() + earned) wire_.close();
            break;
        }
        case Phase::writing: {
            const std::uint64_t sent = wire_.sent();
            if (sent != sent_before_) {
                expires_at_ = now + options.write_timeout.count();
                sent_in_phase_ += sent - sent_before_;
                sent_before_ = sent;
            }
            const auto earned = static_cast<std::int64_t>(sent_in_phase_) / least_bytes_per_ms;
            if (now > expires_at_ || now - since_ > options.write_timeout.count() + earned) wire_.close();
            break;
        }
        case Phase::handling:
            if (expires_at_ > 0 && now > expires_at_)
                ask_to_end(Ended::deadline);
            else if (now - since_ >= sweep_interval.count() && wire_.peer_closed())
                ask_to_end(Ended::gone);
            break;
        case Phase::streaming: {
            if (wire_.peer_closed() || outbox_->broken()) return ask_to_end(Ended::gone);
            const std::uint64_t sent = wire_.sent();
            if (sent != sent_before_ || outbox_->empty()) {
                sent_before_ = sent;
                expires_at_ = now + options.write_timeout.count();
            } else if (expires_at_ > 0 && now > expires_at_) {
                log::info("event stream closed: its client does not read", {{"remote", peer_}});
                wire_.close();
                return ask_to_end(Ended::gone);
            }
            if (stream_) stream_->heartbeat(now);
            if (principal_ && *principal_ && !shared_.guard->still_valid(*principal_))
                ask_to_end(Ended::revoked);
            break;
        }
        case Phase::socket:
            if (session_) session_->tick(now);
            break;
    }
}

void Connection::drain() {
    if (phase_ == Phase::idle)
        wire_.close();
    else if (phase_ == Phase::socket && session_ && session_->quiet_since(loop_.now_ms() - 1000))
        session_->close(1012, "server-restarts");
}

void Connection::cut() {
    if (phase_ == Phase::socket && session_)
        session_->close(1012, "server-restarts");
    else if (phase_ == Phase::handling || phase_ == Phase::streaming)
        ask_to_end(Ended::stopped);
    else
        wire_.close();
}

void Connection::drop() {
    wire_.close();
    ended_ = Ended::no;
    ask_to_end(Ended::gone);
}

}  // namespace lares::http
