#pragma once
// Bytes and text: UTF-8, hex, base64, percent encoding. All functions are pure; decoders answer nullopt on
// any byte that does not belong.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace lares {

bool is_utf8(std::string_view text);                   // RFC 3629: no surrogates, no overlong forms
std::size_t utf8_valid_prefix(std::string_view text);  // bytes up to the last complete, valid code point
std::size_t count_code_points(std::string_view text);  // of valid UTF-8
std::size_t utf8_offset(std::string_view text,
                        std::size_t code_points);  // byte offset of the n-th code point, or size()

std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view text);
std::string to_base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);     // strict: padding required
std::string to_base64url(std::string_view bytes);                  // without padding (RFC 7515)
std::optional<std::string> from_base64url(std::string_view text);  // padding accepted, not required
std::optional<std::string> percent_decode(std::string_view text);

std::string to_lower_ascii(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);  // ASCII
std::string_view trim(std::string_view text);                      // ASCII white space

}  // namespace lares
