#pragma once
#include <string>
#include <string_view>

namespace lares::crypto {

std::string sha256(std::string_view data);                             // 32 bytes
std::string hmac_sha256(std::string_view key, std::string_view data);  // 32 bytes

// Takes as long for every pair of equal lengths.
bool constant_time_equal(std::string_view a, std::string_view b);

}  // namespace lares::crypto
