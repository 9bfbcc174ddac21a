#pragma once
// Password hashes: Argon2id in PHC form ("$argon2id$v=19$m=...,t=...,p=...$salt$hash"); bcrypt is only
// verified, for accounts that come from elsewhere. All of it blocks and takes memory: call it on the password
// pool.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace lares::crypto {

// The least that is accepted: 19 MiB, two passes, one lane.
struct Argon2Cost {
    std::uint32_t memory_kib = 19 * 1024;
    std::uint32_t passes = 2;
    std::uint32_t lanes = 1;
};

// Error: internal, when the memory cannot be had.
Result<std::string> hash_password(const SecretText& password, Argon2Cost cost = {});

// False for a wrong password and for a hash of unknown form; `hash` is Argon2id or bcrypt ($2a$, $2b$, $2y$).
bool verify_password(const SecretText& password, const std::string& hash);

// The hash is not Argon2id with at least this cost: hash again at the next login.
bool needs_rehash(std::string_view hash, Argon2Cost cost);

}  // namespace lares::crypto
