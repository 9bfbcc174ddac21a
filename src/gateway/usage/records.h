#pragma once
// Records in a row, each behind its size: a queue whose items cost no memory block of their own.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace lares::gateway {

class Records {
public:
    // write(std::string&) appends the record's bytes. What was added, until the next change.
    template <class Write>
    std::string_view add(Write write) {
        const auto at = bytes_.size();
        bytes_.append(sizeof(std::uint32_t), '\0');
        write(bytes_);
        const auto size = static_cast<std::uint32_t>(bytes_.size() - at - sizeof(std::uint32_t));
        std::memcpy(bytes_.data() + at, &size, sizeof size);
        ++count_;
        return std::string_view(bytes_).substr(at + sizeof size);
    }
    // The first ones, at most so many.
    Records take(std::size_t most) {
        if (most >= count_) return std::exchange(*this, {});
        std::size_t end = 0;
        for (std::size_t i = 0; i < most; ++i) end += sizeof(std::uint32_t) + size_at(end);
        Records out;
        out.bytes_ = bytes_.substr(0, end);
        out.count_ = most;
        bytes_.erase(0, end);
        count_ -= most;
        return out;
    }
    void put_back(Records first) {
        first.bytes_ += bytes_;
        first.count_ += count_;
        *this = std::move(first);
    }
    template <class Take>
    void each(Take take) const {
        for (std::size_t at = 0; at < bytes_.size();) {
            const std::size_t size = size_at(at);
            at += sizeof(std::uint32_t);
            take(std::string_view(bytes_).substr(at, size));
            at += size;
        }
    }
    std::size_t size() const { return count_; }
    bool empty() const { return count_ == 0; }

private:
    std::size_t size_at(std::size_t at) const {
        std::uint32_t size = 0;
        std::memcpy(&size, bytes_.data() + at, sizeof size);
        return size;
    }
    std::string bytes_;
    std::size_t count_ = 0;
};

}  // namespace lares::gateway
