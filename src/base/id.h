#pragma once
// Typed identifiers. A Uuid is a UUIDv7 (RFC 9562: 48 bits of Unix milliseconds, then random); its text form
// is 26 lower-case Crockford base32 characters, in JSON and in SQLite, so that text order is time order.
// Id<Tag> cannot be mixed with another Tag.
#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>

namespace lares {

struct Uuid {
    std::array<std::uint8_t, 16> bytes{};
    auto operator<=>(const Uuid&) const = default;
    std::string text() const;                                 // 26 characters
    static std::optional<Uuid> parse(std::string_view text);  // exactly what text() writes, any case
    std::int64_t unix_ms() const;
};

// Tag is an incomplete struct with `static constexpr std::string_view kind` ("conversation"): it names the id
// in the API description and to the guard.
template <class Tag>
struct Id {
    Uuid value{};
    using tag = Tag;
    static constexpr std::string_view kind = Tag::kind;
    auto operator<=>(const Id&) const = default;
    std::string text() const { return value.text(); }
    static std::optional<Id> parse(std::string_view text) {
        if (auto uuid = Uuid::parse(text)) return Id{*uuid};
        return std::nullopt;
    }
};

struct UserTag {
    static constexpr std::string_view kind = "user";
};
using UserId = Id<UserTag>;
using OwnerId = UserId;  // whose row it is; every private row has one

// Makes ids: monotonic within a process. A seed makes it repeatable (simulation); without one it is seeded
// from the system.
class IdSource {
public:
    IdSource();
    explicit IdSource(std::uint64_t seed);
    Uuid next(std::int64_t unix_ms);  // thread-safe; strictly increasing
    template <class IdType>
    IdType make(std::int64_t unix_ms) {
        return IdType{next(unix_ms)};
    }

private:
    std::mutex mutex_;
    std::mt19937_64 random_;
    bool seeded_;
    std::int64_t last_ms_ = 0;
    std::uint16_t counter_ = 0;
};

}  // namespace lares

template <>
struct std::hash<lares::Uuid> {
    std::size_t operator()(const lares::Uuid& uuid) const noexcept;
};
template <class Tag>
struct std::hash<lares::Id<Tag>> {
    std::size_t operator()(const lares::Id<Tag>& id) const noexcept {
        return std::hash<lares::Uuid>{}(id.value);
    }
};
