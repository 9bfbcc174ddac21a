#pragma once
// Who calls, how often, and what they may: asked by http, answered by api. http never looks inside an Access,
// a relation or a Principal.
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "async/task.h"
#include "base/id.h"
#include "base/result.h"
#include "http/head.h"

namespace lares::http {

// Who may call a route. No default: a route that does not say it does not compile.
struct Access {
    std::uint8_t who;      // anonymous, person, program …: api's numbers
    std::uint8_t role;     // the least role
    std::uint32_t scopes;  // what an access key must hold
    constexpr Access(std::uint8_t who_may, std::uint8_t least_role, std::uint32_t needed_scopes)
        : who(who_may), role(least_role), scopes(needed_scopes) {}
    bool operator==(const Access&) const = default;
};

// A kind of id that a route takes, and the relation that the caller must have to what it names.
struct Touch {
    std::string_view kind;  // Tag::kind
    std::uint16_t relation;
};

// One id as it came in a request.
struct Touched {
    std::string_view kind;
    Uuid id;
    std::uint16_t relation;
    std::string field;  // where it stood: "messages[2].id"
};

// Empty: nobody. `label` goes to logs and must not be a secret.
struct Principal {
    std::shared_ptr<const void> value;
    std::string label;
    explicit operator bool() const { return value != nullptr; }
    template <class T>
    const T* as() const {
        return static_cast<const T*>(value.get());
    }
};

// Whose memory it is that a body takes: an account's, or of those who call from one place unknown.
struct Holder {
    std::string name;
    bool known = false;
};

// All calls come on event loops, from several threads at once. Nothing here may block.
class Guard {
public:
    virtual ~Guard() = default;

    // Whether the request carries any credential. Without one, identify() is not called and nobody calls.
    virtual bool has_credentials(const RequestHead& head) const = 0;

    // The credentials of the request. An invalid one is an error; it is not "nobody".
    virtual Task<Result<Principal>> identify(const RequestHead& head) = 0;
    // The same where nothing has to be waited for; nullopt: ask identify().
    virtual std::optional<Result<Principal>> identify_now(const RequestHead&) { return std::nullopt; }

    // The ticket of a socket's first message.
    virtual Task<Result<Principal>> identify_hello(const RequestHead& head, std::string ticket) = 0;

    // Rate buckets; the error carries retry_after_ms.
    virtual Result<void> admit_address(const RequestHead& head, std::uint32_t weight) = 0;
    virtual Result<void> admit(const Principal& principal, const RequestHead& head, std::uint32_t weight) = 0;

    virtual Holder holder(const RequestHead& head, const Principal& principal) const = 0;

    // The head tells where a call comes from; a socket's has no fields any more.
    virtual Task<Result<void>> may(const RequestHead& head, const Principal& principal, Access access,
                                   std::span<const Touched> touched) = 0;

    // The same where nothing has to be waited for; nullopt: ask may().
    virtual std::optional<Result<void>> may_now(const RequestHead&, const Principal&, Access,
                                                std::span<const Touched>) {
        return std::nullopt;
    }

    // Cheap; asked every second or so for each open socket and stream, and before each socket message.
    virtual bool still_valid(const Principal& principal) const = 0;
};

// What an absent object and a denied private one answer, byte for byte.
inline tl::unexpected<Error> not_found() {
    return fail(Code::not_found, "not-found", "There is nothing here.");
}

}  // namespace lares::http
