#pragma once
// A large block whose pages are its own: when it goes they are the system's again at once, whatever lives
// beside it. For what is kept long, in many sizes and let go in another order than it came: in the C
// library's arenas such blocks leave holes that nothing of another size fills. A call of the system for each:
// from some 100 KiB on.

#include <cstddef>
#include <cstdint>
#include <utility>

namespace lares {

class Pages {
public:
    Pages() = default;
    // Zeroed. Empty where there is no memory (or `bytes` is 0): look at size().
    static Pages make(std::size_t bytes);
    Pages(Pages&& from) noexcept
        : data_(std::exchange(from.data_, nullptr)), bytes_(std::exchange(from.bytes_, 0)) {}
    Pages& operator=(Pages&& from) noexcept {
        const Pages gone(std::move(*this));
        data_ = std::exchange(from.data_, nullptr);
        bytes_ = std::exchange(from.bytes_, 0);
        return *this;
    }
    Pages(const Pages&) = delete;
    Pages& operator=(const Pages&) = delete;
    ~Pages();

    std::uint8_t* data() { return data_; }
    const std::uint8_t* data() const { return data_; }
    std::size_t size() const { return bytes_; }

private:
    Pages(std::uint8_t* data, std::size_t bytes) : data_(data), bytes_(bytes) {}
    std::uint8_t* data_ = nullptr;
    std::size_t bytes_ = 0;
};

}  // namespace lares
