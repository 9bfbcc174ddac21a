#include "base/id.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <sys/random.h>

namespace lares {
namespace {

constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

// Two digits for each ten bits: a text is written in half the steps.
constexpr auto pairs = [] {
    std::array<std::array<char, 2>, 1024> out{};
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = {alphabet[i >> 5], alphabet[i & 31]};
    return out;
}();

int digit(char c) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    auto at = alphabet.find(c);
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

// Of the system, so many at once that a call of it for each id is saved.
std::uint64_t random_bits() {
    constexpr std::size_t at_once = 32;  // 256 bytes: never a part of it only
    thread_local std::array<std::uint64_t, at_once> drawn;
    thread_local std::size_t left = 0;
    if (left == 0) {
        if (getrandom(drawn.data(), sizeof drawn, 0) != sizeof drawn)
            std::abort();  // a machine without randomness must not hand out ids
        left = at_once;
    }
    return std::exchange(drawn[--left], 0);
}

}  // namespace

// 128 bits as 26 digits of 5 bits: the first digit holds the top 3.
std::string Uuid::text() const {
    std::uint64_t high = 0, low = 0;
    for (std::size_t i = 0; i < 8; ++i) {
        high = high << 8 | bytes[i];
        low = low << 8 | bytes[i + 8];
    }
    char digits[26];
    char* to = digits + sizeof digits;
    const auto add = [&to](std::uint64_t ten) { std::memcpy(to -= 2, pairs[ten & 1023].data(), 2); };
    for (int i = 0; i < 6; ++i, low >>= 10) add(low);
    add(low | high << 4);  // four bits of one, six of the other
    high >>= 6;
    for (int i = 0; i < 6; ++i, high >>= 10) add(high);
    return {digits, sizeof digits};
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
    if (text.size() != 26) return std::nullopt;
    unsigned __int128 n = 0;
    for (std::size_t i = 0; i < 26; ++i) {
        const int d = digit(text[i]);
        if (d < 0 || (i == 0 && d > 7)) return std::nullopt;
        n = n << 5 | static_cast<unsigned>(d);
    }
    Uuid uuid;
    for (std::size_t i = 16; i-- > 0; n >>= 8) uuid.bytes[i] = static_cast<std::uint8_t>(n & 0xff);
    return uuid;
}

std::int64_t Uuid::unix_ms() const {
    std::int64_t ms = 0;
    for (std::size_t i = 0; i < 6; ++i) ms = ms << 8 | bytes[i];
    return ms;
}

IdSource::IdSource() : random_(random_bits()), seeded_(false) {}
IdSource::IdSource(std::uint64_t seed) : random_(seed), seeded_(true) {}

// 12 bits of counter within a millisecond keep ids of one process in order; a full counter borrows the next
// millisecond.
Uuid IdSource::next(std::int64_t unix_ms) {
    std::lock_guard lock(mutex_);
    if (unix_ms > last_ms_) {
        last_ms_ = unix_ms;
        counter_ = static_cast<std::uint16_t>(random_() & 0x7ff);
    } else if (++counter_ > 0xfff) {
        ++last_ms_;
        counter_ = 0;
    }
    const std::uint64_t low = seeded_ ? random_() : random_bits();
    Uuid uuid;
    for (std::size_t i = 0; i < 6; ++i) uuid.bytes[i] = static_cast<std::uint8_t>(last_ms_ >> (40 - 8 * i));
    uuid.bytes[6] = static_cast<std::uint8_t>(0x70 | counter_ >> 8);
    uuid.bytes[7] = static_cast<std::uint8_t>(counter_);
    std::memcpy(&uuid.bytes[8], &low, 8);
    uuid.bytes[8] = static_cast<std::uint8_t>((uuid.bytes[8] & 0x3f) | 0x80);
    return uuid;
}

}  // namespace lares

std::size_t std::hash<lares::Uuid>::operator()(const lares::Uuid& uuid) const noexcept {
    std::uint64_t half[2];
    std::memcpy(half, uuid.bytes.data(), 16);
    return half[0] * 0x9e3779b97f4a7c15ULL ^ half[1];
}
