#pragma once
// Who calls, as the Guard found out: the value behind http::Principal.
#include <optional>

#include "auth/model.h"
#include "base/result.h"
#include "http/call.h"

namespace lares::api {

struct Caller : auth::Identity {
    std::optional<Error> rejected;  // the credential was not valid: nobody, and why
};

// In handlers of routes whose access is person(): the Guard let nobody else through.
inline const Caller& caller_of(const http::Call& call) {
    return *call.principal().as<Caller>();
}
inline UserId user_of(const http::Call& call) {
    return caller_of(call).user_id;
}
inline bool is_admin(const http::Call& call) {
    return caller_of(call).role == auth::Role::admin;
}

}  // namespace lares::api
