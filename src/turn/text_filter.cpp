#include "turn/text_filter.h"

#include "base/text.h"

namespace lares::turn {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

// Could these bytes be the beginning of a code point whose other bytes are still to come?
bool is_beginning(std::string_view bytes) {
    if (bytes.empty() || bytes.size() > 3) return false;
    const auto lead = static_cast<unsigned char>(bytes[0]);
    const std::size_t length = lead >= 0xF0 && lead <= 0xF4   ? 4
                               : lead >= 0xE0 && lead <= 0xEF ? 3
                               : lead >= 0xC2 && lead <= 0xDF ? 2
                                                              : 0;
    if (bytes.size() >= length) return false;
    for (const char byte : bytes.substr(1))
        if ((static_cast<unsigned char>(byte) & 0xC0) != 0x80) return false;
    return true;
}

}  // namespace

std::string TextFilter::feed(std::string_view bytes) {
    std::string text = std::move(rest_);
    text += bytes;
    rest_.clear();
    std::string out;
    std::string_view left = text;
    while (!left.empty()) {
        const auto valid = utf8_valid_prefix(left);
        for (const char byte : left.substr(0, valid)) {
            if (byte == '\0')
                out += replacement;
            else
                out += byte;
        }
        left.remove_prefix(valid);
        if (left.empty()) break;
        if (is_beginning(left)) {
            rest_ = left;
            break;
        }
        out += replacement;
        left.remove_prefix(1);
    }
    return out;
}

std::string TextFilter::finish() {
    if (rest_.empty()) return {};
    rest_.clear();
    return std::string(replacement);
}

}  // namespace lares::turn
