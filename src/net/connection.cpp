#include "net/connection.h"

#include <cerrno>
#include <mutex>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <sys/socket.h>

namespace lares::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto awaiting = asio::as_tuple(asio::use_awaitable);
constexpr int send_flags = MSG_NOSIGNAL | MSG_DONTWAIT;
using Tls = asio::ssl::stream<tcp::socket>;

class SystemTrust final : public TlsTrust {
public:
    asio::ssl::context context{asio::ssl::context::tls_client};

    // Where they are one file of hundreds, reading them takes tens of milliseconds and megabytes: not at
    // the start of a server that may never call anybody.
    void with_system_authorities() {
        std::call_once(loaded_, [this] {
            error_code none_found;  // then every handshake says so
            context.set_default_verify_paths(none_found);
        });
    }

private:
    std::once_flag loaded_;
};

// Closes the socket when its time has come. One timer waits for a whole exchange: a time that is moved back
// is seen when the timer fires, so that reading and writing cost no timer each. Its handler may run after the
// connection has died.
class Watchdog {
public:
    Watchdog(const Executor& executor, tcp::socket& socket)
        : timer_(executor), socket_(socket), alive_(std::make_shared<Watchdog*>(this)) {}
    ~Watchdog() { *alive_ = nullptr; }
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    void arm(async::SteadyTime when) {
        due_ = when;
        if (when < fires_at_) wait(when);
    }
    void disarm() { due_ = never; }
    void rest() {
        due_ = fires_at_ = never;
        timer_.cancel();
    }
    bool fired() const { return fired_; }

private:
    static constexpr auto never = async::SteadyTime::max();

    void wait(async::SteadyTime when) {
        fires_at_ = when;
        timer_.expires_at(when);
        timer_.async_wait([alive = alive_](const error_code& error) {
            if (!error && *alive) (*alive)->woken();
        });
    }
    void woken() {
        // A wait that was replaced when it had already ended: the new one will come.
        const auto now = std::chrono::steady_clock::now();
        if (fires_at_ > now) return;
        fires_at_ = never;
        if (due_ == never) return;
        if (due_ > now) return wait(due_);
        fired_ = true;
        error_code ignored;
        socket_.close(ignored);
    }

    asio::steady_timer timer_;
    tcp::socket& socket_;
    std::shared_ptr<Watchdog*> alive_;
    async::SteadyTime due_ = never, fires_at_ = never;
    bool fired_ = false;
};

template <class Stream>
class StreamConnection final : public Connection {
public:
    StreamConnection(std::unique_ptr<Stream> stream, std::unique_ptr<Watchdog> watchdog)
        : stream_(std::move(stream)), watchdog_(std::move(watchdog)) {}

    Task<Result<std::size_t>> read_some(char* into, std::size_t size) override {
        auto [error, count] =
            co_await stream_->async_read_some(asio::buffer(into, size), asio::as_tuple(asio::deferred));
        co_return read_result(error, count);
    }

    Result<std::size_t> read_result(const error_code& error, std::size_t count) override {
        if (error == asio::error::eof) return std::size_t{0};
        if (error) return failed(error);
        return count;
    }

    tcp::socket* plain() override {
        if constexpr (std::same_as<Stream, tcp::socket>) return stream_.get();
        return nullptr;
    }

    Task<Result<void>> write(std::string_view bytes) override {
        auto [error, count] =
            co_await asio::async_write(*stream_, asio::buffer(bytes.data(), bytes.size()), awaiting);
        if (error) co_return failed(error);
        co_return Result<void>();
    }

    std::size_t write_now(std::string_view bytes) override {
        if constexpr (std::same_as<Stream, tcp::socket>) {
            const auto taken = ::send(stream_->native_handle(), bytes.data(), bytes.size(), send_flags);
            return taken > 0 ? static_cast<std::size_t>(taken) : 0;
        }
        return 0;
    }

    void arm(async::SteadyTime when) override { watchdog_->arm(when); }
    void disarm() override { watchdog_->disarm(); }
    void rest() override { watchdog_->rest(); }

    bool is_quiet() override {
        char byte = 0;
        const auto got = ::recv(lowest().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    }

    Executor executor() const override { return stream_->lowest_layer().get_executor(); }

private:
    tcp::socket& lowest() {
        if constexpr (std::same_as<Stream, Tls>)
            return stream_->next_layer();
        else
            return *stream_;
    }

    tl::unexpected<Error> failed(const error_code& error) const {
        if (watchdog_->fired()) {
            return fail(Code::timeout, "upstream-timeout", "The other server did not answer in time.");
        }
        return fail(Error{Code::upstream,
                          "upstream-failed",
                          "The connection to the other server broke.",
                          {},
                          error.message(),
                          {}});
    }

    std::unique_ptr<Stream> stream_;
    std::unique_ptr<Watchdog> watchdog_;
};

tl::unexpected<Error> not_connected(const error_code& error) {
    return fail(Error{Code::upstream,
                      "upstream-unreachable",
                      "The other server could not be reached.",
                      {},
                      error.message(),
                      {}});
}

tcp::endpoint endpoint_of(const Address& address, std::uint16_t port) {
    if (!address.v6) {
        asio::ip::address_v4::bytes_type bytes;
        std::copy_n(address.bytes.begin(), 4, bytes.begin());
        return {asio::ip::address_v4(bytes), port};
    }
    return {asio::ip::address_v6(address.bytes, address.zone), port};
}

Result<void> prepare_tls(Tls& stream, const Url& url) {
    SSL* ssl = stream.native_handle();
    X509_VERIFY_PARAM* parameters = SSL_get0_param(ssl);
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    const bool named = !url.literal;
    const int set = named ? X509_VERIFY_PARAM_set1_host(parameters, url.host.data(), url.host.size())
                          : X509_VERIFY_PARAM_set1_ip_asc(parameters, url.host.c_str());
    if (set != 1 || (named && SSL_set_tlsext_host_name(ssl, url.host.c_str()) != 1)) {
        return fail(Code::internal, "internal", "TLS could not be prepared.");
    }
    stream.set_verify_mode(asio::ssl::verify_peer);
    return {};
}

}  // namespace

Result<std::shared_ptr<TlsTrust>> TlsTrust::load(const std::string& extra_authorities_pem) {
    auto trust = std::make_shared<SystemTrust>();
    error_code error;
    trust->context.set_options(
        asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1 | asio::ssl::context::no_compression,
        error);
    trust->context.set_verify_mode(asio::ssl::verify_peer, error);
    SSL_CTX_set_mode(trust->context.native_handle(), SSL_MODE_RELEASE_BUFFERS);
    if (!extra_authorities_pem.empty()) {
        trust->context.add_certificate_authority(asio::buffer(extra_authorities_pem), error);
        if (error) {
            return fail(Code::bad_request, "invalid-certificate",
                        "The extra certificate authorities are not PEM certificates.");
        }
    }
    return std::shared_ptr<TlsTrust>(std::move(trust));
}

Task<Result<std::unique_ptr<Connection>>> connect(Url url, Address address, std::shared_ptr<TlsTrust> trust,
                                                  async::SteadyTime deadline) {
    const auto executor = co_await asio::this_coro::executor;
    tcp::socket socket(executor);
    const tcp::endpoint endpoint = endpoint_of(address, url.port);
    error_code error;
    {
        Watchdog watchdog(executor, socket);
        watchdog.arm(deadline);
        socket.open(endpoint.protocol(), error);
        if (!error) std::tie(error) = co_await socket.async_connect(endpoint, awaiting);
        // The guard judged `address`; that nothing else is on the line is checked here.
        if (!error && socket.remote_endpoint(error) != endpoint) error = asio::error::connection_aborted;
        watchdog.disarm();
    }
    if (error) co_return not_connected(error);
    socket.set_option(tcp::no_delay(true), error);
    if (!url.tls) {
        auto plain = std::make_unique<tcp::socket>(std::move(socket));
        auto watchdog = std::make_unique<Watchdog>(executor, *plain);
        co_return std::make_unique<StreamConnection<tcp::socket>>(std::move(plain), std::move(watchdog));
    }
    auto& system = static_cast<SystemTrust&>(*trust);
    system.with_system_authorities();
    auto tls = std::make_unique<Tls>(std::move(socket), system.context);
    LARES_CO_CHECK(prepare_tls(*tls, url));
    auto watchdog = std::make_unique<Watchdog>(executor, tls->next_layer());
    watchdog->arm(deadline);
    std::tie(error) = co_await tls->async_handshake(asio::ssl::stream_base::client, awaiting);
    watchdog->disarm();
    if (error) co_return not_connected(error);
    co_return std::make_unique<StreamConnection<Tls>>(std::move(tls), std::move(watchdog));
}

}  // namespace lares::net
