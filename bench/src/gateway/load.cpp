// The client of bench/gateway, one epoll thread, a closed loop over keep-alive connections:
//   load json PORT PATH BODY-FILE CONNECTIONS SECONDS|nREQUESTS [HEADER...]
//   load sse  PORT PATH BODY-FILE CONNECTIONS SECONDS|nREQUESTS [HEADER...]   streams begin spread over 200
//   ms
// What was begun is read to its end. Prints one line of JSON: answers by status, times in microseconds, and
// of streams how long each event was on the way (mock.cpp writes its time into it), how many had not 64 words
// or no usage.
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr int words = 64;
constexpr std::uint64_t spread_ns = 200'000'000, patience_ns = 30'000'000'000;

struct Conn {
    int fd = -1;
    bool busy = false;
    bool in_head = true, chunked = false, closes = false;
    long left = -1;  // of a body with a length; -1: until the connection ends
    enum class At { size, data, after, trailer } at = At::size;
    long chunk = 0;
    std::string held, line;
    std::uint64_t began = 0;
    int events = 0, status = 0;
    bool usage = false;
};

struct Seen {
    std::vector<std::uint32_t> whole, first, event;
    std::map<int, std::uint64_t> statuses;  // 0: the connection broke
    std::uint64_t short_streams = 0, no_usage = 0;
};

int poller, port;
bool sse;
std::string request;
std::vector<Conn> conns;
Seen seen;

std::uint64_t now_ns() {
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(t.tv_nsec);
}

std::uint32_t micros(std::uint64_t from, std::uint64_t to) {
    return static_cast<std::uint32_t>((to - from) / 1000);
}

void reset(Conn& conn) {
    const int fd = conn.fd;
    conn = Conn();
    conn.fd = fd;
}

void dial(Conn& conn) {
    if (conn.fd >= 0) close(conn.fd);
    conn.fd = socket(AF_INET, SOCK_STREAM, 0);
    const int one = 1;
    setsockopt(conn.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(conn.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        std::perror("load"), std::exit(1);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = static_cast<std::uint32_t>(&conn - conns.data());
    epoll_ctl(poller, EPOLL_CTL_ADD, conn.fd, &event);
    reset(conn);
}

void ask(Conn& conn) {
    reset(conn);
    conn.busy = true;
    conn.began = now_ns();
    if (send(conn.fd, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size()))
        return;
    dial(conn);
    conn.busy = true;
    conn.began = now_ns();
    if (send(conn.fd, request.data(), request.size(), MSG_NOSIGNAL) < 0) std::perror("load"), std::exit(1);
}

void line_of_stream(Conn& conn, std::uint64_t now) {
    const auto find = [&](std::string_view text) { return conn.line.find(text); };
    if (find("\"usage\":{") != std::string::npos || find("\"usage\": {") != std::string::npos)
        conn.usage = true;
    std::string_view mark = "\"content\":\"T";
    auto at = find(mark);
    if (at == std::string::npos) at = find(mark = "\"content\": \"T");
    if (at == std::string::npos) return;
    const std::uint64_t sent = std::strtoull(conn.line.c_str() + at + mark.size(), nullptr, 10);
    if (conn.events++ == 0) seen.first.push_back(micros(conn.began, now));
    if (sent > 0 && now >= sent) seen.event.push_back(micros(sent, now));
}

void take_body(Conn& conn, std::string_view bytes, std::uint64_t now) {
    if (!sse) return;
    while (!bytes.empty()) {
        const auto end = bytes.find('\n');
        conn.line.append(bytes.substr(0, end));
        if (end == bytes.npos) return;
        line_of_stream(conn, now);
        conn.line.clear();
        bytes.remove_prefix(end + 1);
    }
}

void take_head(Conn& conn, std::string head) {
    for (auto& c : head) c = static_cast<char>(std::tolower(c));
    conn.status = std::atoi(head.c_str() + 9);
    conn.chunked = head.find("transfer-encoding: chunked") != head.npos;
    conn.closes = head.find("connection: close") != head.npos;
    const std::string_view name = "\r\ncontent-length:";
    const auto length = head.find(name);
    conn.left = length == head.npos ? -1 : std::atol(head.c_str() + length + name.size());
    conn.in_head = false;
}

// True when the answer is complete.
bool take_chunks(Conn& conn, std::string_view bytes, std::uint64_t now) {
    while (!bytes.empty()) {
        if (conn.at == Conn::At::data) {
            const auto size = std::min(static_cast<std::size_t>(conn.chunk), bytes.size());
            take_body(conn, bytes.substr(0, size), now);
            bytes.remove_prefix(size);
            conn.chunk -= static_cast<long>(size);
            if (conn.chunk == 0) conn.at = Conn::At::after;
            continue;
        }
        const char c = bytes.front();
        bytes.remove_prefix(1);
        if (c != '\n') {
            conn.held += c;
            continue;
        }
        const std::string text = std::exchange(conn.held, {});
        if (conn.at == Conn::At::trailer && (text.empty() || text == "\r")) return true;
        if (conn.at == Conn::At::size) {
            conn.chunk = std::strtol(text.c_str(), nullptr, 16);
            conn.at = conn.chunk > 0 ? Conn::At::data : Conn::At::trailer;
        } else if (conn.at == Conn::At::after) {
            conn.at = Conn::At::size;
        }
    }
    return false;
}

bool take(Conn& conn, std::string_view bytes, std::uint64_t now) {
    std::string rest;
    if (conn.in_head) {
        conn.held.append(bytes);
        const auto end = conn.held.find("\r\n\r\n");
        if (end == std::string::npos) return false;
        rest = conn.held.substr(end + 4);
        take_head(conn, conn.held.substr(0, end + 2));
        conn.held.clear();
        bytes = rest;
    }
    if (conn.chunked) return take_chunks(conn, bytes, now);
    take_body(conn, bytes, now);
    if (conn.left >= 0) conn.left -= static_cast<long>(bytes.size());
    return conn.left == 0;
}

void answered(Conn& conn, std::uint64_t now) {
    conn.busy = false;
    ++seen.statuses[conn.status];
    if (conn.status != 200) return;
    seen.whole.push_back(micros(conn.began, now));
    if (!sse) return;
    if (conn.events != words) ++seen.short_streams;
    if (!conn.usage) ++seen.no_usage;
}

double part(std::vector<std::uint32_t>& values, double share) {
    if (values.empty()) return -1;
    const auto at =
        std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())));
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
    return values[at];
}

void print(double seconds) {
    std::uint64_t answers = 0;
    std::printf("{\"statuses\":{");
    for (const char* comma = ""; const auto& [status, count] : seen.statuses) {
        std::printf("%s\"%d\":%llu", comma, status, static_cast<unsigned long long>(count));
        comma = ",";
        answers += count;
    }
    std::printf("},\"answers\":%llu,\"seconds\":%.3f,\"p50\":%.0f,\"p99\":%.0f",
                static_cast<unsigned long long>(answers), seconds, part(seen.whole, .5),
                part(seen.whole, .99));
    if (sse)
        std::printf(
            ",\"first50\":%.0f,\"event50\":%.0f,\"event99\":%.0f,\"events\":%zu,\"short\":%llu,\"no_usage\":%"
            "llu",
            part(seen.first, .5), part(seen.event, .5), part(seen.event, .99), seen.event.size(),
            static_cast<unsigned long long>(seen.short_streams),
            static_cast<unsigned long long>(seen.no_usage));
    std::printf("}\n");
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    if (argc < 7) return std::fputs("see the head of load.cpp\n", stderr), 2;
    sse = std::string_view(argv[1]) == "sse";
    port = std::atoi(argv[2]);
    std::ifstream file(argv[4]);
    std::stringstream body;
    body << file.rdbuf();
    std::string headers;
    for (int i = 7; i < argc; ++i) headers += std::string(argv[i]) + "\r\n";
    request = "POST " + std::string(argv[3]) + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
              "\r\nContent-Type: application/json\r\n" + headers +
              "Content-Length: " + std::to_string(body.str().size()) + "\r\n\r\n" + body.str();
    const bool counted = argv[6][0] == 'n';
    const std::uint64_t wanted = counted ? std::strtoull(argv[6] + 1, nullptr, 10) : ~0ull;
    const double seconds = counted ? 1e9 : std::atof(argv[6]);

    poller = epoll_create1(0);
    conns.resize(static_cast<std::size_t>(std::atoi(argv[5])));
    for (auto& conn : conns) dial(conn);
    const std::uint64_t start = now_ns();
    const auto end = start + static_cast<std::uint64_t>(std::min(seconds, 1e8) * 1e9);
    std::uint64_t asked = 0;
    std::size_t begun = 0, busy = 0;
    const auto more = [&](std::uint64_t now) { return now < end && asked < wanted; };
    const auto begin = [&](Conn& conn) { ask(conn), ++asked, ++busy; };
    std::vector<epoll_event> events(512);
    std::vector<char> bytes(65536);
    for (;;) {
        std::uint64_t now = now_ns();
        for (; begun < conns.size() && more(now); ++begun) {
            if (sse && now - start < spread_ns * begun / conns.size()) break;
            begin(conns[begun]);
        }
        if (busy == 0 && (begun == conns.size() || !more(now))) break;
        if (!counted && now > end + patience_ns) break;
        const int count = epoll_wait(poller, events.data(), static_cast<int>(events.size()),
                                     begun < conns.size() ? 1 : 100);
        for (int i = 0; i < count; ++i) {
            Conn& conn = conns[events[static_cast<std::size_t>(i)].data.u32];
            const auto got = recv(conn.fd, bytes.data(), bytes.size(), MSG_DONTWAIT);
            now = now_ns();
            if (got < 0 && errno == EAGAIN) continue;
            bool complete = false, dead = got <= 0;
            if (got > 0) {
                complete = conn.busy && take(conn, {bytes.data(), static_cast<std::size_t>(got)}, now);
            } else if (conn.busy) {
                complete = true;
                if (conn.in_head || conn.chunked || conn.left >= 0) conn.status = 0;
            }
            dead = dead || (complete && conn.closes);
            if (complete) answered(conn, now), --busy;
            if (dead) dial(conn);
            if (complete && more(now)) begin(conn);
        }
    }
    print(static_cast<double>(now_ns() - start) / 1e9);
}
