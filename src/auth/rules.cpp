#include "auth/rules.h"

#include <algorithm>

#include "base/text.h"

namespace lares::auth {
namespace {

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

}  // namespace

std::string_view to_text(Role role) {
    switch (role) {
        case Role::user:
            return "user";
        case Role::creator:
            return "creator";
        case Role::moderator:
            return "moderator";
        case Role::admin:
            return "admin";
    }
    return "";
}

std::string_view to_text(AccountState state) {
    switch (state) {
        case AccountState::unverified:
            return "unverified";
        case AccountState::active:
            return "active";
        case AccountState::suspended:
            return "suspended";
        case AccountState::deleted:
            return "deleted";
    }
    return "";
}

Result<void> check_email(const std::string& email) {
    const auto at = email.find('@');
    const auto plain = [](char c) {
        return static_cast<unsigned char>(c) > ' ' && c != 0x7f && c != '"' && c != '<' && c != '>' &&
               c != ',';
    };
    const std::string_view domain =
        at == std::string::npos ? std::string_view() : std::string_view(email).substr(at + 1);
    if (email.size() > 254 || at == 0 || at > 64 || domain.empty() || domain.find('@') != domain.npos ||
        domain.front() == '.' || domain.back() == '.' || domain.find("..") != domain.npos ||
        !std::ranges::all_of(email, plain) || !is_utf8(email))
        return invalid_field("email", "must be an e-mail address, as ada@example.org");
    return {};
}

Result<void> check_username(const std::string& username) {
    if (username.empty() || username.size() > 64 || !std::ranges::all_of(username, is_name_character))
        return invalid_field("username",
                             "must be 1 to 64 letters (a to z), digits, dots, dashes or underscores");
    return {};
}

Result<void> check_password(const SecretText& password, const std::string& username,
                            const std::string& email) {
    const std::string& text = password.reveal();
    const std::size_t length = count_code_points(text);
    if (length < 8 || length > 256) return invalid_field("password", "must be 8 to 256 characters");
    if (equal_ignoring_case(text, username) || equal_ignoring_case(text, email))
        return invalid_field("password", "must not be the username or the e-mail address");
    return {};
}

}  // namespace lares::auth
