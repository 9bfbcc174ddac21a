#pragma once
// What a provider says of a key that somebody wants to be kept.
#include <string>
#include <string_view>

#include "async/task.h"
#include "base/result.h"
#include "base/secret.h"
#include "net/client.h"

namespace lares::gateway {

tl::unexpected<Error> key_refused(const std::string& provider, unsigned status);
// A key may be restricted to what it is for, and good.
std::string key_doubt(const std::string& provider, std::string_view what);

// ElevenLabs makes no answers, but keys for it are kept: asks for its user. It answers 401 both to a key that
// it does not know and to one that may not ask just this; the body tells which. Gives a doubt, or nothing.
// endpoint: empty: its own. Errors: unprocessable "key-refused"; as of the client; upstream.
Task<Result<std::string>> check_elevenlabs_key(net::Client* client, SecretText key, std::string endpoint);

}  // namespace lares::gateway
