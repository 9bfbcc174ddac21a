#include "config/strength.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string_view>

#include "base/text.h"
#include "crypto/fernet.h"

namespace lares::config {
namespace {

constexpr std::size_t secret_bytes_min = 32;
constexpr double entropy_bits_min = 128;

// The shortest beginning that, repeated, makes the text.
std::size_t period(std::string_view text) {
    for (std::size_t p = 1; p < text.size(); ++p)
        if (text.substr(p) == text.substr(0, text.size() - p)) return p;
    return text.size();
}

// Shannon's estimate from the characters' own frequencies, over what does not repeat.
double entropy_bits(std::string_view text) {
    text = text.substr(0, period(text));
    std::array<int, 256> counts{};
    for (char c : text) ++counts[static_cast<unsigned char>(c)];
    double bits = 0;
    for (int count : counts)
        if (count > 0) bits -= count * std::log2(count / static_cast<double>(text.size()));
    return bits;
}

// "aaaa", "abcd", "4321": most neighbours are equal or next to each other.
bool is_sequence(std::string_view text) {
    std::size_t steps = 0;
    for (std::size_t i = 1; i < text.size(); ++i) steps += std::abs(text[i] - text[i - 1]) <= 1;
    return steps * 2 > text.size();
}

// Long enough that chance does not write them: six letters in any case, once in thirty million random
// secrets.
bool has_word(std::string_view text) {
    const std::string lower = to_lower_ascii(text);
    return std::ranges::any_of(std::array<std::string_view, 7>{"secret", "password", "change", "example",
                                                               "default", "please", "qwerty"},
                               [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

}  // namespace

std::string check_jwt_secret(const std::string& value) {
    const auto raw = from_hex(value);
    if ((raw ? raw->size() : value.size()) < secret_bytes_min)
        return "is too short: it needs 32 random bytes";
    if (entropy_bits(value) < entropy_bits_min || is_sequence(value) || (!raw && has_word(value)))
        return "can be guessed: it needs 32 random bytes";
    return {};
}

std::string check_fernet_key(const std::string& value) {
    if (!crypto::Fernet::make({SecretText(value)}))
        return "is no Fernet key (32 bytes as base64url, 44 characters)";
    const std::string raw = *from_base64url(value);
    if (std::set<char>(raw.begin(), raw.end()).size() < 16 || is_sequence(raw)) return "can be guessed";
    return {};
}

}  // namespace lares::config
