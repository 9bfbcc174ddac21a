#pragma once
// Randomness of the system's generator. A machine without it ends the process: keys must never be guessable.
#include <cstddef>
#include <string>

namespace lares::crypto {

std::string random_bytes(std::size_t count);
std::string random_token(std::size_t bytes = 32);  // base64url, without padding

}  // namespace lares::crypto
