#include "auth/access_key_text.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "crypto/hash.h"
#include "crypto/random.h"

namespace lares::auth {
namespace {

constexpr std::string_view digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t secret_bytes = 32;
constexpr std::size_t secret_digits = 43;
constexpr std::size_t check_digits = 6;

// CRC-32 (IEEE 802.3), bit by bit: 43 bytes each time.
std::uint32_t crc32(std::string_view bytes) {
    std::uint32_t crc = 0xffffffff;
    for (const unsigned char byte : bytes) {
        crc ^= byte;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xedb88320 & (0 - (crc & 1)));
    }
    return ~crc;
}

std::string check_of(std::string_view body) {
    std::uint32_t crc = crc32(body);
    std::string out(check_digits, '0');
    for (std::size_t i = check_digits; i-- > 0; crc /= 62) out[i] = digits[crc % 62];
    return out;
}

// A number of 256 bits, most significant byte first, in base 62.
std::string base62(std::string bytes) {
    std::string out(secret_digits, '0');
    for (std::size_t i = secret_digits; i-- > 0;) {
        unsigned rest = 0;
        for (char& byte : bytes) {
            const unsigned value = rest << 8 | static_cast<unsigned char>(byte);
            byte = static_cast<char>(value / 62);
            rest = value % 62;
        }
        out[i] = digits[rest];
    }
    wipe(bytes);
    return out;
}

}  // namespace

SecretText make_access_key() {
    std::string body = base62(crypto::random_bytes(secret_bytes));
    std::string text(access_key_prefix);
    text += body;
    text += check_of(body);
    wipe(body);
    return SecretText(std::move(text));
}

bool is_access_key(std::string_view text) {
    if (text.size() != access_key_size || !text.starts_with(access_key_prefix)) return false;
    text.remove_prefix(access_key_prefix.size());
    const bool plain = std::all_of(text.begin(), text.end(),
                                   [](char c) { return digits.find(c) != std::string_view::npos; });
    return plain && check_of(text.substr(0, secret_digits)) == text.substr(secret_digits);
}

SecretText access_key_mac_key(const SecretText& server_secret) {
    return SecretText(crypto::hmac_sha256(server_secret.reveal(), "lares access key 1"));
}

std::string access_key_mac(const SecretText& mac_key, std::string_view text) {
    return crypto::hmac_sha256(mac_key.reveal(), text);
}

}  // namespace lares::auth
