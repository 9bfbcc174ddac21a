#pragma once
// The rows behind settings.h.
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "config/settings.h"

namespace lares::config {

// Answers the broken rule, or nothing.
using Check = std::string (*)(const std::string& value);

struct Setting {
    using Member = std::variant<std::int64_t Settings::*, std::string Settings::*,
                                std::filesystem::path Settings::*, std::vector<std::string> Settings::*,
                                SecretText Settings::*, std::vector<SecretText> Settings::*>;
    std::string_view group = {};  // heading in the documents; empty: the one before
    std::string_view name;
    Member member;
    std::string_view standard;  // the default, as text
    std::string_view help;
    std::int64_t min = 0;  // of integers
    std::int64_t max = 0;
    std::string_view choices = {};  // "a b c": one of these
    Check check = nullptr;          // of the text, or of each item of a list
    std::string_view remedy = {};   // a command that makes a good value
    bool required = false;          // to serve

    bool is_secret() const {
        return std::holds_alternative<SecretText Settings::*>(member) ||
               std::holds_alternative<std::vector<SecretText> Settings::*>(member);
    }
};

std::span<const Setting> table();

// What the environment may hold beside the settings: LARES_CONFIG, and names that ./run, ./test and the tests
// read.
bool is_reserved(std::string_view name);

}  // namespace lares::config
