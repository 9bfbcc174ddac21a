// A model's provider that costs next to nothing: mock PORT, on one thread.
//   POST …/chat/completions (OpenAI) and …/messages (Anthropic)
//   "stream":true    64 events with a word each, in a chunk and a write of their own, then usage and the end;
//                    with the text delay10 in the request one event every 10 ms, else all at once
//   otherwise        some 240 bytes of JSON, at once
// Every word is "T<ns> ", the time of its write (CLOCK_MONOTONIC), so that a client on this host knows how
// long it was on the way.
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace {

constexpr int words = 64;
constexpr std::uint64_t pause_ns = 10'000'000;

struct Conn {
    int fd = -1;
    std::string in, out;
    int left = 0;              // words of the stream that is being sent
    std::uint32_t stream = 0;  // which one
    bool waits_to_write = false;
    bool anthropic = false;
};

struct Due {
    std::uint64_t at;
    int fd;
    std::uint32_t stream;
    bool operator<(const Due& other) const { return at > other.at; }
};

int poller;
std::vector<std::unique_ptr<Conn>> conns(65536);
std::priority_queue<Due> timers;
std::uint32_t streams = 0;

std::uint64_t now_ns() {
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(t.tv_nsec);
}

void watch(Conn& conn, bool writes) {
    if (conn.waits_to_write == writes) return;
    epoll_event event{};
    event.events = EPOLLIN | (writes ? static_cast<std::uint32_t>(EPOLLOUT) : 0u);
    event.data.fd = conn.fd;
    epoll_ctl(poller, EPOLL_CTL_MOD, conn.fd, &event);
    conn.waits_to_write = writes;
}

void put(Conn& conn, std::string_view bytes) {
    if (conn.out.empty()) {
        const auto sent = send(conn.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    if (bytes.empty()) return;
    conn.out.append(bytes);
    watch(conn, true);
}

void chunk(Conn& conn, std::string_view data) {
    char framed[1024];
    const int head = std::snprintf(framed, sizeof framed, "%zx\r\n", data.size());
    std::memcpy(framed + head, data.data(), data.size());
    std::memcpy(framed + head + data.size(), "\r\n", 2);
    put(conn, {framed, static_cast<std::size_t>(head) + data.size() + 2});
}

constexpr std::string_view begins_anthropic =
    "event: message_start\ndata: "
    "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_mock\",\"type\":\"message\",\"role\":"
    "\"assistant\","
    "\"model\":\"mock\",\"content\":[],\"stop_reason\":null,\"usage\":{\"input_tokens\":12,\"output_tokens\":"
    "1}}}\n\n"
    "event: content_block_start\ndata: "
    "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n";
constexpr std::string_view ends_anthropic =
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"
    "event: message_delta\ndata: "
    "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},"
    "\"usage\":{\"output_tokens\":64}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
constexpr std::string_view head_openai =
    "data: "
    "{\"id\":\"chatcmpl-mock\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":"
    "\"mock\",\"choices\":[";

void word(Conn& conn) {
    char text[512];
    const unsigned long long at = now_ns();
    const int size =
        conn.anthropic
            ? std::snprintf(
                  text, sizeof text,
                  "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":"
                  "{\"type\":\"text_delta\",\"text\":\"T%llu \"}}\n\n",
                  at)
            : std::snprintf(
                  text, sizeof text,
                  "%.*s{\"index\":0,\"delta\":{%s\"content\":\"T%llu \"},\"finish_reason\":null}]}\n\n",
                  static_cast<int>(head_openai.size()), head_openai.data(),
                  conn.left == words ? "\"role\":\"assistant\"," : "", at);
    chunk(conn, {text, static_cast<std::size_t>(size)});
    --conn.left;
}

void finish(Conn& conn) {
    if (conn.anthropic) {
        chunk(conn, ends_anthropic);
    } else {
        chunk(conn, std::string(head_openai) + "{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n");
        chunk(conn,
              std::string(head_openai) +
                  "],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":64,\"total_tokens\":76}}\n\n");
        chunk(conn, "data: [DONE]\n\n");
    }
    put(conn, "0\r\n\r\n");
}

void whole(Conn& conn) {
    char body[512], answer[768];
    const unsigned long long at = now_ns();
    const int size =
        conn.anthropic
            ? std::snprintf(body, sizeof body,
                            "{\"id\":\"msg_mock\",\"type\":\"message\",\"role\":\"assistant\",\"model\":"
                            "\"mock\",\"content\":[{\"type\":"
                            "\"text\",\"text\":\"T%llu "
                            "\"}],\"stop_reason\":\"end_turn\",\"stop_sequence\":null,\"usage\":"
                            "{\"input_tokens\":12,\"output_tokens\":2}}",
                            at)
            : std::snprintf(
                  body, sizeof body,
                  "{\"id\":\"chatcmpl-mock\",\"object\":\"chat.completion\",\"created\":1700000000,\"model\":"
                  "\"mock\","
                  "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"T%llu "
                  "\"},\"finish_reason\":"
                  "\"stop\"}],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":2,\"total_tokens\":14}}",
                  at);
    const int all = std::snprintf(
        answer, sizeof answer,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", size, body);
    put(conn, {answer, static_cast<std::size_t>(all)});
}

void serve(Conn& conn, std::string_view head, std::string_view body) {
    const auto has = [&](std::string_view text) { return body.find(text) != body.npos; };
    conn.anthropic = head.substr(0, head.find('\r')).find("/messages") != head.npos;
    if (!has("\"stream\":true") && !has("\"stream\": true")) return whole(conn);
    put(conn,
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\nTransfer-Encoding: "
        "chunked\r\n\r\n");
    if (conn.anthropic) chunk(conn, begins_anthropic);
    conn.left = words;
    conn.stream = ++streams;
    word(conn);
    if (has("delay10")) {
        timers.push({now_ns() + pause_ns, conn.fd, conn.stream});
        return;
    }
    while (conn.left > 0) word(conn);
    finish(conn);
}

std::string_view header(std::string_view head, std::string_view name) {
    for (std::size_t at = head.find('\n'); at != head.npos && at + 1 + name.size() < head.size();
         at = head.find('\n', at + 1))
        if (strncasecmp(head.data() + at + 1, name.data(), name.size()) == 0) {
            const auto value = head.substr(at + 1 + name.size());
            return value.substr(0, value.find('\r'));
        }
    return {};
}

// A body in chunks, whole or not yet: some clients send it so. 0: not yet; else where it ends.
std::size_t unchunk(std::string_view in, std::size_t at, std::string& body) {
    for (;;) {
        const auto line = in.find("\r\n", at);
        if (line == in.npos) return 0;
        const std::size_t size = std::strtoul(in.data() + at, nullptr, 16);
        at = line + 2;
        if (in.size() < at + size + 2) return 0;
        body.append(in.substr(at, size));
        at += size + 2;
        if (size == 0) return at;
    }
}

bool read_more(Conn& conn) {
    char bytes[65536];
    for (;;) {
        const auto got = recv(conn.fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (got == 0) return false;
        if (got < 0) {
            if (errno == EAGAIN) break;
            return false;
        }
        conn.in.append(bytes, static_cast<std::size_t>(got));
        if (static_cast<std::size_t>(got) < sizeof bytes) break;
    }
    for (;;) {
        const std::string_view in(conn.in);
        const auto end = in.find("\r\n\r\n");
        if (end == in.npos) return true;
        const auto head = in.substr(0, end + 2);
        std::string chunked;
        std::size_t used = 0;
        if (header(head, "transfer-encoding:").find("chunked") != std::string_view::npos) {
            used = unchunk(in, end + 4, chunked);
            if (used == 0) return true;
            serve(conn, head, chunked);
        } else {
            const std::size_t size =
                std::strtoul(std::string(header(head, "content-length:")).c_str(), nullptr, 10);
            used = end + 4 + size;
            if (in.size() < used) return true;
            serve(conn, head, in.substr(end + 4, size));
        }
        conn.in.erase(0, used);
    }
}

void add(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
}

void accept_all(int listener) {
    const int one = 1;
    for (int fd; (fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        auto& conn = conns.at(static_cast<std::size_t>(fd));
        conn = std::make_unique<Conn>();
        conn->fd = fd;
        add(fd);
    }
}

void look(const epoll_event& event) {
    auto& conn = conns.at(static_cast<std::size_t>(event.data.fd));
    if (!conn) return;
    if (event.events & EPOLLOUT) {
        const auto sent = send(conn->fd, conn->out.data(), conn->out.size(), MSG_NOSIGNAL);
        if (sent > 0) conn->out.erase(0, static_cast<std::size_t>(sent));
        if (conn->out.empty()) watch(*conn, false);
    }
    if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && !read_more(*conn)) {
        close(conn->fd);
        conn.reset();
    }
}

void tick() {
    for (const auto now = now_ns(); !timers.empty() && timers.top().at <= now;) {
        const Due due = timers.top();
        timers.pop();
        auto& conn = conns[static_cast<std::size_t>(due.fd)];
        if (!conn || conn->stream != due.stream) continue;
        word(*conn);
        if (conn->left > 0)
            timers.push({due.at + pause_ns, due.fd, due.stream});
        else
            finish(*conn);
    }
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    if (argc != 2) return std::fputs("mock PORT\n", stderr), 2;
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[1])));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        listen(listener, 4096) != 0)
        return std::perror("mock"), 1;
    poller = epoll_create1(0);
    const int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    add(listener);
    add(timer);
    std::vector<epoll_event> events(512);
    for (;;) {
        if (!timers.empty()) {
            itimerspec next{};
            next.it_value.tv_sec = static_cast<time_t>(timers.top().at / 1'000'000'000);
            next.it_value.tv_nsec = static_cast<long>(timers.top().at % 1'000'000'000);
            timerfd_settime(timer, TFD_TIMER_ABSTIME, &next, nullptr);
        }
        const int count = epoll_wait(poller, events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < count; ++i) {
            const auto& event = events[static_cast<std::size_t>(i)];
            std::uint64_t expired = 0;
            if (event.data.fd == listener)
                accept_all(listener);
            else if (event.data.fd == timer)
                (void)!read(timer, &expired, sizeof expired);
            else
                look(event);
        }
        tick();
    }
}
