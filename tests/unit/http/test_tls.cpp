#include <filesystem>
#include <memory>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit/http/kit.h"

namespace lares::http::test {
namespace {

namespace fs = std::filesystem;

// A self-signed certificate for localhost.
class Tls : public testing::Test {
protected:
    void SetUp() override {
        folder = fs::temp_directory_path() / ("lares-tls-" + std::to_string(::getpid()));
        fs::create_directories(folder);
        EVP_PKEY* key = EVP_EC_gen("P-256");
        X509* certificate = X509_new();
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
        X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
        X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
        X509_set_pubkey(certificate, key);
        X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                                   reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
        X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
        X509_sign(certificate, key, EVP_sha256());
        FILE* out = std::fopen((folder / "cert.pem").c_str(), "w");
        PEM_write_X509(out, certificate);
        std::fclose(out);
        out = std::fopen((folder / "key.pem").c_str(), "w");
        PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
        std::fclose(out);
        X509_free(certificate);
        EVP_PKEY_free(key);
    }
    void TearDown() override { fs::remove_all(folder); }

    Options options() const {
        Options o;
        o.tls_certificate = folder / "cert.pem";
        o.tls_key = folder / "key.pem";
        return o;
    }
    fs::path folder;
};

// Asks over TLS with at most this version; "" when the handshake fails. `end_said`: whether close_notify
// came.
std::string ask(std::uint16_t port, int max_version, const std::string& request, std::string_view until,
                bool* end_said = nullptr) {
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_max_proto_version(context, max_version);
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::string out;
    if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
        SSL* ssl = SSL_new(context);
        SSL_set_fd(ssl, fd);
        if (SSL_connect(ssl) == 1) {
            SSL_write(ssl, request.data(), static_cast<int>(request.size()));
            char buffer[4096];
            int got;
            while (out.find(until) == std::string::npos && (got = SSL_read(ssl, buffer, sizeof buffer)) > 0)
                out.append(buffer, static_cast<std::size_t>(got));
            if (end_said) *end_said = (SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN) != 0;
        }
        SSL_free(ssl);
    }
    ::close(fd);
    SSL_CTX_free(context);
    return out;
}

TEST_F(Tls, ServesAndRefusesOldVersions) {
    TestServer server(options());
    const std::string request = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const std::string reply = ask(server.port(), TLS1_3_VERSION, request, "}");
    EXPECT_NE(reply.find("200 OK"), std::string::npos);
    EXPECT_NE(reply.find("strict-transport-security: max-age="), std::string::npos);
    EXPECT_NE(ask(server.port(), TLS1_2_VERSION, request, "}").find("200 OK"), std::string::npos);
    EXPECT_EQ(ask(server.port(), TLS1_1_VERSION, request, "}"), "");
}

TEST_F(Tls, StreamsAndLargeAnswers) {
    TestServer server(options());
    const std::string stream =
        ask(server.port(), TLS1_3_VERSION,
            "GET /api/v1/stream?events=50&bytes=20000 HTTP/1.1\r\nHost: localhost\r\n\r\n", "\r\n0\r\n\r\n");
    EXPECT_NE(stream.find("id: t/49\n"), std::string::npos);
    EXPECT_GT(ask(server.port(), TLS1_3_VERSION,
                  "GET /api/v1/big HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "no such end")
                  .size(),
              8u * 1024 * 1024);
}

// Whoever reads until the end can tell it from a cut line.
TEST_F(Tls, AnEndIsSaid) {
    TestServer server(options());
    for (const char* path : {"/health", "/api/v1/stream?events=3&bytes=10"}) {
        bool said = false;
        ask(server.port(), TLS1_3_VERSION,
            std::string("GET ") + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
            "no such end", &said);
        EXPECT_TRUE(said) << path;
    }
}

TEST_F(Tls, AnUnreadableCertificateStopsTheStart) {
    Options o = options();
    o.tls_certificate = folder / "none.pem";
    o.port = 0;
    o.loops = 1;
    Server server(o);
    TestGuard guard;
    Site site;
    const auto opened = server.open(site.routes(), guard);
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().message.find("none.pem"), std::string::npos);
}

}  // namespace
}  // namespace lares::http::test
