#pragma once
// The providers that keys are for: what each can do, and what its keys look like.
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace lares::secrets {

struct ProviderForm {
    std::string_view name;       // "openai"
    std::string_view title;      // for the person
    std::string_view variable;   // of the environment's key; empty: none
    std::string_view prefix;     // every key begins with it
    std::size_t least;           // characters of a key; 0: it takes none
    std::string_view endpoint;   // its own; empty: each key names one
    std::string_view abilities;  // "chat embeddings speech recognition images", as far as it has them
};

std::span<const ProviderForm> provider_forms();
const ProviderForm* find_provider(std::string_view name);

// Errors: unprocessable "unknown-provider", "key-format" (field "key"); invalid_field "endpoint". Never
// with any of the key's text.
Result<void> check_key(std::string_view provider, std::string_view key, std::string_view endpoint);

// Whether both addresses are on one server. Empty: the provider's own.
bool same_server(std::string_view provider, std::string_view endpoint, std::string_view other);

// "sk-…wxyz": enough to tell one's keys apart, too little to guess one.
std::string mask_of(std::string_view key);

}  // namespace lares::secrets
