#pragma once
// One connection's bytes, plain or TLS. Private to http: includes Asio.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "async/task.h"

namespace lares::http {

// An IPv4 address that came as an IPv6 one is itself.
boost::asio::ip::address plain(const boost::asio::ip::address& address);

class Wire {
public:
    using Tcp = boost::asio::ip::tcp;
    using Tls = boost::asio::ssl::stream<Tcp::socket&>;

    explicit Wire(Tcp::socket socket) : socket_(std::move(socket)) {}

    // The end of what we say, so that the client can tell it from a cut: close_notify, then the peer's.
    // Nothing for a plain connection.
    Task<void> farewell();

    // Once, before the first read; false: it failed.
    Task<bool> handshake(boost::asio::ssl::context& context);

    // 0: closed, failed, or the coroutine was asked to end.
    Task<std::size_t> read(char* data, std::size_t size);

    // What the kernel takes at once of a plain connection; 0 for TLS, or when it is full. -1: broken.

    std::ptrdiff_t write_now(std::string_view a, std::string_view b = {});

    // Writes all; false: broken.
    Task<bool> write(std::string_view bytes);
    // One piece without a coroutine; `done` gets what was taken, 0: broken. It owns whatever must live so
    // long.
    void start_write(std::string_view bytes, std::function<void(std::size_t)> done);

    bool peer_closed() const;  // it said that it sends no more, or reset
    void shutdown_send();
    void close();  // ends what is pending
    bool is_open() const { return socket_.is_open(); }
    bool secure() const { return tls_ != nullptr; }
    Tcp::socket& socket() { return socket_; }
    std::uint64_t sent() const { return sent_; }
    // Of those, what the other side has taken: the slow-reader rules look at it. A kernel with a large buffer
    // takes nothing more for as long as a third of it lasts, while its reader goes on.
    std::uint64_t delivered() const;

private:
    Tcp::socket socket_;
    std::unique_ptr<Tls> tls_;
    std::uint64_t sent_ = 0;  // taken by the kernel
};

}  // namespace lares::http
