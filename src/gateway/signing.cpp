#include "gateway/signing.h"

#include <algorithm>

#include "gateway/providers/upstream.h"
#include "secrets/formats.h"

namespace lares::gateway {

namespace {

constexpr std::size_t beginning_max = 4096;  // bytes of a conversation's first words that tell it apart

std::string why_of(const secrets::Credential& credential, bool sticks, std::size_t place) {
    std::string why = credential.tier == secrets::KeyTier::user   ? "a key of the caller"
                      : credential.tier == secrets::KeyTier::pool ? "a key of the pool"
                                                                  : "the key of the environment";
    if (place > 0)
        why += ", after the one before it";
    else if (sticks && credential.tier != secrets::KeyTier::environment)
        why += ", the one of this conversation";
    return why;
}

}  // namespace

bool all_at_callers_server(const std::vector<Signature>& signatures) {
    return !signatures.empty() && std::ranges::all_of(signatures, &Signature::at_callers_server);
}

Task<Result<std::vector<Signature>>> Signing::signatures(const Upstream* upstream, Payer payer,
                                                         std::string stick) {
    std::vector<Signature> out;
    const bool has_own = upstream->options().has_own;
    const auto person = UserId::parse(payer.person);
    if (upstream->options().from_vault && person) {
        secrets::Asker asker{*person, payer.role, payer.tier, {}};
        if (asker.role.empty() && role_of_) {
            LARES_CO_TRY(asker.role, co_await role_of_(*person));
        }
        const bool sticks = !stick.empty();
        auto found = co_await keys_.resolve(std::move(asker), upstream->name(), std::move(stick));
        if (!found && (!has_own || found.error().type == secrets::own_server_rests))
            co_return fail(std::move(found).error());
        if (found) {
            // Who named a server of their own is not sent elsewhere when it fails.
            const bool alone = found->front().alone;
            for (auto& credential : *found) {
                if (credential.tier == secrets::KeyTier::environment) continue;  // the upstream has it
                const auto* form = secrets::find_provider(credential.provider);
                Signature one;
                one.base_url =
                    credential.endpoint.empty() && form ? std::string(form->endpoint) : credential.endpoint;
                one.client = &guarded_;
                one.why = why_of(credential, sticks, out.size());
                one.credential = std::move(credential);
                out.push_back(std::move(one));
                if (out.size() == tries_max) co_return out;
            }
            if (alone) co_return out;
        }
    }
    if (has_own) {
        Signature own;
        own.why = out.empty() ? "the operator's own" : "the operator's own, after the ones before it";
        out.push_back(std::move(own));
    }
    if (out.empty())
        co_return fail(Code::unprocessable, "no-provider-key",
                       "There is no key for " + upstream->name() + ". Add one under Provider keys.",
                       "provider");
    co_return out;
}

void Signing::report(const Signature& used, const secrets::CallReport& report) {
    if (used.credential) keys_.report(*used.credential, report);
}

std::string stick_of(const ChatRequest& request) {
    std::string out = request.payer.person;
    if (!request.payer.conversation.empty()) return out + '/' + request.payer.conversation;
    if (!request.cache_key.empty()) return out + '/' + request.cache_key;
    for (const auto& message : request.messages) {
        if (message.role == Role::assistant) break;
        out += '/' + message.content.substr(0, beginning_max);
        if (message.role == Role::user) break;
    }
    return out;
}

secrets::CallReport report_of(const Error& error) {
    secrets::CallReport report;
    report.retry_after_ms = error.retry_after_ms;
    if (error.type == "upstream-key")
        report.status = 401;
    else if (error.type == "upstream-rate-limited")
        report.status = 429;
    else if (error.type == "upstream-busy" || error.code == Code::cancelled)
        report.status = 200;  // says nothing of the key
    else if (error.code == Code::upstream || error.code == Code::timeout || error.code == Code::unavailable)
        report.status = 0;
    else
        report.status = 400;
    return report;
}

bool another_key_may_do(const Error& error) {
    if (error.type == "upstream-busy" || error.type == "context-overflow") return false;
    return error.code == Code::upstream || error.code == Code::timeout || error.code == Code::unavailable ||
           error.code == Code::rate_limited || error.code == Code::not_found ||
           error.code == Code::forbidden;  // that key may not: another may
}

}  // namespace lares::gateway
