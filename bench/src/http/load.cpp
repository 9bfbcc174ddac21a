// The clients of bench/http, each in a process of its own, one epoll thread:
//   load requests PORT PATH CONNECTIONS SECONDS [HEADER...]   closed loop over keep-alive connections
//   load sockets PORT PATH COUNT [HEADER...]                  opens COUNT WebSockets, says "open N", holds
//   them until its
//                                                             input ends
// Prints one line of JSON; exit 1 when a connection fails or an answer is not the expected one.
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

[[noreturn]] void die(const std::string& what) {
    std::fprintf(stderr, "load: %s\n", what.c_str());
    std::exit(1);
}

int dial(int port, int nth) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) die(std::string("cannot open a socket: ") + std::strerror(errno));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    // Several addresses of the loopback network, so that ports do not run out.
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr_in from{};
    from.sin_family = AF_INET;
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + static_cast<unsigned>(nth / 5000));
    ::bind(fd, reinterpret_cast<sockaddr*>(&from), sizeof from);
    if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        die(std::string("cannot connect: ") + std::strerror(errno));
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

std::string read_head(int fd) {
    std::string head;
    char c;
    while (head.find("\r\n\r\n") == std::string::npos) {
        if (::recv(fd, &c, 1, 0) != 1) die("the server closed instead of answering: " + head);
        head += c;
    }
    return head;
}

struct Connection {
    int fd = -1;
    std::string in;
    std::size_t wanted = 0;  // bytes of the whole answer; 0: head not complete
};

int requests(int port, const std::string& request, int count, double seconds) {
    const int epoll = ::epoll_create1(0);
    std::vector<Connection> all(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
        Connection& c = all[static_cast<std::size_t>(i)];
        c.fd = dial(port, i);
        ::fcntl(c.fd, F_SETFL, O_NONBLOCK);
        epoll_event event{EPOLLIN, {.ptr = &c}};
        ::epoll_ctl(epoll, EPOLL_CTL_ADD, c.fd, &event);
    }
    const auto ask = [&](const Connection& c) {
        if (::send(c.fd, request.data(), request.size(), MSG_NOSIGNAL) !=
            static_cast<ssize_t>(request.size()))
            die("cannot send");
    };
    const auto started = std::chrono::steady_clock::now();
    const auto until = started + std::chrono::duration<double>(seconds);
    for (const Connection& c : all) ask(c);
    unsigned long long done = 0, bytes = 0;
    int open = count;
    char buffer[16384];
    epoll_event events[256];
    while (open > 0) {
        const int ready = ::epoll_wait(epoll, events, 256, 10'000);
        if (ready <= 0) die("no answer within 10 s");
        const bool over = std::chrono::steady_clock::now() >= until;
        for (int i = 0; i < ready; ++i) {
            Connection& c = *static_cast<Connection*>(events[i].data.ptr);
            const ssize_t got = ::recv(c.fd, buffer, sizeof buffer, 0);
            if (got < 0 && errno == EAGAIN) continue;
            if (got <= 0) die("the server closed a connection");
            c.in.append(buffer, static_cast<std::size_t>(got));
            if (c.wanted == 0) {
                const auto end = c.in.find("\r\n\r\n");
                if (end == std::string::npos) continue;
                if (c.in.compare(0, 12, "HTTP/1.1 200") != 0) die("not 200: " + c.in.substr(0, 200));
                auto length = c.in.find("ontent-length: ");
                if (length == std::string::npos) length = c.in.find("ontent-Length: ");
                if (length == std::string::npos || length > end) die("no content-length");
                c.wanted = end + 4 + std::strtoul(c.in.c_str() + length + 15, nullptr, 10);
            }
            if (c.in.size() < c.wanted) continue;
            if (c.in.size() > c.wanted) die("more than one answer");
            ++done;
            bytes += c.in.size();
            c.in.clear();
            c.wanted = 0;
            if (over) {
                ::close(c.fd);
                --open;
            } else {
                ask(c);
            }
        }
    }
    const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    std::printf("{\"requests\": %llu, \"seconds\": %.3f, \"bytes\": %llu}\n", done, took, bytes);
    return 0;
}

int sockets(int port, const std::string& request, int count) {
    std::vector<int> all;
    for (int i = 0; i < count; ++i) {
        const int fd = dial(port, i);
        if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) < 0) die("cannot send");
        all.push_back(fd);
        if (i % 100 != 99 && i + 1 != count) continue;
        for (std::size_t at = all.size() - static_cast<std::size_t>(i % 100 + 1); at < all.size(); ++at)
            if (const std::string head = read_head(all[at]); head.compare(0, 12, "HTTP/1.1 101") != 0)
                die("not upgraded: " + head.substr(0, 200));
    }
    std::printf("{\"open\": %zu}\n", all.size());
    std::fflush(stdout);
    // Holds them, reading what comes, so that none is a slow reader.
    ::fcntl(0, F_SETFL, O_NONBLOCK);
    char buffer[4096];
    for (;;) {
        for (const int fd : all)
            while (::recv(fd, buffer, sizeof buffer, MSG_DONTWAIT) > 0) {
            }
        if (::read(0, buffer, sizeof buffer) == 0) return 0;
        ::usleep(200'000);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 5) die("see the head of load.cpp");
    const std::string mode = argv[1];
    const int port = std::atoi(argv[2]), count = std::atoi(argv[4]);
    std::string request = "GET " + std::string(argv[3]) + " HTTP/1.1\r\nHost: 127.0.0.1:" + argv[2] + "\r\n";
    const int first_header = mode == "requests" ? 6 : 5;
    for (int i = first_header; i < argc; ++i) request += std::string(argv[i]) + "\r\n";
    if (mode == "requests" && argc >= 6) return requests(port, request + "\r\n", count, std::atof(argv[5]));
    if (mode == "sockets")
        return sockets(port,
                       request +
                           "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                       count);
    die("unknown mode " + mode);
}
