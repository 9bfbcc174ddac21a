#include "http/wire.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace lares::http {

namespace asio = boost::asio;
using boost::system::error_code;

asio::ip::address plain(const asio::ip::address& address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
    return address;
}

Task<bool> Wire::handshake(asio::ssl::context& context) {
    tls_ = std::make_unique<Tls>(socket_, context);
    error_code ec;
    co_await tls_->async_handshake(asio::ssl::stream_base::server,
                                   asio::redirect_error(asio::use_awaitable, ec));
    co_return !ec;
}

Task<void> Wire::farewell() {
    if (!tls_ || !socket_.is_open()) co_return;
    error_code ignored;
    co_await tls_->async_shutdown(asio::redirect_error(asio::use_awaitable, ignored));
}

Task<std::size_t> Wire::read(char* data, std::size_t size) {
    error_code ec;
    std::size_t got;
    if (tls_)
        got = co_await tls_->async_read_some(asio::buffer(data, size),
                                             asio::redirect_error(asio::use_awaitable, ec));
    else
        got = co_await socket_.async_read_some(asio::buffer(data, size),
                                               asio::redirect_error(asio::use_awaitable, ec));
    co_return ec ? 0 : got;
}

std::ptrdiff_t Wire::write_now(std::string_view a, std::string_view b) {
    if (tls_) return 0;
    iovec parts[2] = {{const_cast<char*>(a.data()), a.size()}, {const_cast<char*>(b.data()), b.size()}};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = 2;
    constexpr int flags = MSG_NOSIGNAL | MSG_DONTWAIT;
    for (;;) {
        const ssize_t taken = b.empty() ? ::send(socket_.native_handle(), a.data(), a.size(), flags)
                                        : ::sendmsg(socket_.native_handle(), &message, flags);
        if (taken >= 0) {
            sent_ += static_cast<std::uint64_t>(taken);
            return taken;
        }
        if (errno == EINTR) continue;
        return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
    }
}

Task<bool> Wire::write(std::string_view bytes) {
    while (!bytes.empty()) {
        error_code ec;
        std::size_t taken;
        if (tls_)
            taken = co_await tls_->async_write_some(asio::buffer(bytes),
                                                    asio::redirect_error(asio::use_awaitable, ec));
        else
            taken = co_await socket_.async_write_some(asio::buffer(bytes),
                                                      asio::redirect_error(asio::use_awaitable, ec));
        if (ec) co_return false;
        sent_ += taken;
        bytes.remove_prefix(taken);
    }
    co_return true;
}

void Wire::start_write(std::string_view bytes, std::function<void(std::size_t)> done) {
    auto handler = [this, done = std::move(done)](const error_code& ec, std::size_t taken) {
        if (!ec) sent_ += taken;
        done(ec ? 0 : taken);
    };
    if (tls_)
        tls_->async_write_some(asio::buffer(bytes), std::move(handler));
    else
        socket_.async_write_some(asio::buffer(bytes), std::move(handler));
}

std::uint64_t Wire::delivered() const {
    // Of TLS more than was given, and more than sent_ knows of while a completion waits: never below 0.
    int waiting = 0;
    if (::ioctl(const_cast<Tcp::socket&>(socket_).native_handle(), SIOCOUTQ, &waiting) != 0) return sent_;
    const auto left = static_cast<std::uint64_t>(std::max(waiting, 0));
    return sent_ > left ? sent_ - left : 0;
}

bool Wire::peer_closed() const {
    pollfd state{const_cast<Tcp::socket&>(socket_).native_handle(), POLLRDHUP, 0};
    return ::poll(&state, 1, 0) > 0 && (state.revents & (POLLRDHUP | POLLERR | POLLHUP | POLLNVAL));
}

void Wire::shutdown_send() {
    error_code ignored;
    socket_.shutdown(Tcp::socket::shutdown_send, ignored);
}

void Wire::close() {
    error_code ignored;
    socket_.close(ignored);
}

}  // namespace lares::http
