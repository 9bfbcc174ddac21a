#pragma once
// Secret<T> holds what must never be printed, logged or serialised: there is no way to its value but
// reveal(), which a reader can grep for. Streams, fmt and JSON have no overload that would take it;
// formatting one does not compile.
#include <string>
#include <utility>

namespace lares {

void wipe(std::string& text) noexcept;  // overwrites the bytes before they are released

template <class T>
class Secret {
public:
    Secret() = default;
    explicit Secret(T value) : value_(std::move(value)) {}
    Secret(const Secret&) = default;
    Secret(Secret&&) noexcept = default;
    Secret& operator=(const Secret&) = default;
    Secret& operator=(Secret&&) noexcept = default;
    ~Secret() {
        if constexpr (requires(T& t) { wipe(t); }) wipe(value_);
    }
    const T& reveal() const { return value_; }
    bool empty() const { return value_.empty(); }

private:
    T value_{};
};

using SecretText = Secret<std::string>;

}  // namespace lares
