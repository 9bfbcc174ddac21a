#pragma once
// A connection after its upgrade: reads frames, runs messages in order, keeps the rules. Private to http.
#include <memory>
#include <optional>
#include <string>

#include "http/connection.h"
#include "http/frames.h"
#include "http/socket.h"

namespace lares::http {

class SocketSession final : public Socket {
public:
    SocketSession(Connection& connection, const Compiled& route, Exchange& x);
    ~SocketSession() override;

    Task<void> serve(std::string early);  // `early`: bytes that came with the upgrade
    void tick(std::int64_t now);
    bool left_unread() const { return left_unread_; }  // it broke a rule: more of it may be on its way

    bool send(std::string_view event, std::string_view data_json, std::string_view id) override;
    bool send_binary(std::string_view bytes) override;
    void close(std::uint16_t code, std::string_view reason) override;
    bool closed() const override { return closing_ || outbox().broken(); }
    std::size_t queued() const override { return outbox().queued(); }
    bool quiet_since(std::int64_t ms) const { return last_sent_ < ms; }
    const Principal& principal() const override { return principal_; }
    const RequestHead& head() const override { return head_; }
    const Executor& executor() const override { return executor_; }

private:
    Outbox& outbox() const { return *connection_.outbox_; }
    Task<void> take(std::string_view bytes);
    Task<void> message(std::string text);
    Task<bool> hello(const boost::json::object& frame);
    Task<Result<void>> admit();
    Task<Result<void>> handle(Exchange& x, Invocation& invocation, boost::json::value data);
    void refuse(const Error& error, std::string_view event, std::string_view id);
    bool count_frame();
    Result<void> hold();
    bool is_slow(std::int64_t now) const;
    bool push(Opcode opcode, std::string_view payload);

    Connection& connection_;
    Shared& shared_;
    const Compiled& route_;
    Executor executor_;
    std::string path_, host_, remote_, request_id_;
    RequestHead head_;
    Principal principal_;
    FrameReader reader_;
    std::unique_ptr<SocketHandler> handler_;
    bool opened_ = false;
    bool closing_ = false;      // a closing frame was queued
    bool peer_closed_ = false;  // theirs came, or nothing more of theirs is read
    bool left_unread_ = false;
    bool pinged_ = false;
    bool handling_ = false;
    std::int64_t last_heard_;
    std::int64_t last_sent_;
    std::int64_t message_since_ = 0;  // it began to come, and is not whole
    std::int64_t hello_until_ = 0;
    std::int64_t close_until_ = 0;
    std::int64_t checked_ = 0;
    std::int64_t stalled_at_ = 0;
    std::int64_t tokens_at_ = 0;  // frame bucket
    double tokens_;
};

}  // namespace lares::http
