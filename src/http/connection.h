#pragma once
// One connection: reads requests, runs them in order, writes answers; then perhaps becomes an event stream or
// a socket. Everything on its loop's thread. Private to http.
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/cancellation_signal.hpp>

#include "http/exchange.h"
#include "http/loop.h"
#include "http/outbox.h"
#include "http/wire.h"

namespace lares::http {

class SocketSession;
class StreamWriter;

class Connection final : public std::enable_shared_from_this<Connection>,
                         public ListHook,
                         private BodySource {
public:
    // `peer` has entered Shared, unless it is loopback. The socket may have forgotten it: it was reset.
    Connection(Loop& loop, Wire::Tcp::socket socket, const boost::asio::ip::address& peer);
    ~Connection() override;

    void start();                                 // on the loop
    void tick(std::int64_t now);                  // each sweep
    void drain();                                 // the server stops: go when idle
    void cut();                                   // go now, with a word to the client
    void drop();                                  // go now, without
    void watch_if_still(std::uint64_t exchange);  // from Loop::watch_soon

private:
    enum class Phase : std::uint8_t { idle, head, body, handling, streaming, writing, socket, lingering };
    enum class Ended : std::uint8_t { no, deadline, gone, stopped, revoked };

    static Task<void> run(std::shared_ptr<Connection> self);
    Task<void> serve();
    enum class Head : std::uint8_t { partial, whole, too_large };
    Head find_head();
    Task<void> refuse_head();
    Task<bool> exchange();
    enum class Now : std::uint8_t { answered, streams, waits };
    Now respond_now(Exchange& x, Result<Answer>& outcome);
    void open_outbox();
    Task<Result<Answer>> respond(Exchange& x);
    Task<Result<Answer>> stream(Exchange& x);
    void watch_peer();
    Task<bool> upgrade(Exchange& x);
    Task<void> linger();

    // Head and body in one system call when they are in memory; false: write_rest() goes on.
    bool write_now(Exchange& x, const Answer& answer, bool keep_alive, bool& sent);
    Task<bool> write_rest(Exchange& x, const Answer& answer);
    Task<bool> write_answer(Exchange& x, const Answer& answer, bool keep_alive);
    void write_head(std::string& out, const Exchange& x, const Answer& answer, std::uint64_t length,
                    bool keep_alive);
    Task<bool> write_source(const Answer& answer, std::uint64_t first, std::uint64_t size);
    Task<bool> send(std::string_view a, std::string_view b = {});
    void count(const Exchange& x, unsigned status);

    Task<Result<std::string>> read_body(std::size_t cap) override;
    std::optional<Result<std::string>> body_now(std::size_t cap) override;
    Task<Result<std::string>> read_length();
    Task<Result<std::string>> read_chunks(std::size_t cap);
    void expires_in(std::int64_t ms) override;

    void enter(Phase phase, std::int64_t timeout_ms);  // 0: none
    void ask_to_end(Ended why);
    std::string_view pending() const { return {in_.data() + in_used_, in_size_ - in_used_}; }
    void make_room(std::size_t bytes);
    bool is_too_slow(std::int64_t ms, std::uint64_t bytes) const;
    bool delivers();  // since it was asked last

    friend class StreamWriter;
    friend class SocketSession;

    Loop& loop_;
    Shared& shared_;
    Wire wire_;
    boost::asio::cancellation_signal cancel_;
    Phase phase_ = Phase::idle;
    Ended ended_ = Ended::no;
    bool loopback_;
    bool close_after_ = false;
    bool stream_opened_ = false;
    bool watching_ = false;  // for the peer's leaving
    bool body_unread_ = false;
    std::int64_t expires_at_ = 0;         // loop milliseconds; 0: never
    std::int64_t since_ = 0;              // when the phase began
    std::uint64_t delivered_before_ = 0;  // when it was asked last
    std::uint64_t sent_before_phase_ = 0;
    std::uint64_t exchanges_ = 0;
    std::uint64_t body_got_ = 0;
    std::string behind_chunks_;
    Budget::Part held_;  // of the body, or of a socket's message
    const std::string peer_;
    std::string local_;

    // Released when the connection becomes a socket.
    std::string in_;  // size is capacity; in_used_ .. in_size_ hold bytes
    std::size_t in_used_ = 0, in_size_ = 0, scanned_ = 0, head_size_ = 0;
    std::string out_;
    std::size_t out_sent_ = 0;
    std::unique_ptr<RequestParser> parser_;
    std::unique_ptr<Exchange> exchange_;

    const Principal* principal_ = nullptr;  // of the stream or socket, for re-checks
    std::shared_ptr<Outbox> outbox_;
    StreamWriter* stream_ = nullptr;
    std::unique_ptr<SocketSession> session_;
};

}  // namespace lares::http
