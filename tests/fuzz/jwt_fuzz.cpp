// Any text as a token: nothing is accepted but what our own key signed; what is accepted keeps its claims.
#include <cstdlib>

#include "base/text.h"
#include "crypto/hash.h"
#include "crypto/jwt.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace lares;
    using namespace lares::crypto;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    static const std::vector<JwtKey> keys{{"k1", SecretText("0123456789abcdef0123456789abcdef")}};
    const JwtExpected expected{
        .type = "at+jwt", .issuer = "lares", .audience = "lares-api", .now_s = 1'700'000'000};
    if (decode_jwt(text, keys, expected)) std::abort();  // the input cannot hold a signature by this key
    // The same text as header and claims that are signed: only the checks behind the signature are left.
    const auto newline = text.find('\n');
    const std::string_view header = text.substr(0, newline);
    const std::string_view claims = newline == text.npos ? "" : text.substr(newline + 1);
    const std::string part = to_base64url(header) + "." + to_base64url(claims);
    const std::string token = part + "." + to_base64url(hmac_sha256(keys[0].key.reveal(), part));
    if (auto decoded = decode_jwt(token, keys, expected)) {
        if (decoded->expires_at_s <= expected.now_s || decoded->subject.empty()) std::abort();
        const std::string again = encode_jwt(keys[0], "at+jwt", *decoded);
        if (again.size() <= jwt_bytes_max && !decode_jwt(again, keys, expected)) std::abort();
    }
    return 0;
}
