// The server with a broken guard, chosen by GUARD_MUTATION: proves that the security tests notice. Never
// installed.
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "app/commands.h"

namespace {

using lares::Result;
using lares::Task;
namespace api = lares::api;
namespace http = lares::http;

enum class Mutation {
    none,
    allow_all,
    forget_ownership,
    viewer_is_owner,
    forget_roles,
    never_revoked,
    forget_conversations
};

Mutation chosen() {
    const char* name = std::getenv("GUARD_MUTATION");
    const std::string_view wanted = name ? name : "";
    if (wanted == "allow-all") return Mutation::allow_all;
    if (wanted == "forget-ownership") return Mutation::forget_ownership;
    if (wanted == "viewer-is-owner") return Mutation::viewer_is_owner;
    if (wanted == "forget-roles") return Mutation::forget_roles;
    if (wanted == "never-revoked") return Mutation::never_revoked;
    if (wanted == "forget-conversations") return Mutation::forget_conversations;
    std::fprintf(stderr, "GUARD_MUTATION names no mutation\n");
    std::exit(2);
}

class MutantGuard final : public api::Guard {
public:
    MutantGuard(lares::auth::Service& auth, lares::limits::Gcra& limits, Options options, Mutation mutation)
        : Guard(auth, limits, options), mutation_(mutation) {}

    Task<Result<void>> may(const http::RequestHead& head, const http::Principal& principal,
                           http::Access access, std::span<const http::Touched> touched) override {
        switch (mutation_) {
            case Mutation::allow_all: {
                const auto* caller = principal.as<api::Caller>();
                if (caller && !caller->rejected) co_return Result<void>();
                break;  // nobody at all would only crash the handlers
            }
            case Mutation::forget_ownership:
                co_return co_await Guard::may(head, principal, access, {});
            case Mutation::viewer_is_owner: {
                std::vector<http::Touched> weaker(touched.begin(), touched.end());
                for (auto& id : weaker) id.relation = static_cast<std::uint16_t>(api::Relation::viewer);
                co_return co_await Guard::may(head, principal, access, weaker);
            }
            case Mutation::forget_roles:
                access.role = 0;
                co_return co_await Guard::may(head, principal, access, touched);
            case Mutation::forget_conversations: {
                std::vector<http::Touched> others;
                for (const auto& id : touched)
                    if (id.kind != "conversation") others.push_back(id);
                co_return co_await Guard::may(head, principal, access, others);
            }
            case Mutation::never_revoked:
            case Mutation::none:
                break;
        }
        co_return co_await Guard::may(head, principal, access, touched);
    }

    bool still_valid(const http::Principal& principal) const override {
        return mutation_ == Mutation::never_revoked || Guard::still_valid(principal);
    }

private:
    Mutation mutation_;
};

}  // namespace

int main(int argc, char** argv) {
    const auto mutation = chosen();
    return lares::app::run(argc, argv, [mutation](auto& auth, auto& limits, auto options) {
        return std::make_unique<MutantGuard>(auth, limits, options, mutation);
    });
}
