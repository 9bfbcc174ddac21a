#pragma once
// Bounds on a JSON schema that the model inside is to follow. Its grammar is made in the cube of the optional
// properties, every choice that is open costs each token of the answer, and a $ref that leads to itself ends
// the process: a schema of one line could hold all requests up (docs/decisions/0183-schema-bounds.md).
#include <cstddef>
#include <string_view>

#include "base/result.h"

namespace lares::gateway {

namespace limits {
inline constexpr std::size_t schema_depth = 64;
inline constexpr std::size_t schema_optional = 200;   // properties that are not required, in all
inline constexpr std::size_t schema_choices = 1'000;  // items of enum, anyOf and oneOf, in all
// Quantifiers of patterns, in all; what is in a group counts as often as the group may come.
inline constexpr std::size_t schema_quantifiers = 64;
}  // namespace limits

// Errors: bad_request, field "json_schema".
Result<void> check_schema(std::string_view schema);

}  // namespace lares::gateway
