#include "crypto/jwt.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "crypto/hash.h"

namespace lares::crypto {
namespace {

constexpr std::int64_t now_s = 1'700'000'000;
const JwtKey key{"k1", SecretText("0123456789abcdef0123456789abcdef")};
const JwtKey other{"k2", SecretText("ffffffffffffffffffffffffffffffff")};
const std::vector<JwtKey> keys{key, other};
const JwtExpected expected{.type = "at+jwt", .issuer = "lares", .audience = "lares-api", .now_s = now_s};

constexpr std::string_view good_header = R"({"alg":"HS256","typ":"at+jwt","kid":"k1"})";
constexpr std::string_view good_claims =
    R"({"iss":"lares","aud":"lares-api","sub":"u","iat":1700000000,"exp":1700000900,"role":"user"})";

// Any header and claims, signed as they are.
std::string sign(std::string_view header, std::string_view claims, const JwtKey& with = key) {
    const std::string text = to_base64url(header) + "." + to_base64url(claims);
    return text + "." + to_base64url(hmac_sha256(with.key.reveal(), text));
}

JwtClaims claims() {
    return {"lares", "lares-api", "u", now_s, now_s + 900, {{"role", "user"}, {"epoch", 3}}};
}

TEST(Jwt, RoundTrip) {
    const std::string token = encode_jwt(key, "at+jwt", claims());
    auto decoded = decode_jwt(token, keys, expected);
    ASSERT_TRUE(decoded) << decoded.error().detail;
    EXPECT_EQ(decoded->subject, "u");
    EXPECT_EQ(decoded->expires_at_s, now_s + 900);
    EXPECT_EQ(decoded->extra, (boost::json::object{{"role", "user"}, {"epoch", 3}}));
    EXPECT_TRUE(decode_jwt(encode_jwt(other, "at+jwt", claims()), keys, expected));
    EXPECT_TRUE(decode_jwt(sign(good_header, good_claims), keys, expected));
    EXPECT_EQ(jwt_key_id(key.key).size(), 8u);
    EXPECT_NE(jwt_key_id(key.key), jwt_key_id(other.key));
}

// RFC 7515, appendix A.1; its header names no key, which we always demand.
TEST(Jwt, Rfc7515Signature) {
    const std::string secret = *from_base64url(
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
    const std::string signed_part =
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    EXPECT_EQ(to_base64url(hmac_sha256(secret, signed_part)), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    const std::vector<JwtKey> rfc{{"", SecretText(secret)}};
    EXPECT_FALSE(verify_jws(signed_part + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", rfc, ""));
}

// The HS256 group of Wycheproof's json_web_signature_test.json, and its key confusion case 31.
TEST(Jwt, Wycheproof) {
    const std::vector<JwtKey> group{
        {"kid-aes-sign", SecretText(*from_base64url("-ebuDNsVZ2iJtoZ-akfXTSCt4UO2cruLCsbWlBinggE"))}};
    const std::string head = "eyJhbGciOiJIUzI1NiIsImtpZCI6ImtpZC1hZXMtc2lnbiJ9";
    const std::string mac = "TD37p4c_0jmreSrBSDmE0F3mYSPtkZ3WrSyI5wb_KTg";
    EXPECT_EQ(verify_jws(head + ".Zm9v." + mac, group, "").value(), "foo");
    for (const std::string& token :
         {head + ".Zm9v.XD37p4c_0jmreSrBSDmE0F3mYSPtkZ3WrSyI5wb_KTg", head + ".Zm9v.", head + ".Zm9v",
          head + ".WG9v." + mac, head + ".." + mac, head + "." + mac,
          "eyJhbGciOiJIUzI1NiIsImtpZCI6IlhpZC1hZXMtc2lnbiJ9.Zm9v." + mac, ".Zm9v." + mac, "Zm9v." + mac,
          std::string(".Zm9v."), std::string("Zm9v"), std::string(), head + ".Zm9v." + mac + ".",
          head + ".Zm9v." + mac + ".foo",
          std::string("eyJhbGciOiJub25lIiwia2lkIjoia2lkLWFlcy1zaWduIn0.Zm9v."),
          R"({"payload":"Zm9v","signatures":[{"protected":")" + head + R"(","signature":")" + mac + "\"}",
          std::string("eyJhbGciOiJIUzI1NiIsImtpZCI6ImtpZC1lYy1zaWduIn0.Zm9v.TgWtz2FIRukBQ_mA5sgHa0Ybtgn7bl-"
                      "YBPAi7Z0XdHU")})
        EXPECT_FALSE(verify_jws(token, group, "")) << token;
}

std::string with_header(std::string_view header) {
    return sign(header, good_claims);
}
std::string with_claims(std::string_view body) {
    return sign(good_header, body);
}

std::vector<std::string> negatives() {
    const std::string good = sign(good_header, good_claims);
    const auto dot = good.rfind('.');
    const std::string unsigned_part = good.substr(0, dot);
    const std::string signature = good.substr(dot + 1);
    std::vector<std::string> out;
    // Algorithms.
    for (std::string_view alg : {"none", "None", "NONE", "nOnE", "HS384", "HS512", "RS256", "ES256", "PS256",
                                 "EdDSA", "hs256", "HS256 ", "", "A256KW", "dir"}) {
        const std::string header = R"({"alg":")" + std::string(alg) + R"(","typ":"at+jwt","kid":"k1"})";
        out.push_back(with_header(header));
        out.push_back(to_base64url(header) + "." + to_base64url(good_claims) + ".");
    }
    // Headers.
    for (std::string_view header :
         {R"({"typ":"at+jwt","kid":"k1"})",
          R"({"alg":null,"typ":"at+jwt","kid":"k1"})",
          R"({"alg":["HS256"],"typ":"at+jwt","kid":"k1"})",
          R"({"alg":"HS256","alg":"none","typ":"at+jwt","kid":"k1"})",
          R"({"alg":"none","alg":"HS256","typ":"at+jwt","kid":"k1"})",
          R"({"alg":"HS256","kid":"k1"})",
          R"({"alg":"HS256","typ":"JWT","kid":"k1"})",
          R"({"alg":"HS256","typ":"client+jwt","kid":"k1"})",
          R"({"alg":"HS256","typ":"AT+JWT","kid":"k1"})",
          R"({"alg":"HS256","typ":"at+jwt"})",
          R"({"alg":"HS256","typ":"at+jwt","kid":"k3"})",
          R"({"alg":"HS256","typ":"at+jwt","kid":""})",
          R"({"alg":"HS256","typ":"at+jwt","kid":1})",
          R"({"alg":"HS256","typ":"at+jwt","kid":"../../dev/null"})",
          R"({"alg":"HS256","typ":"at+jwt","kid":"k1' OR 1=1 --"})",
          R"({"alg":"HS256","typ":"at+jwt","kid":"k1\u0000"})",
          R"({"alg":"HS256","typ":"at+jwt","kid":"k2"})",
          R"({"alg":"HS256","typ":"at+jwt","kid":"k1","jwk":{"kty":"oct","k":"AA"}})",
          R"({"alg":"HS256","typ":"at+jwt","kid":"k1","jku":"https://evil.example/k"})",
          R"({"alg":"HS256","typ":"at+jwt","kid":"k1","x5u":"https://evil.example/c"})",
          R"({"alg":"HS256","typ":"at+jwt","kid":"k1","x5c":["AA"]})",
          R"({"alg":"HS256","typ":"at+jwt","kid":"k1","crit":["exp"]})",
          R"({"alg":"HS256","typ":"at+jwt","kid":"k1","b64":false})",
          R"({"alg":"HS256","typ":"at+jwt","kid":"k1","zip":"DEF"})",
          "[]",
          "null",
          "",
          "{",
          "\"HS256\""})
        out.push_back(with_header(header));
    // Claims.
    for (std::string_view body :
         {"",
          "{}",
          "[]",
          "null",
          "not json",
          R"({"iss":"evil","aud":"lares-api","sub":"u","iat":1700000000,"exp":1700000900})",
          R"({"aud":"lares-api","sub":"u","iat":1700000000,"exp":1700000900})",
          R"({"iss":["lares"],"aud":"lares-api","sub":"u","iat":1700000000,"exp":1700000900})",
          R"({"iss":"lares","aud":"client","sub":"u","iat":1700000000,"exp":1700000900})",
          R"({"iss":"lares","sub":"u","iat":1700000000,"exp":1700000900})",
          R"({"iss":"lares","aud":["lares-api","x"],"sub":"u","iat":1700000000,"exp":1700000900})",
          R"({"iss":"lares","aud":"lares-api","iat":1700000000,"exp":1700000900})",
          R"({"iss":"lares","aud":"lares-api","sub":"","iat":1700000000,"exp":1700000900})",
          R"({"iss":"lares","aud":"lares-api","sub":7,"iat":1700000000,"exp":1700000900})",
          R"({"iss":"lares","aud":"lares-api","sub":"u","iat":1700000000})",
          R"({"iss":"lares","aud":"lares-api","sub":"u","exp":1700000900})",
          R"({"iss":"lares","aud":"lares-api","sub":"u","iat":1699999000,"exp":1700000000})",
          R"({"iss":"lares","aud":"lares-api","sub":"u","iat":1699990000,"exp":1699999999})",
          R"({"iss":"lares","aud":"lares-api","sub":"u","iat":1700000006,"exp":1700000900})",
          R"({"iss":"lares","aud":"lares-api","sub":"u","iat":1700000900,"exp":1700000100})",
          R"({"iss":"lares","aud":"lares-api","sub":"u","iat":1700000000,"exp":"1700000900"})",
          R"({"iss":"lares","aud":"lares-api","sub":"u","iat":1700000000,"exp":1700000900.5})",
          R"({"iss":"lares","aud":"lares-api","sub":"u","iat":1700000000,"exp":1e300})",
          R"({"iss":"lares","aud":"lares-api","sub":"u","iat":1700000000,"exp":9223372036854775807})",
          R"({"iss":"lares","aud":"lares-api","sub":"u","iat":1700000000,"exp":18446744073709551615})",
          R"({"iss":"lares","aud":"lares-api","sub":"u","iat":1700000000,"exp":-1})",
          R"({"iss":"lares","aud":"lares-api","sub":"u","iat":-5,"exp":1700000900})",
          R"({"iss":"lares","aud":"lares-api","sub":"u","iat":1700000000,"exp":null})",
          R"({"iss":"lares","aud":"lares-api","sub":"u","iat":1700000000,"exp":1700000900,"nbf":1700000100})",
          R"({"iss":"lares","aud":"lares-api","sub":"u","iat":1700000000,"exp":1700000900,"nbf":"x"})",
          R"({"iss":"lares","aud":"lares-api","sub":"u","iat":1700000000,"exp":1600000000,"exp":1700000900})",
          R"({"iss":"lares","aud":"lares-api","sub":"u","sub":"v","iat":1700000000,"exp":1700000900})",
          R"({"iss":"lares","aud":"lares-api","sub":"u","iat":1700000000,"exp":1700000900} {})",
          R"({"iss":"lares","aud":"lares-api","sub":"u","iat":1700000000,"exp":1700000900,"x":[[[[[1]]]]]})"})
        out.push_back(with_claims(body));
    // Forms and signatures.
    out.push_back("");
    out.push_back(".");
    out.push_back("..");
    out.push_back("a.b.c");
    out.push_back(unsigned_part);
    out.push_back(unsigned_part + ".");
    out.push_back(good + ".");
    out.push_back(good + ".x");
    out.push_back(good + "=");
    out.push_back(good + " ");
    out.push_back(" " + good);
    out.push_back("Bearer " + good);
    out.push_back(good.substr(0, good.size() - 2));
    out.push_back(unsigned_part + "." + to_base64url(hmac_sha256("", unsigned_part)));
    out.push_back(unsigned_part + "." + to_base64url(std::string(32, '\0')));
    out.push_back(unsigned_part + "." + to_base64url(sha256(unsigned_part)));
    out.push_back(unsigned_part + "." +
                  to_base64url(hmac_sha256(key.key.reveal(), unsigned_part).substr(0, 16)));
    out.push_back(sign(good_header, good_claims, other));  // kid k1, signed by k2
    out.push_back(to_base64(good_header) + "." + to_base64(good_claims) + "." + signature);
    out.push_back(sign(good_header, std::string(64 * 1024, ' ') + std::string(good_claims)));
    // The last character holds two bits that must be zero: another one with the same 256 bits is another
    // text.
    std::string stray = good;
    stray.back() = static_cast<char>(stray.back() + 1);
    out.push_back(stray);
    return out;
}

TEST(Jwt, RefusesEveryForgery) {
    const auto all = negatives();
    EXPECT_GE(all.size(), 60u);
    for (const auto& token : all) {
        auto decoded = decode_jwt(token, keys, expected);
        ASSERT_FALSE(decoded) << token.substr(0, 300);
        EXPECT_EQ(decoded.error().code, Code::unauthorized);
        EXPECT_EQ(decoded.error().type, "invalid-token");
        EXPECT_EQ(decoded.error().message, "The sign-in is not valid or has ended. Sign in again.");
    }
}

TEST(Jwt, EveryChangedByteIsRefused) {
    const std::string good = encode_jwt(key, "at+jwt", claims());
    for (std::size_t i = 0; i < good.size(); ++i) {
        std::string changed = good;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(decode_jwt(changed, keys, expected)) << i;
    }
}

}  // namespace
}  // namespace lares::crypto
