#pragma once
// A small product on the real server, and a blocking client that sends what a well-behaved one would not.
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/describe/class.hpp>

#include "async/clock.h"
#include "http/server.h"

namespace lares::http::test {

// Asks until it holds, for so long at most.
template <class F>
bool becomes(F condition, std::chrono::milliseconds limit = std::chrono::milliseconds(5000)) {
    const auto until = std::chrono::steady_clock::now() + limit;
    while (std::chrono::steady_clock::now() < until) {
        if (condition()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

struct NoteTag {
    static constexpr std::string_view kind = "note";
};
using NoteId = Id<NoteTag>;

inline constexpr Access anyone{0, 0, 0};
inline constexpr Access person{1, 0, 0};
inline constexpr Access admin{1, 3, 0};
inline constexpr std::uint16_t owner = 1;

// "Bearer NAME", or the cookie session=NAME; "bad" is invalid. Notes ending in an even digit are ann's.
class TestGuard final : public Guard {
public:
    bool has_credentials(const RequestHead& head) const override;
    Task<Result<Principal>> identify(const RequestHead& head) override;
    Task<Result<Principal>> identify_hello(const RequestHead& head, std::string ticket) override;
    Holder holder(const RequestHead& head, const Principal& principal) const override;
    Result<void> admit_address(const RequestHead& head, std::uint32_t weight) override;
    Result<void> admit(const Principal& principal, const RequestHead& head, std::uint32_t weight) override;
    Task<Result<void>> may(const RequestHead& head, const Principal& principal, Access access,
                           std::span<const Touched> touched) override;
    bool still_valid(const Principal& principal) const override;

    std::atomic<int> address_weight = 0;  // taken so far
    std::atomic<int> address_limit = 1 << 30;
    std::atomic<bool> revoked = false;
    std::atomic<int> asked = 0;  // may()
};

NoteId note_of(std::string_view name);  // exists for ann only

// A blocking TCP client.
class Client {
public:
    explicit Client(std::uint16_t port);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    bool send(std::string_view bytes);
    // One whole answer (head, body by length or chunks); nullopt: the server closed first.
    struct Reply {
        unsigned status = 0;
        std::string head;  // as sent, with the status line
        std::string body;
        std::string header(std::string_view name) const;
    };
    std::optional<Reply> read(bool head_request = false);
    Reply ask(std::string_view method, std::string_view path, std::string_view headers = {},
              std::string_view body = {});
    std::string read_until(std::string_view end, std::chrono::milliseconds limit = std::chrono::seconds(5));
    bool read_some() {  // 16 KiB at most that nobody looks at; false: closed
        const bool got = fill(std::chrono::seconds(5));
        in_.clear();
        return got;
    }
    bool closed(
        std::chrono::milliseconds limit = std::chrono::seconds(5));  // reads on until the server closes
    void shutdown_send();
    void set_receive_buffer(int bytes);

    // WebSocket.
    bool upgrade(std::string_view path, std::string_view headers = {});
    void send_frame(int opcode, std::string_view payload, bool final = true, bool masked = true);
    void send_text(std::string_view text) { send_frame(1, text); }
    struct Frame {
        int opcode = 0;
        std::string payload;
        std::uint16_t code() const;  // of a close
        std::string reason() const;
    };
    std::optional<Frame> read_frame(std::chrono::milliseconds limit = std::chrono::seconds(5));
    std::uint16_t port() const { return port_; }

private:
    bool fill(std::chrono::milliseconds limit);
    int fd_ = -1;
    std::uint16_t port_;
    std::string in_;
};

// What is logged meanwhile, as JSON.
class Log {
public:
    Log();
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;
    std::vector<std::string> lines();
    std::string line(std::string_view holds);  // the first that holds it; ""

private:
    std::mutex mutex_;
    std::vector<std::string> lines_;
};

// The server with its routes; see kit.cpp for what they do.
struct Site;
class TestServer {
public:
    explicit TestServer(Options options = {});
    ~TestServer();
    std::uint16_t port() const { return server->port(); }
    TestGuard guard;
    std::unique_ptr<Site> site;
    std::unique_ptr<Server> server;
};

struct Site {
    std::atomic<int> streams_ended = 0;   // handlers that ended or were unwound
    std::atomic<int> sockets_closed = 0;  // closed() calls
    std::atomic<int> slow_unwound = 0;
    async::SystemClock clock;
    Routes routes();
};

}  // namespace lares::http::test
