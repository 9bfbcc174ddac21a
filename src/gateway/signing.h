#pragma once
// Which keys a call of an upstream may be signed with, and where each may go: a key of the vault goes to the
// endpoint that stands beside it, or its provider's own, and nowhere else; the environment's to the address
// that stands beside that.
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "async/task.h"
#include "gateway/model.h"
#include "net/client.h"
#include "secrets/provider_keys.h"

namespace lares::gateway {

class Upstream;

// What one attempt is signed with.
struct Signature {
    // Of the vault; none: the upstream's own key and address.
    std::optional<secrets::Credential> credential = {};
    std::string base_url = {};      // of the credential
    net::Client* client = nullptr;  // of the credential: behind the guard, whoever wrote the address
    std::string why = {};

    bool own() const { return !credential; }
    bool of_caller() const { return credential && credential->tier == secrets::KeyTier::user; }
    // A server that the caller named: nobody's prices hold there, and what it tells of itself is its own
    // word.
    bool at_callers_server() const { return of_caller() && !credential->endpoint.empty(); }
};

bool all_at_callers_server(const std::vector<Signature>& signatures);

class Signing {
public:
    static constexpr std::size_t tries_max = 16;  // keys of one candidate

    // All outlive it. role_of: of a person whose role nobody told.
    using RoleOf = std::function<Task<Result<std::string>>(UserId)>;
    Signing(secrets::ProviderKeys& keys, net::Client& guarded, RoleOf role_of)
        : keys_(keys), guarded_(guarded), role_of_(std::move(role_of)) {}

    // In the order in which to try them, at least one. Errors: as of ProviderKeys::resolve.
    Task<Result<std::vector<Signature>>> signatures(const Upstream* upstream, Payer payer, std::string stick);
    void report(const Signature& used, const secrets::CallReport& report);
    net::Client& guarded() { return guarded_; }

private:
    secrets::ProviderKeys& keys_;
    net::Client& guarded_;
    RoleOf role_of_;
};

// What the calls of one conversation have in common, so that they find the key that the provider's prompt
// cache belongs to: its id, or who speaks and how it began.
std::string stick_of(const ChatRequest& request);

// How a failed call counts for its key.
secrets::CallReport report_of(const Error& error);
// Whether the same provider may answer when asked with another key.
bool another_key_may_do(const Error& error);

}  // namespace lares::gateway
