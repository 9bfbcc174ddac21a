#pragma once
// What an account's fields must be. Each answers invalid_field with the field's name.
#include "auth/model.h"
#include "base/result.h"

namespace lares::auth {

Result<void> check_email(const std::string& email);        // local@domain, at most 254 characters
Result<void> check_username(const std::string& username);  // 1 to 64 of A-Z a-z 0-9 . _ -
// 8 to 256 characters, neither the username nor the e-mail address.
Result<void> check_password(const SecretText& password, const std::string& username,
                            const std::string& email);

}  // namespace lares::auth
