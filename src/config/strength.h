#pragma once
// Is a secret one that nobody guesses? Answers the broken rule, or nothing.
#include <string>

namespace lares::config {

std::string check_jwt_secret(const std::string& value);
std::string check_fernet_key(const std::string& value);

}  // namespace lares::config
