// Time limits of a connection, looked at by its loop's sweep, and how it is told to go.
#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

#include "http/connection.h"
#include "http/socket_session.h"
#include "http/stream_writer.h"
#include "observe/log.h"

namespace lares::http {

namespace asio = boost::asio;

namespace {

constexpr std::int64_t least_bytes_per_ms = 1;  // slower bodies and readers are ended

}  // namespace

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

// What comes fast earns time for what follows, but memory is not held for hours.
bool Connection::is_too_slow(std::int64_t ms, std::uint64_t bytes) const {
    const auto earned = static_cast<std::int64_t>(bytes) / least_bytes_per_ms;
    return ms >
           std::min(shared_.options.body_timeout.count() + earned, shared_.options.body_time_max.count());
}

// Costs a call of the system: asked only where bytes wait.
bool Connection::delivers() {
    const std::uint64_t delivered = wire_.delivered();
    return std::exchange(delivered_before_, delivered) != delivered;
}

void Connection::tick(std::int64_t now) {
    const auto& options = shared_.options;
    switch (phase_) {
        case Phase::idle:
        case Phase::head:
        case Phase::lingering:
            if (expires_at_ > 0 && now > expires_at_) wire_.close();
            break;
        case Phase::body:
            if (now > expires_at_ || is_too_slow(now - since_, body_got_)) wire_.close();
            break;
        case Phase::writing: {
            if (delivers()) expires_at_ = now + options.write_timeout.count();
            const auto taken =
                delivered_before_ > sent_before_phase_ ? delivered_before_ - sent_before_phase_ : 0;
            const auto earned = static_cast<std::int64_t>(taken) / least_bytes_per_ms;
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
            if (outbox_->empty() || delivers()) {
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
