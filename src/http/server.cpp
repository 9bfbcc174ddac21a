#include "http/server.h"

#include <algorithm>
#include <cstring>
#include <deque>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "http/connection.h"
#include "http/loop.h"
#include "observe/log.h"

namespace lares::http {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

namespace {

constexpr int backlog = 4096;
constexpr std::chrono::milliseconds accept_pause{100};  // when there is no descriptor left
constexpr std::chrono::milliseconds last_words{1'000};  // for closing frames after the grace

std::string common_headers(bool https) {
    std::string out =
        "x-content-type-options: nosniff\r\n"
        "referrer-policy: no-referrer\r\n"
        "permissions-policy: camera=(), geolocation=(), microphone=(self), payment=(), usb=()\r\n"
        "cross-origin-opener-policy: same-origin\r\n"
        "cross-origin-resource-policy: same-origin\r\n";
    if (https) out += "strict-transport-security: max-age=31536000; includeSubDomains\r\n";
    return out;
}

tl::unexpected<Error> cannot_start(std::string message) {
    return fail(Code::unavailable, "cannot-start", std::move(message));
}

Result<std::unique_ptr<asio::ssl::context>> make_tls(const Options& options) {
    auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
    boost::system::error_code ec;
    context->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 |
                             asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 |
                             asio::ssl::context::no_tlsv1_1 | asio::ssl::context::single_dh_use,
                         ec);
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(context->native_handle(), "ECDHE+AESGCM:ECDHE+CHACHA20");
    SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);
    context->use_certificate_chain_file(options.tls_certificate.string(), ec);
    if (ec)
        return cannot_start("cannot read the TLS certificate " + options.tls_certificate.string() + ": " +
                            ec.message() + "; set TLS_CERT_FILE to a PEM chain that this user can read");
    context->use_private_key_file(options.tls_key.string(), asio::ssl::context::pem, ec);
    if (ec)
        return cannot_start("cannot use the TLS key " + options.tls_key.string() + ": " + ec.message() +
                            "; set TLS_KEY_FILE to the PEM key of the certificate");
    return context;
}

// Atomically, so that who waits for the file never reads half of it.
Result<void> write_port_file(const std::filesystem::path& path, std::uint16_t port) {
    const std::string temporary = path.string() + ".tmp";
    const std::string text = std::to_string(port) + '\n';
    const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    const bool written =
        fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    if (fd >= 0) ::close(fd);
    if (!written || ::rename(temporary.c_str(), path.c_str()) != 0)
        return cannot_start("cannot write the port file " + path.string() + ": " + std::strerror(errno) +
                            "; name a file in a folder that this user may write");
    return {};
}

}  // namespace

struct Server::Impl {
    explicit Impl(Options options) : shared(std::move(options)) {}

    struct Listener {
        Tcp::acceptor acceptor;
        asio::steady_timer pause;
    };

    Result<void> bind();
    void accept(Listener& listener);
    Loop& least_loaded();

    Shared shared;
    std::vector<std::unique_ptr<Loop>> loops;
    std::deque<Listener> listeners;  // on the first loop
    Routes routes;
    std::uint16_t port = 0;
    bool stopped = false;
};

Server::Server(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {
    std::size_t count = impl_->shared.options.loops;
    if (count == 0) count = std::max(1u, std::thread::hardware_concurrency());
    for (std::size_t i = 0; i < count; ++i) impl_->loops.push_back(std::make_unique<Loop>(impl_->shared));
    for (auto& loop : impl_->loops) loop->start();
}

Server::~Server() {
    stop({});
}

std::size_t Server::loops() const {
    return impl_->loops.size();
}
Executor Server::loop(std::size_t index) const {
    return impl_->loops[index]->executor();
}
std::uint16_t Server::port() const {
    return impl_->port;
}
bool Server::stopping() const {
    return impl_->shared.stopping;
}
std::size_t Server::connections() const {
    return impl_->shared.connections;
}
const Routes& Server::routes() const {
    return impl_->routes;
}

Result<void> Server::open(Routes routes, Guard& guard) {
    Impl& impl = *impl_;
    Shared& shared = impl.shared;
    shared.guard = &guard;
    impl.routes = routes;
    LARES_CHECK(shared.router.add(std::move(routes)));
    for (const auto& compiled : shared.router.all())
        shared.route_metrics.push_back(std::make_unique<RouteMetrics>(method_name(compiled->route.row.method),
                                                                      compiled->route.row.path));
    shared.route_metrics.push_back(std::make_unique<RouteMetrics>("", ""));
    const Options& options = shared.options;
    LARES_TRY(shared.origins, OriginRules::make({options.public_url, options.hosts, options.origins,
                                                 options.session_cookies}));
    const bool tls = !options.tls_certificate.empty();
    if (tls) {
        LARES_TRY(shared.tls, make_tls(options));
    }
    shared.common_headers = common_headers(tls || shared.origins.https_public());
    shared.api_policy = "content-security-policy: default-src 'none'; frame-ancestors 'none'\r\n";
    LARES_CHECK(impl.bind());
    if (!options.port_file.empty()) LARES_CHECK(write_port_file(options.port_file, impl.port));
    for (auto& listener : impl.listeners)
        asio::post(impl.loops.front()->io(), [&impl, &listener] { impl.accept(listener); });
    return {};
}

Result<void> Server::Impl::bind() {
    auto& io = loops.front()->io();
    port = shared.options.port;
    for (const std::string& text : shared.options.addresses) {
        boost::system::error_code ec;
        const auto address = asio::ip::make_address(text, ec);
        if (ec)
            return cannot_start("cannot listen on \"" + text +
                                "\": it is no IP address; use 127.0.0.1, 0.0.0.0 or ::");
        const Tcp::endpoint endpoint(address, port);
        Tcp::acceptor acceptor(io);
        acceptor.open(endpoint.protocol(), ec);
        if (!ec) acceptor.set_option(asio::socket_base::reuse_address(true), ec);
        if (!ec) acceptor.bind(endpoint, ec);
        if (!ec) acceptor.listen(backlog, ec);
        if (ec == asio::error::address_in_use)
            return cannot_start(
                "port " + std::to_string(port) + " is in use on " + text +
                ": stop the program that holds it, or choose another port with --port or APP_PORT");
        if (ec == asio::error::access_denied)
            return cannot_start("no permission to listen on port " + std::to_string(port) +
                                ": choose one of 1024 and up with --port or APP_PORT");
        if (ec)
            return cannot_start("cannot listen on " + text + " port " + std::to_string(port) + ": " +
                                ec.message() + "; choose another address or port");
        port = acceptor.local_endpoint(ec).port();  // the same for the addresses that follow
        listeners.push_back({std::move(acceptor), asio::steady_timer(io)});
    }
    return {};
}

Loop& Server::Impl::least_loaded() {
    return **std::min_element(loops.begin(), loops.end(), [](const auto& a, const auto& b) {
        return a->load.load(std::memory_order_relaxed) < b->load.load(std::memory_order_relaxed);
    });
}

// The socket is made on the loop that will own it; only this loop accepts.
void Server::Impl::accept(Listener& listener) {
    Loop& loop = least_loaded();
    listener.acceptor.async_accept(loop.io(), [this, &listener, &loop](const boost::system::error_code& ec,
                                                                       Tcp::socket socket) {
        if (ec == asio::error::operation_aborted || !listener.acceptor.is_open()) return;
        if (ec) {
            const bool no_descriptors = ec == asio::error::no_descriptors || ec == asio::error::no_memory ||
                                        ec.value() == ENFILE || ec.value() == ENOBUFS;
            if (!no_descriptors) return accept(listener);
            log::warn("cannot accept connections", {{"why", ec.message()}});
            listener.pause.expires_after(accept_pause);
            listener.pause.async_wait([this, &listener](const boost::system::error_code& stop) {
                if (!stop) accept(listener);
            });
            return;
        }
        boost::system::error_code gone, ignored;
        const auto peer = plain(socket.remote_endpoint(gone).address());
        if (gone) return accept(listener);
        const bool room = shared.connections.load() < shared.options.connections;
        if (room && (peer.is_loopback() || shared.enter(peer.to_string()))) {
            shared.connections.fetch_add(1);
            shared.connection_gauge.add(1);
            loop.load.fetch_add(1);
            auto connection = std::make_shared<Connection>(loop, std::move(socket), peer);
            asio::post(loop.io(), [connection = std::move(connection)] { connection->start(); });
        } else if (!shared.tls) {
            constexpr std::string_view refusal =
                "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nretry-after: 5\r\nconnection: "
                "close\r\n\r\n";
            socket.non_blocking(true, ignored);
            socket.write_some(asio::buffer(refusal), ignored);
        }
        accept(listener);
    });
}

void Server::stop(std::chrono::milliseconds grace) {
    Impl& impl = *impl_;
    if (std::exchange(impl.stopped, true)) return;
    impl.shared.stopping = true;
    asio::post(impl.loops.front()->io(), [&impl] {
        boost::system::error_code ignored;
        for (auto& listener : impl.listeners) {
            listener.acceptor.close(ignored);
            listener.pause.cancel();
        }
    });
    const auto each = [&impl](void (Loop::*what)()) {
        for (auto& loop : impl.loops) asio::post(loop->io(), [&loop, what] { (loop.get()->*what)(); });
    };
    const auto wait = [&impl](std::chrono::milliseconds limit) {
        const auto until = std::chrono::steady_clock::now() + limit;
        while (impl.shared.connections > 0 && std::chrono::steady_clock::now() < until)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
    };
    each(&Loop::drain);
    wait(grace);
    each(&Loop::cut);
    wait(last_words);
    each(&Loop::drop);
    wait(last_words);
    impl.shared.files.reset();
    impl.shared.readers.reset();
    each(&Loop::finish);
    if (impl.shared.connections > 0) {
        log::error("connections that did not end are left behind",
                   {{"count", impl.shared.connections.load()}});
        for (auto& loop : impl.loops) loop->io().stop();
    }
    for (auto& loop : impl.loops) loop->join();
}

}  // namespace lares::http
