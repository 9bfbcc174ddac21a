#pragma once
// SQL text is a compile-time constant: no path leads from input to the text of a statement.
#include <cstddef>
#include <string_view>

namespace lares::db {

class Sql {
public:
    template <std::size_t N>
    consteval Sql(const char (&text)[N])
        : text_(text, N - 1) {}  // NOLINT: implicit, so that rows("SELECT …") reads well
    constexpr std::string_view text() const { return text_; }
    constexpr const void* key() const {
        return text_.data();
    }  // one literal, one prepared statement per connection

private:
    std::string_view text_;
};

}  // namespace lares::db
