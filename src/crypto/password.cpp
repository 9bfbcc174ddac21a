#include "crypto/password.h"

#include <charconv>
#include <memory>

#include <argon2.h>
#include <crypt.h>

#include "crypto/hash.h"
#include "crypto/random.h"

namespace lares::crypto {
namespace {

constexpr std::size_t salt_bytes = 16;
constexpr std::size_t hash_bytes = 32;
constexpr std::string_view argon2id_prefix = "$argon2id$v=19$";
// Past this a stored hash is not tried: it must not be able to take the machine's memory.
constexpr Argon2Cost most{1024 * 1024, 64, 16};

bool read_number(std::string_view& text, std::string_view name, std::uint32_t& out) {
    if (!text.starts_with(name)) return false;
    text.remove_prefix(name.size());
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc{}) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
}

bool read_cost(std::string_view hash, Argon2Cost& cost) {
    if (!hash.starts_with(argon2id_prefix)) return false;
    hash.remove_prefix(argon2id_prefix.size());
    return read_number(hash, "m=", cost.memory_kib) && read_number(hash, ",t=", cost.passes) &&
           read_number(hash, ",p=", cost.lanes) && hash.starts_with('$');
}

// "$2b$10$" and 53 characters.
bool is_bcrypt(std::string_view hash) {
    return hash.size() == 60 &&
           (hash.starts_with("$2a$") || hash.starts_with("$2b$") || hash.starts_with("$2y$"));
}

bool verify_bcrypt(const std::string& password, const std::string& hash) {
    // bcrypt reads up to a NUL and 72 bytes: a password with a NUL would match its own beginning.
    if (password.find('\0') != std::string::npos) return false;
    const auto data = std::make_unique<crypt_data>();
    const char* computed = crypt_r(password.c_str(), hash.c_str(), data.get());
    return computed && constant_time_equal(computed, hash);
}

}  // namespace

Result<std::string> hash_password(const SecretText& password, Argon2Cost cost) {
    const std::string salt = random_bytes(salt_bytes);
    std::string out(
        argon2_encodedlen(cost.passes, cost.memory_kib, cost.lanes, salt_bytes, hash_bytes, Argon2_id), '\0');
    const std::string& text = password.reveal();
    const int status =
        argon2id_hash_encoded(cost.passes, cost.memory_kib, cost.lanes, text.data(), text.size(), salt.data(),
                              salt.size(), hash_bytes, out.data(), out.size());
    if (status != ARGON2_OK) {
        Error error{Code::internal,
                    "password-hash",
                    "The password could not be stored. Try again.",
                    {},
                    argon2_error_message(status),
                    {}};
        return fail(std::move(error));
    }
    out.resize(out.find('\0'));
    return out;
}

bool verify_password(const SecretText& password, const std::string& hash) {
    const std::string& text = password.reveal();
    if (is_bcrypt(hash)) return verify_bcrypt(text, hash);
    Argon2Cost cost;
    if (!read_cost(hash, cost) || cost.memory_kib > most.memory_kib || cost.passes > most.passes ||
        cost.lanes > most.lanes)
        return false;
    return argon2id_verify(hash.c_str(), text.data(), text.size()) == ARGON2_OK;
}

bool needs_rehash(std::string_view hash, Argon2Cost cost) {
    Argon2Cost have;
    return !read_cost(hash, have) || have.memory_kib < cost.memory_kib || have.passes < cost.passes;
}

}  // namespace lares::crypto
