#pragma once
// Units of measure and currencies, and how they are said.
#include <span>
#include <string_view>

namespace lares::voice::english {

struct Unit {
    std::u32string_view written;
    std::string_view one, many;
};
// The lookup takes the longest that ends a word.
std::span<const Unit> all_units();
const Unit* find_unit(std::u32string_view written);  // exactly so; null: there is none

struct Currency {
    std::u32string_view written;
    std::string_view one, many, cent, cents;  // cent: empty where nobody counts in them
};
// What begins with another's sign stands before it.
std::span<const Currency> all_currencies();

}  // namespace lares::voice::english
