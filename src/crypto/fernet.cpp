#include "crypto/fernet.h"

#include <cstdlib>
#include <memory>

#include <openssl/evp.h>

#include "base/text.h"
#include "crypto/hash.h"
#include "crypto/random.h"

namespace lares::crypto {
namespace {

// version 1, time 8, IV 16, ciphertext 16 × n, HMAC 32
constexpr char version = '\x80';
constexpr std::size_t block = 16;
constexpr std::size_t header_bytes = 1 + 8 + block;
constexpr std::size_t mac_bytes = 32;
constexpr std::int64_t clock_skew_s = 60;

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

// nullopt: wrong padding (decryption only).
std::optional<std::string> run_cipher(bool encrypting, const SecretText& key, std::string_view iv,
                                      std::string_view in) {
    const Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    std::string out(in.size() + block, '\0');
    int used = 0;
    int rest = 0;
    if (!cipher ||
        EVP_CipherInit_ex(cipher.get(), EVP_aes_128_cbc(), nullptr, bytes(std::string_view(key.reveal())),
                          bytes(iv), encrypting) != 1 ||
        EVP_CipherUpdate(cipher.get(), bytes(out), &used, bytes(in), static_cast<int>(in.size())) != 1)
        std::abort();  // our own use of the library is wrong, or memory is gone
    if (EVP_CipherFinal_ex(cipher.get(), bytes(out) + used, &rest) != 1) return std::nullopt;
    out.resize(static_cast<std::size_t>(used + rest));
    return out;
}

tl::unexpected<Error> refused() {
    return fail(Code::unprocessable, "invalid-fernet-token",
                "The stored value cannot be decrypted with the keys that are set.");
}

std::string padded_base64url(std::string_view raw) {
    std::string out = to_base64url(raw);
    out.append((4 - out.size() % 4) % 4, '=');
    return out;
}

}  // namespace

Result<Fernet> Fernet::make(const std::vector<SecretText>& keys) {
    Fernet out;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        auto raw = from_base64url(keys[i].reveal());
        if (!raw || raw->size() != 2 * block)
            return fail(
                Code::bad_request, "invalid-fernet-key",
                "key " + std::to_string(i + 1) + " is no Fernet key (32 bytes as base64url, 44 characters)");
        out.keys_.push_back({SecretText(raw->substr(0, block)), SecretText(raw->substr(block))});
        wipe(*raw);
    }
    if (out.keys_.empty()) return fail(Code::bad_request, "invalid-fernet-key", "no Fernet key is given");
    return out;
}

std::string Fernet::generate_key() {
    return padded_base64url(random_bytes(2 * block));
}

std::string Fernet::encrypt(std::string_view plain, std::int64_t now_s) const {
    return encrypt_with_iv(plain, now_s, random_bytes(block));
}

std::string Fernet::encrypt_with_iv(std::string_view plain, std::int64_t now_s, std::string_view iv) const {
    std::string token(1, version);
    for (int shift = 56; shift >= 0; shift -= 8)
        token += static_cast<char>(static_cast<std::uint64_t>(now_s) >> shift & 0xff);
    token.append(iv).append(*run_cipher(true, keys_[0].encryption, iv, plain));
    return padded_base64url(token + hmac_sha256(keys_[0].signing.reveal(), token));
}

Result<std::string> Fernet::decrypt(std::string_view token, std::int64_t now_s,
                                    std::optional<std::int64_t> ttl_s) const {
    if (token.size() % 4) return refused();
    const auto raw = from_base64url(token);
    if (!raw || raw->size() < header_bytes + block + mac_bytes || raw->front() != version ||
        (raw->size() - header_bytes - mac_bytes) % block)
        return refused();
    const std::string_view all(*raw);
    const std::string_view body = all.substr(0, all.size() - mac_bytes);
    const std::string_view mac = all.substr(body.size());
    std::uint64_t time = 0;
    for (std::size_t i = 1; i <= 8; ++i) time = time << 8 | static_cast<unsigned char>(all[i]);
    for (const auto& key : keys_) {
        if (!constant_time_equal(mac, hmac_sha256(key.signing.reveal(), body))) continue;
        const auto made_s = static_cast<std::int64_t>(time);
        if (ttl_s && (made_s < 0 || made_s > now_s + clock_skew_s || made_s < now_s - *ttl_s))
            return refused();
        auto plain = run_cipher(false, key.encryption, body.substr(9, block), body.substr(header_bytes));
        if (!plain) return refused();
        return std::move(*plain);
    }
    return refused();
}

}  // namespace lares::crypto
