#include "unit/http/kit.h"

#include <cstring>
#include <filesystem>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"

namespace lares::http::test {

// --- the product -------------------------------------------------------------------------------------------

struct Echo {
    std::string text;
    std::optional<int> times;
};
BOOST_DESCRIBE_STRUCT(Echo, (), (text, times))
constexpr auto json_rules(const Echo*) {
    return std::array{json::length("text", 1, 20), json::range("times", 1, 3)};
}
struct EchoReply {
    std::string text;
    std::string who;
};
BOOST_DESCRIBE_STRUCT(EchoReply, (), (text, who))
struct NoteRequest {
    NoteId id;
    std::optional<int> page;
};
BOOST_DESCRIBE_STRUCT(NoteRequest, (), (id, page))
struct NoteReply {
    NoteId id;
    std::string path;
    std::optional<int> page;
};
BOOST_DESCRIBE_STRUCT(NoteReply, (), (id, path, page))
struct EditNote {
    NoteId id;
    std::string text;
};
BOOST_DESCRIBE_STRUCT(EditNote, (), (id, text))
// Its default is made where it is read.
std::string this_thread() {
    char name[16] = {};
    pthread_getname_np(pthread_self(), name, sizeof name);
    return name;
}
struct Pad {
    std::string pad;
    std::string read_by = this_thread();
};
BOOST_DESCRIBE_STRUCT(Pad, (), (pad, read_by))
constexpr auto json_optional(const Pad*) {
    return std::array<std::string_view, 1>{"read_by"};
}
struct ReadBy {
    std::string thread;
    std::int64_t size = 0;
};
BOOST_DESCRIBE_STRUCT(ReadBy, (), (thread, size))
struct Health {
    std::string status;
};
BOOST_DESCRIBE_STRUCT(Health, (), (status))
struct Count {
    int events = 0;
    std::optional<int> bytes;
    std::optional<int> pause_ms;
    std::optional<std::string> fail;
};
BOOST_DESCRIBE_STRUCT(Count, (), (events, bytes, pause_ms, fail))

namespace {

struct Api {
    Site& site;

    Task<Result<Health>> health(Call&) { co_return Health{"ok"}; }
    Task<Result<EchoReply>> echo(Call& call, Echo echo) {
        call.set_header("x-extra", "a\r\nx-injected: b");
        co_return EchoReply{echo.text, call.principal().label};
    }
    Result<ReadBy> read_by(Call&, Pad pad) {
        return ReadBy{pad.read_by, static_cast<std::int64_t>(pad.pad.size())};
    }
    Task<Result<NoteReply>> note(Call& call, NoteRequest request) {
        if (request.id != note_of("ann-1")) co_return not_found();
        co_return NoteReply{request.id, std::string(call.head().path), request.page};
    }
    Task<Result<void>> edit(Call&, EditNote) { co_return Result<void>{}; }
    Task<Result<Answer>> upload(Call&, Body body) {
        co_return json_answer(201, "{\"bytes\":" + std::to_string(body.data.size()) + "}");
    }
    Task<Result<Answer>> form(Call&, Multipart form) {
        const Part* part = form.find("file");
        co_return json_answer(200, "{\"bytes\":" + std::to_string(part ? part->data.size() : 0) + "}");
    }
    Task<Result<Bytes>> bytes(Call&) { co_return Bytes{.data = "0123456789", .content_type = "text/plain"}; }
    Task<Result<File>> file(Call&) {
        co_return File{.path = std::filesystem::temp_directory_path() / "lares-http-file.bin"};
    }
    Task<Result<Answer>> big(Call&) {
        co_return Answer{.content_type = "application/octet-stream",
                         .body = std::string(8 * 1024 * 1024, 'x')};
    }
    Task<Result<Health>> slow(Call&) {
        struct Unwound {
            Site& site;
            ~Unwound() { ++site.slow_unwound; }
        } unwound{site};
        co_await site.clock.sleep_for(std::chrono::seconds(20));
        co_return Health{"late"};
    }
    Task<Result<Health>> throws(Call&) {
        throw std::runtime_error("a secret of ours");
        co_return Health{};
    }
    Task<Result<void>> stream(Call&, Count count, EventStream& events) {
        struct Ended {
            Site& site;
            ~Ended() { ++site.streams_ended; }
        } ended{site};
        if (count.fail && *count.fail == "before")
            co_return fail(Code::unavailable, "model-loading", "Loading.");
        for (int i = 0; i < count.events; ++i) {
            std::string json = "{\"n\":" + std::to_string(i);
            if (count.bytes)
                json += ",\"pad\":\"" + std::string(static_cast<std::size_t>(*count.bytes), 'x') + '"';
            LARES_CO_CHECK(co_await events.send("tick", json + '}', "t/" + std::to_string(i)));
            if (count.pause_ms) co_await site.clock.sleep_for(async::Milliseconds(*count.pause_ms));
        }
        if (count.fail) co_return fail(Code::upstream, "model-failed", "It broke.");
        co_return Result<void>{};
    }
};

class Chat final : public SocketHandler {
public:
    Chat(Site& site, Socket& socket) : site_(site), socket_(socket) {}
    Task<Result<void>> opened() override {
        if (socket_.principal().label == "breaker") throw std::runtime_error("oops");
        socket_.send("ready", R"({"who":")" + socket_.principal().label + "\"}");
        co_return Result<void>{};
    }
    Task<void> closed() override {
        ++site_.sockets_closed;
        co_return;
    }
    Task<Result<void>> on_say(Call&, Echo echo) {
        socket_.send("said", R"({"text":")" + echo.text + "\"}");
        co_return Result<void>{};
    }
    Task<Result<void>> on_note(Call&, NoteRequest) {
        socket_.send("noted", "{}");
        co_return Result<void>{};
    }
    Task<Result<void>> on_flood(Call&, Count count) {
        const std::string data =
            "\"" + std::string(static_cast<std::size_t>(count.bytes.value_or(1)), 'x') + "\"";
        for (int i = 0; i < count.events; ++i) socket_.send("blob", data);
        co_return Result<void>{};
    }
    Task<Result<void>> on_pause(Call&, Count count) {
        co_await site_.clock.sleep_for(async::Milliseconds(count.pause_ms.value_or(0)));
        co_return Result<void>{};
    }
    Task<Result<void>> on_throw(Call&) {
        throw std::runtime_error("oops");
        co_return Result<void>{};
    }

private:
    Site& site_;
    Socket& socket_;
};

Api* api_of(Site& site) {
    static std::map<Site*, std::unique_ptr<Api>> all;
    auto& api = all[&site];
    api = std::make_unique<Api>(Api{site});
    return api.get();
}

}  // namespace

Routes Site::routes() {
    Api& api = *api_of(*this);
    Routes all;
    all.push_back(route<&Api::health>({.method = Method::get, .path = "/health", .access = anyone}, api));
    all.push_back(route<&Api::echo>({.method = Method::post,
                                     .path = "/api/v1/echo",
                                     .access = anyone,
                                     .body_cap = 200,
                                     .summary = "Says it again"},
                                    api));
    all.push_back(
        route<&Api::echo>({.method = Method::post, .path = "/api/v1/me/echo", .access = person}, api));
    all.push_back(route<&Api::read_by>(
        {.method = Method::post, .path = "/api/v1/read-by", .access = person, .body_cap = 4 * 1024 * 1024},
        api));
    all.push_back(route<&Api::note>({.method = Method::get,
                                     .path = "/api/v1/notes/{id}",
                                     .access = person,
                                     .touches = {{NoteTag::kind, owner}}},
                                    api));
    all.push_back(route<&Api::edit>({.method = Method::patch,
                                     .path = "/api/v1/notes/{id}",
                                     .access = person,
                                     .touches = {{NoteTag::kind, owner}}},
                                    api));
    all.push_back(route<&Api::upload>(
        {.method = Method::post, .path = "/api/v1/uploads", .access = anyone, .body_cap = 1024 * 1024}, api));
    all.push_back(route<&Api::form>(
        {.method = Method::post, .path = "/api/v1/forms", .access = anyone, .body_cap = 1024 * 1024}, api));
    all.push_back(
        route<&Api::bytes>({.method = Method::get, .path = "/api/v1/bytes", .access = anyone}, api));
    all.push_back(route<&Api::file>({.method = Method::get, .path = "/api/v1/file", .access = anyone}, api));
    all.push_back(route<&Api::big>({.method = Method::get, .path = "/api/v1/big", .access = anyone}, api));
    all.push_back(route<&Api::slow>(
        {.method = Method::get, .path = "/api/v1/slow", .access = anyone, .deadline_ms = 600}, api));
    all.push_back(route<&Api::slow>(
        {.method = Method::get, .path = "/api/v1/endless", .access = anyone, .deadline_ms = 0}, api));
    all.push_back(
        route<&Api::throws>({.method = Method::get, .path = "/api/v1/throws", .access = anyone}, api));
    all.push_back(
        route<&Api::stream>({.method = Method::post, .path = "/api/v1/stream", .access = anyone}, api));
    all.push_back(
        route<&Api::stream>({.method = Method::get, .path = "/api/v1/stream", .access = anyone}, api));
    all.push_back(socket(
        {.method = Method::get, .path = "/api/v1/chat", .access = person},
        [this](Socket& s) -> std::unique_ptr<SocketHandler> { return std::make_unique<Chat>(*this, s); },
        {message<&Chat::on_say>({.name = "say", .access = person}),
         message<&Chat::on_note>({.name = "note", .access = person, .touches = {{NoteTag::kind, owner}}}),
         message<&Chat::on_flood>({.name = "flood", .access = person}),
         message<&Chat::on_pause>({.name = "pause", .access = person}),
         message<&Chat::on_throw>({.name = "throw", .access = person}),
         message<&Chat::on_say>({.name = "admin-say", .access = admin})},
        {event<EchoReply>("said")}));
    return all;
}

// --- the guard ---------------------------------------------------------------------------------------------

NoteId note_of(std::string_view name) {
    NoteId id;
    for (std::size_t i = 0; i < name.size() && i < 16; ++i)
        id.value.bytes[i] = static_cast<std::uint8_t>(name[i] & 0x7f);
    return id;
}

namespace {

Result<Principal> principal_of(std::string_view name) {
    if (name.empty() || name == "bad") return fail(Code::unauthorized, "invalid-token", "Sign in again.");
    return Principal{std::make_shared<std::string>(name), std::string(name)};
}

}  // namespace

bool TestGuard::has_credentials(const RequestHead& head) const {
    return !head.bearer().empty() || head.cookie("session");
}
Task<Result<Principal>> TestGuard::identify(const RequestHead& head) {
    co_return principal_of(!head.bearer().empty() ? head.bearer() : head.cookie("session").value_or(""));
}
Task<Result<Principal>> TestGuard::identify_hello(const RequestHead&, std::string ticket) {
    co_return principal_of(ticket);
}
Holder TestGuard::holder(const RequestHead& head, const Principal& principal) const {
    if (principal) return {principal.label, true};
    return {std::string(head.remote), false};
}
Result<void> TestGuard::admit_address(const RequestHead&, std::uint32_t weight) {
    if ((address_weight += static_cast<int>(weight)) > address_limit)
        return fail(Error{Code::rate_limited, "rate-limited", "Slower.", {}, {}, 1500});
    return {};
}
Result<void> TestGuard::admit(const Principal&, const RequestHead&, std::uint32_t) {
    return {};
}
Task<Result<void>> TestGuard::may(const RequestHead&, const Principal& principal, Access access,
                                  std::span<const Touched> touched) {
    ++asked;
    if (access.who > 0 && !principal) co_return fail(Code::unauthorized, "sign-in", "Sign in first.");
    if (access.role > 0 && principal.label != "root") co_return fail(Code::forbidden, "role", "Not for you.");
    for (const Touched& one : touched)
        if (one.id != note_of("ann-1").value || principal.label != "ann") co_return not_found();
    co_return Result<void>{};
}
bool TestGuard::still_valid(const Principal&) const {
    return !revoked;
}

// --- the client --------------------------------------------------------------------------------------------

Client::Client(std::uint16_t port) : port_(port) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        throw std::runtime_error("cannot connect");
}

Client::~Client() {
    ::close(fd_);
}

bool Client::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool Client::fill(std::chrono::milliseconds limit) {
    pollfd state{fd_, POLLIN, 0};
    if (::poll(&state, 1, static_cast<int>(limit.count())) <= 0) return false;
    char buffer[16384];
    const auto got = ::recv(fd_, buffer, sizeof buffer, 0);
    if (got <= 0) return false;
    in_.append(buffer, static_cast<std::size_t>(got));
    return true;
}

std::string Client::read_until(std::string_view end, std::chrono::milliseconds limit) {
    std::size_t at;
    while ((at = in_.find(end)) == std::string::npos)
        if (!fill(limit)) return {};
    std::string out = in_.substr(0, at + end.size());
    in_.erase(0, at + end.size());
    return out;
}

std::string Client::Reply::header(std::string_view name) const {
    std::string_view rest = head;
    while (!rest.empty()) {
        const auto end = rest.find("\r\n");
        const std::string_view line = rest.substr(0, end);
        rest = end == rest.npos ? std::string_view{} : rest.substr(end + 2);
        const auto colon = line.find(':');
        if (colon != line.npos && equal_ignoring_case(line.substr(0, colon), name))
            return std::string(trim(line.substr(colon + 1)));
    }
    return {};
}

std::optional<Client::Reply> Client::read(bool head_request) {
    Reply reply;
    reply.head = read_until("\r\n\r\n");
    if (reply.head.size() < 12) return std::nullopt;
    reply.status = static_cast<unsigned>(std::stoul(reply.head.substr(9, 3)));
    if (head_request || reply.status == 204 || reply.status == 304 || reply.status == 101 ||
        reply.status == 100)
        return reply;
    if (reply.header("transfer-encoding") == "chunked") {
        for (;;) {
            const std::string size = read_until("\r\n");
            if (size.empty()) return std::nullopt;
            const auto bytes = std::stoul(size, nullptr, 16);
            while (in_.size() < bytes + 2)
                if (!fill(std::chrono::seconds(5))) return std::nullopt;
            reply.body += in_.substr(0, bytes);
            in_.erase(0, bytes + 2);
            if (bytes == 0) return reply;
        }
    }
    const auto length = std::stoul(reply.header("content-length"));
    while (in_.size() < length)
        if (!fill(std::chrono::seconds(5))) return std::nullopt;
    reply.body = in_.substr(0, length);
    in_.erase(0, length);
    return reply;
}

Client::Reply Client::ask(std::string_view method, std::string_view path, std::string_view headers,
                          std::string_view body) {
    std::string text = std::string(method) + ' ' + std::string(path) +
                       " HTTP/1.1\r\nHost: localhost:" + std::to_string(port_) + "\r\n" +
                       std::string(headers);
    if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    send(text + "\r\n" + std::string(body));
    return read(method == "HEAD").value_or(Reply{});
}

bool Client::closed(std::chrono::milliseconds limit) {
    const auto until = std::chrono::steady_clock::now() + limit;
    for (;;) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        if (left.count() <= 0) return false;
        pollfd state{fd_, POLLIN, 0};
        if (::poll(&state, 1, static_cast<int>(left.count())) <= 0) return false;
        char buffer[65536];
        const auto got = ::recv(fd_, buffer, sizeof buffer, 0);
        if (got <= 0) return true;
        in_.append(buffer, static_cast<std::size_t>(got));
    }
}

void Client::shutdown_send() {
    ::shutdown(fd_, SHUT_WR);
}

void Client::set_receive_buffer(int bytes) {
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

bool Client::upgrade(std::string_view path, std::string_view headers) {
    send("GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost:" + std::to_string(port_) +
         "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
         std::string(headers) + "\r\n");
    const auto reply = read();
    return reply && reply->status == 101 &&
           reply->header("sec-websocket-accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
}

void Client::send_frame(int opcode, std::string_view payload, bool final, bool masked) {
    std::string frame;
    frame += static_cast<char>((final ? 0x80 : 0) | opcode);
    const int mask_bit = masked ? 0x80 : 0;
    if (payload.size() < 126) {
        frame += static_cast<char>(mask_bit | static_cast<int>(payload.size()));
    } else if (payload.size() <= 0xffff) {
        frame += static_cast<char>(mask_bit | 126);
        frame += static_cast<char>(payload.size() >> 8);
        frame += static_cast<char>(payload.size() & 0xff);
    } else {
        frame += static_cast<char>(mask_bit | 127);
        for (int shift = 56; shift >= 0; shift -= 8)
            frame += static_cast<char>(payload.size() >> shift & 0xff);
    }
    const char mask[4] = {1, 2, 3, 4};
    if (masked) frame.append(mask, 4);
    for (std::size_t i = 0; i < payload.size(); ++i)
        frame += masked ? static_cast<char>(payload[i] ^ mask[i & 3]) : payload[i];
    send(frame);
}

std::optional<Client::Frame> Client::read_frame(std::chrono::milliseconds limit) {
    const auto need = [&](std::size_t bytes) {
        while (in_.size() < bytes)
            if (!fill(limit)) return false;
        return true;
    };
    if (!need(2)) return std::nullopt;
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(in_[i]); };
    std::size_t size = byte(1) & 0x7f, at = 2;
    if (size >= 126) {
        const std::size_t bytes = size == 126 ? 2 : 8;
        if (!need(2 + bytes)) return std::nullopt;
        size = 0;
        for (std::size_t i = 0; i < bytes; ++i) size = size << 8 | byte(at++);
    }
    if (!need(at + size)) return std::nullopt;
    Frame frame{byte(0) & 0x0f, in_.substr(at, size)};
    in_.erase(0, at + size);
    return frame;
}

std::uint16_t Client::Frame::code() const {
    if (payload.size() < 2) return 1005;
    return static_cast<std::uint16_t>(static_cast<std::uint8_t>(payload[0]) << 8 |
                                      static_cast<std::uint8_t>(payload[1]));
}
std::string Client::Frame::reason() const {
    return payload.size() > 2 ? payload.substr(2) : std::string();
}

// --- the server --------------------------------------------------------------------------------------------

TestServer::TestServer(Options options) : site(std::make_unique<Site>()) {
    options.port = 0;
    if (options.loops == 0) options.loops = 2;
    if (options.session_cookies.empty()) options.session_cookies = {"session"};
    server = std::make_unique<Server>(std::move(options));
    if (auto opened = server->open(site->routes(), guard); !opened)
        throw std::runtime_error(opened.error().message);
}

TestServer::~TestServer() {
    server->stop(std::chrono::milliseconds(0));
}

}  // namespace lares::http::test
