#include "unit/net/scripted_server.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

namespace lares::net::testing {

Reply reply(std::string body, const std::string& head) {
    return {.pieces = {head + "\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" + body}};
}

Reply redirect(const std::string& location, int status) {
    return {.pieces = {"HTTP/1.1 " + std::to_string(status) + " Moved\r\nlocation: " + location +
                       "\r\ncontent-length: 0\r\n\r\n"}};
}

namespace {

template <class Write>
std::string pem_of(Write write) {
    BIO* bio = BIO_new(BIO_s_mem());
    write(bio);
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    std::string out(data, static_cast<std::size_t>(size));
    BIO_free(bio);
    return out;
}

}  // namespace

Certificate Certificate::make(const std::string& name) {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* x509 = X509_new();
    X509_set_version(x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    X509_set_pubkey(x509, key);
    X509_NAME* subject = X509_get_subject_name(x509);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"),
                               -1, -1, 0);
    X509_set_issuer_name(x509, subject);
    X509_EXTENSION* alternative =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ("DNS:" + name).c_str());
    X509_add_ext(x509, alternative, -1);
    X509_EXTENSION_free(alternative);
    X509_sign(x509, key, EVP_sha256());
    Certificate out{pem_of([&](BIO* bio) { PEM_write_bio_X509(bio, x509); }), pem_of([&](BIO* bio) {
                        PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
                    })};
    X509_free(x509);
    EVP_PKEY_free(key);
    return out;
}

struct ScriptedServer::Tls {
    SSL_CTX* context = SSL_CTX_new(TLS_server_method());
    explicit Tls(const Certificate& certificate) {
        BIO* bio =
            BIO_new_mem_buf(certificate.certificate.data(), static_cast<int>(certificate.certificate.size()));
        X509* x509 = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
        SSL_CTX_use_certificate(context, x509);
        X509_free(x509);
        BIO_free(bio);
        bio = BIO_new_mem_buf(certificate.key.data(), static_cast<int>(certificate.key.size()));
        EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
        SSL_CTX_use_PrivateKey(context, key);
        EVP_PKEY_free(key);
        BIO_free(bio);
    }
    ~Tls() { SSL_CTX_free(context); }
    Tls(const Tls&) = delete;
};

class ScriptedServer::Stream {
public:
    Stream(int socket, const std::shared_ptr<Tls>& tls) : socket_(socket) {
        if (!tls) return;
        ssl_ = SSL_new(tls->context);
        SSL_set_fd(ssl_, socket);
        good_ = SSL_accept(ssl_) == 1;
    }
    ~Stream() { SSL_free(ssl_); }
    Stream(const Stream&) = delete;
    bool good() const { return good_; }
    bool read(std::string& into) {
        char block[16384];
        const auto count = ssl_ ? SSL_read(ssl_, block, sizeof block)
                                : static_cast<int>(recv(socket_, block, sizeof block, 0));
        if (count > 0) into.append(block, static_cast<std::size_t>(count));
        return count > 0;
    }
    bool write(const std::string& bytes) {
        std::size_t done = 0;
        while (done < bytes.size()) {
            const auto left = static_cast<int>(bytes.size() - done);
            const auto count =
                ssl_
                    ? SSL_write(ssl_, bytes.data() + done, left)
                    : static_cast<int>(send(socket_, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL));
            if (count <= 0) return false;
            done += static_cast<std::size_t>(count);
        }
        return true;
    }
    void close_notify() {
        if (ssl_) SSL_shutdown(ssl_);
    }

private:
    int socket_;
    SSL* ssl_ = nullptr;
    bool good_ = true;
};

ScriptedServer::ScriptedServer(Handler handler, const std::string& address) : handler_(std::move(handler)) {
    listen(address);
}

ScriptedServer::ScriptedServer(Handler handler, Certificate certificate)
    : handler_(std::move(handler)), tls_(std::make_shared<Tls>(certificate)) {
    listen("127.0.0.1");
}

void ScriptedServer::listen(const std::string& address) {
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to sockets that a client has closed
    const bool v6 = address.find(':') != std::string::npos;
    listener_ = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
    sockaddr_storage place{};
    socklen_t size = v6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    place.ss_family = v6 ? AF_INET6 : AF_INET;
    void* raw = v6 ? static_cast<void*>(&reinterpret_cast<sockaddr_in6&>(place).sin6_addr)
                   : static_cast<void*>(&reinterpret_cast<sockaddr_in&>(place).sin_addr);
    inet_pton(place.ss_family, address.c_str(), raw);
    if (bind(listener_, reinterpret_cast<sockaddr*>(&place), size) != 0 || ::listen(listener_, 64) != 0) {
        close(listener_);
        throw std::runtime_error("cannot listen on " + address);
    }
    getsockname(listener_, reinterpret_cast<sockaddr*>(&place), &size);
    port_ = ntohs(reinterpret_cast<sockaddr_in&>(place).sin_port);  // the port has the same place in both
    acceptor_ = std::thread([this] { accept(); });
}

ScriptedServer::~ScriptedServer() {
    stopping_ = true;
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    close(listener_);
    {
        std::lock_guard lock(mutex_);
        for (int socket : open_) shutdown(socket, SHUT_RDWR);
    }
    for (auto& thread : threads_) thread.join();
}

std::vector<std::string> ScriptedServer::requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
}

void ScriptedServer::accept() {
    while (!stopping_) {
        const int socket = ::accept(listener_, nullptr, nullptr);
        if (socket < 0) continue;
        ++connections_;
        std::lock_guard lock(mutex_);
        open_.push_back(socket);
        threads_.emplace_back([this, socket] {
            serve(socket);
            std::lock_guard inner(mutex_);
            open_.remove(socket);
            close(socket);
        });
    }
}

namespace {

// The bytes of the first whole request in the buffer; 0: there is none yet.
std::size_t request_size(const std::string& bytes) {
    const std::size_t head = bytes.find("\r\n\r\n");
    if (head == std::string::npos) return 0;
    const std::size_t at = bytes.find("content-length: ");
    const std::size_t body = at < head ? std::stoul(bytes.substr(at + 16)) : 0;
    return bytes.size() >= head + 4 + body ? head + 4 + body : 0;
}

}  // namespace

void ScriptedServer::serve(int socket) {
    Stream stream(socket, tls_);
    if (!stream.good()) return;
    std::string bytes;
    for (;;) {
        std::size_t size = 0;
        while ((size = request_size(bytes)) == 0) {
            if (!stream.read(bytes)) return;
        }
        const std::string request = bytes.substr(0, size);
        bytes.erase(0, size);
        {
            std::lock_guard lock(mutex_);
            requests_.push_back(request);
        }
        const Reply answer = handler_(request);
        for (std::size_t i = 0; i < answer.pieces.size(); ++i) {
            if (i > 0 && answer.pause_ms > 0)
                std::this_thread::sleep_for(std::chrono::milliseconds(answer.pause_ms));
            if (!stream.write(answer.pieces[i])) return;
        }
        if (answer.close) stream.close_notify();
        if (answer.close || answer.cut) {
            shutdown(socket, SHUT_RDWR);
            return;
        }
    }
}

}  // namespace lares::net::testing
