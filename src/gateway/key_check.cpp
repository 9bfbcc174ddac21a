#include "gateway/key_check.h"

#include "gateway/foreign.h"
#include "secrets/formats.h"

namespace lares::gateway {

tl::unexpected<Error> key_refused(const std::string& provider, unsigned status) {
    return fail(Code::unprocessable, "key-refused",
                provider + " does not accept this key (it answered " + std::to_string(status) + ").", "key");
}

std::string key_doubt(const std::string& provider, std::string_view what) {
    return provider + " does not let this key " + std::string(what) +
           ": it may be good for what it is allowed, but that could not be verified.";
}

Task<Result<std::string>> check_elevenlabs_key(net::Client* client, SecretText key, std::string endpoint) {
    constexpr std::size_t body_max = 64 * 1024;
    constexpr auto patience = async::Milliseconds(15'000);
    const std::string name = "elevenlabs";
    if (endpoint.empty()) endpoint = secrets::find_provider(name)->endpoint;
    net::Request request;
    request.url = endpoint + "/v1/user";
    request.credentials.push_back({"xi-api-key", std::move(key)});
    request.body_max = body_max;
    request.timeout = patience;
    LARES_CO_TRY(auto answer, co_await client->fetch(std::move(request)));
    const unsigned status = answer.status;
    if (status == 200) co_return std::string();
    // {"detail": {"status": "missing_permissions", "message": "…"}}
    const auto said = co_await net::read_all(std::move(answer.body));
    const auto body = value_of(said.value_or(std::string()));
    const auto* object = body.if_object();
    const auto* detail = object ? object->if_contains("detail") : nullptr;
    const bool narrow =
        detail && detail->is_object() && text_at(detail->get_object(), "status") == "missing_permissions";
    if (status == 403 || narrow) co_return key_doubt(name, "tell whose it is");
    if (status == 401) co_return key_refused(name, status);
    co_return fail(Code::upstream, "upstream",
                   name + " answered " + std::to_string(status) + " when it was asked for this key.");
}

}  // namespace lares::gateway
