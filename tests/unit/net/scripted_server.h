#pragma once
// A server for tests: plain or TLS, on a loopback address, one blocking thread a connection. It answers what
// a test's function says, in the pieces that it says.
#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace lares::net::testing {

struct Reply {
    std::vector<std::string> pieces;  // written one by one
    bool close = false;               // after them; a TLS stream is then closed as TLS asks
    bool cut = false;                 // closed without that
    int pause_ms = 0;                 // before each piece but the first
};

Reply reply(std::string body, const std::string& head = "HTTP/1.1 200 OK");
Reply redirect(const std::string& location, int status = 302);

// A self-signed certificate for a name, and its key; PEM.
struct Certificate {
    std::string certificate, key;
    static Certificate make(const std::string& name);
};

class ScriptedServer {
public:
    using Handler = std::function<Reply(const std::string& request)>;  // head and body as they came
    explicit ScriptedServer(Handler handler, const std::string& address = "127.0.0.1");
    ScriptedServer(Handler handler, Certificate certificate);
    ~ScriptedServer();
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    std::uint16_t port() const { return port_; }
    std::string at(const std::string& host) const { return host + ":" + std::to_string(port_); }
    int connections() const { return connections_; }
    std::vector<std::string> requests() const;

private:
    struct Tls;
    class Stream;
    void listen(const std::string& address);
    void accept();
    void serve(int socket);

    Handler handler_;
    std::shared_ptr<Tls> tls_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<int> connections_ = 0;
    std::atomic<bool> stopping_ = false;
    mutable std::mutex mutex_;
    std::vector<std::string> requests_;
    std::list<int> open_;
    std::list<std::thread> threads_;
    std::thread acceptor_;
};

}  // namespace lares::net::testing
