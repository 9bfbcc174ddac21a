#include "http/socket_session.h"

#include <algorithm>

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/system/system_error.hpp>

#include "observe/log.h"

namespace lares::http {

namespace asio = boost::asio;

namespace {

constexpr std::size_t small_read = 512;        // what an idle socket holds
constexpr std::size_t large_read = 16 * 1024;  // once more than that came at once
constexpr std::int64_t hello_ms = 10'000;
constexpr std::int64_t close_ms = 2'000;  // for the client's closing frame
constexpr std::int64_t handler_ms = 30'000;
constexpr std::int64_t check_ms = 1'000;  // between questions whether the caller is still signed in
constexpr std::size_t id_bytes = 64;
constexpr std::size_t hello_bytes = 16 * 1024;   // a hello says where up to 80 things were left
constexpr std::size_t small_message = 4 * 1024;  // what is larger takes from the budget

}  // namespace

SocketSession::SocketSession(Connection& connection, const Compiled& route, Exchange& x)
    : connection_(connection),
      shared_(connection.shared_),
      route_(route),
      executor_(x.executor),
      path_(x.head.path),
      host_(x.head.host),
      remote_(x.head.remote),
      request_id_(x.head.request_id),
      head_(x.head),
      principal_(x.call->principal()),
      reader_(std::min(hello_bytes, connection.shared_.options.socket_message_bytes)),
      last_heard_(connection.loop_.now_ms()),
      last_sent_(last_heard_),
      tokens_(4.0 * static_cast<double>(connection.shared_.options.socket_frames_per_s)) {
    head_.path = path_;
    head_.host = host_;
    head_.remote = remote_;
    head_.request_id = request_id_;
    head_.query = {};
    head_.fields = {};
    tokens_at_ = last_heard_;
    shared_.socket_gauge.add(1);
}

SocketSession::~SocketSession() {
    shared_.socket_gauge.add(-1);
}

Task<void> SocketSession::serve(std::string early) {
    connection_.enter(Connection::Phase::socket, shared_.options.write_timeout.count());
    if (!principal_) hello_until_ = connection_.loop_.now_ms() + hello_ms;
    try {
        if (principal_) {
            if (auto admitted = co_await admit(); !admitted) {
                refuse(admitted.error(), {}, {});
                close(1008, "not-allowed");
            }
        }
        if (!early.empty()) co_await take(early);
        early = {};
        char small[small_read];
        std::unique_ptr<char[]> large;
        while (!(closing_ && peer_closed_ && outbox().empty()) && !outbox().broken()) {
            if (peer_closed_) {  // only our closing frame is still on its way
                co_await outbox().progress();
                continue;
            }
            char* const buffer = large ? large.get() : small;
            const std::size_t size = large ? large_read : small_read;
            const std::size_t got = co_await connection_.wire_.read(buffer, size);
            if (got == 0) break;
            last_heard_ = connection_.loop_.now_ms();
            pinged_ = false;
            co_await take({buffer, got});
            if (got < size)
                large.reset();
            else if (!large)
                large = std::make_unique<char[]>(large_read);
        }
    } catch (const std::exception& error) {
        const auto* system = dynamic_cast<const boost::system::system_error*>(&error);
        if (!system || system->code() != asio::error::operation_aborted) {
            log::error("a socket ended by an exception",
                       {{"what", error.what()}, {"request_id", request_id_}});
            close(1011, "internal");
        }
    }
    closing_ = true;
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    if (handler_ && opened_) co_await handler_->closed();
    handler_.reset();
}

// Makes the handler for a caller who may. The guard was asked already when a cookie or bearer came.
Task<Result<void>> SocketSession::admit() {
    const Row& row = route_.route.row;
    LARES_CO_CHECK(co_await shared_.guard->may(head_, principal_, row.access, {}));
    hello_until_ = 0;
    reader_.allow(shared_.options.socket_message_bytes);
    handler_ = route_.route.open_socket(*this);
    opened_ = true;
    co_return co_await handler_->opened();
}

Task<void> SocketSession::take(std::string_view bytes) {
    while (!closing_ || !peer_closed_) {
        const auto event = reader_.next(bytes);
        if (auto held = hold(); !held) {
            close(1013, held.error().type);
            peer_closed_ = left_unread_ = true;
            reader_.release();
            connection_.held_.release();
            co_return;
        }
        if (event == FrameReader::Event::none) {
            if (!reader_.waiting())
                message_since_ = 0;
            else if (message_since_ == 0)
                message_since_ = connection_.loop_.now_ms();
            co_return;
        }
        if (!count_frame()) {
            close(1008, "too-many-frames");
            peer_closed_ = left_unread_ = true;
            co_return;
        }
        switch (event) {
            case FrameReader::Event::none:
            case FrameReader::Event::frame:
            case FrameReader::Event::pong:
                break;
            case FrameReader::Event::ping:
                if (!closing_) push(Opcode::pong, reader_.control());
                break;
            case FrameReader::Event::close:
                peer_closed_ = true;
                close(reader_.close_code() == 1005 ? 1000 : reader_.close_code(), "");
                break;
            case FrameReader::Event::refused:
                close(reader_.refusal().code, reader_.refusal().rule);
                peer_closed_ = left_unread_ = true;  // what follows cannot be read
                co_return;
            case FrameReader::Event::binary:
                close(1003, "binary-not-accepted");
                break;
            case FrameReader::Event::text: {
                std::string text = std::move(reader_.message());
                reader_.release();
                message_since_ = 0;
                if (!closing_) co_await message(std::move(text));
                connection_.held_.release();
                break;
            }
        }
    }
}

// A large message takes from what all may send at once, as it comes.
Result<void> SocketSession::hold() {
    Budget::Part& held = connection_.held_;
    const std::size_t bytes = reader_.held();
    if (bytes <= small_message || bytes <= held.size()) return {};
    if (held.size() == 0)
        held.belongs_to(shared_.guard->holder(head_, principal_), shared_.options.socket_message_bytes);
    return held.take(bytes - held.size());
}

// Of a message that is not whole: as of a body.
bool SocketSession::is_slow(std::int64_t now) const {
    if (message_since_ == 0) return false;
    const std::int64_t silent = now - std::max(last_heard_, message_since_);
    return silent > shared_.options.body_timeout.count() ||
           connection_.is_too_slow(now - message_since_, reader_.message().size());
}

bool SocketSession::count_frame() {
    const auto rate = static_cast<double>(shared_.options.socket_frames_per_s);
    const std::int64_t now = connection_.loop_.now_ms();
    tokens_ = std::min(4 * rate, tokens_ + rate * static_cast<double>(now - tokens_at_) / 1000.0);
    tokens_at_ = now;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
}

Task<void> SocketSession::message(std::string text) {
    const bool large = text.size() > json_here_max;
    auto read = [text = std::move(text)] { return json::parse_value(text, {.bytes = text.size() + 1}); };
    auto value = large ? co_await shared_.readers->run(std::move(read)) : read();
    if (!value) {
        refuse(value.error(), {}, {});
        co_return;
    }
    if (!value->is_object() || !value->as_object().contains("event") || !value->at("event").is_string()) {
        refuse(Error{Code::bad_request, "invalid-field", "event: is required", "event", {}, {}}, {}, {});
        co_return;
    }
    boost::json::object& frame = value->as_object();
    const std::string event(frame["event"].as_string());
    std::string id;
    if (const auto* mark = frame.if_contains("id");
        mark && mark->is_string() && mark->as_string().size() <= id_bytes)
        id = std::string(mark->as_string());
    if (!principal_) {
        if (event != "hello") {
            refuse(Error{Code::unauthorized, "hello-expected", "Say hello with a ticket first.", {}, {}, {}},
                   event, id);
            close(1008, "hello-expected");
            co_return;
        }
        if (!co_await hello(frame)) co_return;
    } else if (!shared_.guard->still_valid(principal_)) {
        close(1008, "signed-out");
        co_return;
    }
    const auto& messages = route_.route.messages;
    const auto row =
        std::find_if(messages.begin(), messages.end(), [&](const Message& m) { return m.row.name == event; });
    if (row == messages.end()) {
        if (event != "hello")
            refuse(
                Error{Code::bad_request, "unknown-event", "There is no event of this name.", "event", {}, {}},
                event, id);
        co_return;
    }
    Exchange x(shared_, connection_, executor_);
    x.route = &route_;
    x.message = &row->row;
    x.head = head_;
    x.call.emplace(x.head, executor_);
    x.call->set_deadline(std::chrono::steady_clock::now() + std::chrono::milliseconds(handler_ms));
    x.invocation = row->make(*handler_);
    boost::json::value data =
        frame.contains("data") ? std::move(frame["data"]) : boost::json::value(boost::json::object{});
    if (data.is_null()) data = boost::json::object{};
    auto outcome = co_await handle(x, *x.invocation, std::move(data));
    if (!outcome) refuse(outcome.error(), event, id);
}

// One message through the guard to its handler, with the deadline of a message.
Task<Result<void>> SocketSession::handle(Exchange& x, Invocation& invocation, boost::json::value data) {
    connection_.ended_ = Connection::Ended::no;
    ++connection_.exchanges_;
    connection_.expires_in(handler_ms);
    handling_ = true;
    Result<void> outcome = fail(Code::internal, "internal", "Something went wrong on our side.");
    bool aborted = false;
    try {
        if (auto passed = co_await pass_message(x, principal_, std::move(data)); !passed) {
            outcome = std::move(passed);
        } else if (auto answer = co_await invocation.run(*x.call); !answer) {
            outcome = fail(std::move(answer).error());
        } else {
            outcome = {};
        }
    } catch (const boost::system::system_error& error) {
        aborted = error.code() == asio::error::operation_aborted;
        if (!aborted) log::error("a handler threw", {{"what", error.what()}, {"request_id", request_id_}});
    } catch (const std::exception& error) {
        log::error("a handler threw", {{"what", error.what()}, {"request_id", request_id_}});
    }
    handling_ = false;
    const auto ended = connection_.ended_;
    connection_.ended_ = Connection::Ended::no;
    if (ended != Connection::Ended::no) {
        co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
        if (ended == Connection::Ended::deadline && (aborted || !outcome))
            outcome = fail(Code::timeout, "deadline", "This took longer than it may.");
        else if (ended != Connection::Ended::deadline)
            connection_.wire_.close();
    }
    if (!outcome && outcome.error().code == Code::internal)
        log::error("a message failed", {{"request_id", request_id_},
                                        {"type", outcome.error().type},
                                        {"message", outcome.error().message},
                                        {"detail", outcome.error().detail}});
    co_return outcome;
}

Task<bool> SocketSession::hello(const boost::json::object& frame) {
    const auto* data = frame.if_contains("data");
    const auto* ticket = data && data->is_object() ? data->as_object().if_contains("ticket") : nullptr;
    Result<void> outcome;
    if (!ticket || !ticket->is_string()) {
        outcome = invalid_field("ticket", "is required");
    } else {
        auto principal = co_await shared_.guard->identify_hello(head_, std::string(ticket->as_string()));
        if (principal) {
            principal_ = std::move(*principal);
            outcome = shared_.guard->admit(principal_, head_, route_.route.row.weight);
            if (outcome) outcome = co_await admit();
        } else {
            outcome = fail(std::move(principal).error());
        }
    }
    if (outcome) co_return true;
    refuse(outcome.error(), "hello", {});
    close(1008, "hello-refused");
    co_return false;
}

void SocketSession::refuse(const Error& error, std::string_view event, std::string_view id) {
    boost::json::object data = boost::json::parse(problem_json(error)).as_object();
    if (error.retry_after_ms) data["retry_after_ms"] = *error.retry_after_ms;
    if (!event.empty()) data["event"] = event;
    if (!id.empty()) data["id"] = id;
    send("error", boost::json::serialize(data), id);
}

bool SocketSession::push(Opcode opcode, std::string_view payload) {
    if (closing_) return false;
    std::string frame;
    frame.reserve(payload.size() + 10);
    append_frame(frame, opcode, payload);
    if (outbox().push(frame)) return true;
    if (!outbox().broken()) close(1013, "slow-reader");
    return false;
}

bool SocketSession::send(std::string_view event, std::string_view data_json, std::string_view id) {
    std::string text;
    text.reserve(event.size() + data_json.size() + id.size() + 40);
    text += R"({"event":")";
    text += event;
    text += R"(","data":)";
    text += data_json;
    if (!id.empty()) {
        text += R"(,"id":)";
        text += boost::json::serialize(boost::json::string(id));
    }
    text += '}';
    last_sent_ = connection_.loop_.now_ms();
    return push(Opcode::text, text);
}

bool SocketSession::send_binary(std::string_view bytes) {
    last_sent_ = connection_.loop_.now_ms();
    return push(Opcode::binary, bytes);
}

void SocketSession::close(std::uint16_t code, std::string_view reason) {
    if (closing_) return;
    closing_ = true;
    close_until_ = connection_.loop_.now_ms() + close_ms;
    std::string frame;
    append_close(frame, code, reason);
    outbox().push_last(frame);
    if (!reason.empty() && code != 1012)
        log::info("socket closed", {{"request_id", request_id_}, {"code", code}, {"rule", reason}});
}

void SocketSession::tick(std::int64_t now) {
    const auto& options = shared_.options;
    Wire& wire = connection_.wire_;
    if (outbox().broken()) return wire.close();
    // Bytes must move while any wait; a closing socket has until they are taken, then for the client's frame.
    if (outbox().empty() || connection_.delivers()) {
        stalled_at_ = now + options.write_timeout.count();
        if (!outbox().empty()) close_until_ = now + close_ms;
    } else if (now > stalled_at_) {
        if (closing_) return wire.close();
        stalled_at_ = now + close_ms;  // it may read on after all
        return close(1013, "slow-reader");
    }
    if (closing_) {
        if (outbox().empty() && now > close_until_) wire.close();
        return;
    }
    if (hello_until_ > 0 && now > hello_until_) return close(1008, "hello-expected");
    if (is_slow(now)) return close(1008, "message-too-slow");
    const std::int64_t silent = now - last_heard_;
    if (handling_) {
        if (wire.peer_closed()) return connection_.ask_to_end(Connection::Ended::gone);
        if (connection_.expires_at_ > 0 && now > connection_.expires_at_)
            connection_.ask_to_end(Connection::Ended::deadline);
    } else if (silent > 2 * options.socket_ping.count()) {
        return close(1001, "idle");
    } else if (silent > options.socket_ping.count() && !pinged_) {
        pinged_ = true;
        push(Opcode::ping, "");
    }
    if (now - checked_ >= check_ms) {
        checked_ = now;
        if (principal_ && !shared_.guard->still_valid(principal_)) close(1008, "signed-out");
    }
}

}  // namespace lares::http
