#include "db/digest.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include <openssl/evp.h>

#include "base/text.h"

namespace lares::db {

namespace {

class Digest {
public:
    Digest() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
        EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr);
    }
    void add(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
    std::string hex() {
        std::array<unsigned char, 32> out{};
        EVP_DigestFinal_ex(context_.get(), out.data(), nullptr);
        return to_hex({reinterpret_cast<const char*>(out.data()), out.size()});
    }

private:
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

}  // namespace

std::string sha256_hex(std::string_view bytes) {
    Digest digest;
    digest.add(bytes);
    return digest.hex();
}

Result<std::string> sha256_of_file(const std::filesystem::path& file) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(std::fopen(file.c_str(), "rbe"),
                                                                 &std::fclose);
    Digest digest;
    std::array<char, 1 << 16> buffer;
    std::size_t got = 0;
    while (stream && (got = std::fread(buffer.data(), 1, buffer.size(), stream.get())) > 0)
        digest.add({buffer.data(), got});
    if (!stream || std::ferror(stream.get()))
        return fail(Code::internal, "file-unreadable",
                    "Cannot read " + file.string() + ": " + std::strerror(errno));
    return digest.hex();
}

}  // namespace lares::db
