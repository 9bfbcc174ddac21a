#include "media/container.h"

#include <algorithm>
#include <array>
#include <optional>

#include "media/bytes.h"

namespace lares::media {

namespace {

// One segment of a JPEG: its marker and what follows its length. The data of a scan belongs to none.
struct Segment {
    unsigned marker = 0;
    std::string_view body;
};

class Segments {
public:
    explicit Segments(std::string_view bytes) : bytes_(bytes) {}
    // nullopt: the end of what can be read; whole() says whether that is the end of the file.
    std::optional<Segment> next() {
        while (at_ + 2 <= bytes_.size() && byte(at_) == 0xFF && byte(at_ + 1) == 0xFF) ++at_;
        if (at_ + 2 > bytes_.size() || byte(at_) != 0xFF) return std::nullopt;
        const auto marker = byte(at_ + 1);
        at_ += 2;
        if (marker == 0xD9) {
            whole_ = at_ == bytes_.size();
            return std::nullopt;
        }
        if (at_ + 2 > bytes_.size()) return std::nullopt;
        const std::size_t length = big(bytes_, at_, 2);
        if (length < 2 || at_ + length > bytes_.size()) return std::nullopt;
        const Segment found{marker, bytes_.substr(at_ + 2, length - 2)};
        at_ += length;
        if (marker == 0xDA) skip_scan();
        return found;
    }
    bool whole() const { return whole_; }

private:
    unsigned byte(std::size_t at) const { return static_cast<unsigned char>(bytes_[at]); }
    void skip_scan() {
        for (; at_ + 1 < bytes_.size(); ++at_) {
            const auto marker = byte(at_ + 1);
            const bool inside = marker == 0 || (marker >= 0xD0 && marker <= 0xD7);
            if (byte(at_) == 0xFF && !inside && marker != 0xFF) return;
        }
    }
    std::string_view bytes_;
    std::size_t at_ = 2;  // behind SOI
    bool whole_ = false;
};

bool is_frame(unsigned marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

}  // namespace

bool is_bare_png(std::string_view bytes) {
    constexpr std::array<std::string_view, 5> known{"IHDR", "PLTE", "tRNS", "IDAT", "IEND"};
    for (std::size_t at = 8; at + 12 <= bytes.size();) {
        const std::size_t length = big(bytes, at, 4);
        const auto type = bytes.substr(at + 4, 4);
        const bool colours = type == "sRGB" && length == 1;  // our own encoder says it, too
        if ((!colours && std::ranges::find(known, type) == known.end()) || length > bytes.size() - at - 12)
            return false;
        at += length + 12;
        if (type == "IEND") return at == bytes.size() && length == 0;
    }
    return false;
}

bool is_bare_jpeg(std::string_view bytes) {
    Segments segments(bytes);
    while (const auto segment = segments.next()) {
        const auto m = segment->marker;
        const bool jfif = m == 0xE0 && segment->body.starts_with(std::string_view("JFIF\0", 5)) &&
                          segment->body.size() == 14;
        const bool adobe = m == 0xEE && segment->body.starts_with("Adobe") && segment->body.size() == 12;
        const bool picture = m == 0xDA || m == 0xDB || m == 0xC4 || m == 0xDD || is_frame(m);
        if (!jfif && !adobe && !picture) return false;
    }
    return segments.whole();
}

bool jpeg_fits(std::string_view bytes, std::uint32_t side_max) {
    Segments segments(bytes);
    while (const auto segment = segments.next())
        if (is_frame(segment->marker) && segment->body.size() >= 5)
            return big(segment->body, 1, 2) <= side_max && big(segment->body, 3, 2) <= side_max;
    return false;
}

std::optional<Size> size_of_picture(std::string_view bytes) {
    constexpr std::size_t head = 30;
    if (bytes.starts_with("\xFF\xD8")) {
        Segments segments(bytes);
        while (const auto segment = segments.next())
            if (is_frame(segment->marker) && segment->body.size() >= 5)
                return Size{big(segment->body, 3, 2), big(segment->body, 1, 2)};
        return std::nullopt;
    }
    if (bytes.size() < head) return std::nullopt;
    if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return Size{big(bytes, 16, 4), big(bytes, 20, 4)};
    if (bytes.starts_with("GIF8")) return Size{little(bytes, 6, 2), little(bytes, 8, 2)};
    if (!bytes.starts_with("RIFF") || bytes.substr(8, 4) != "WEBP") return std::nullopt;
    const auto form = bytes.substr(12, 4);
    if (form == "VP8X") return Size{little(bytes, 24, 3) + 1, little(bytes, 27, 3) + 1};
    if (form == "VP8 ") return Size{little(bytes, 26, 2) & 0x3FFF, little(bytes, 28, 2) & 0x3FFF};
    if (form != "VP8L") return std::nullopt;
    const auto both = little(bytes, 21, 4);
    return Size{(both & 0x3FFF) + 1, (both >> 14 & 0x3FFF) + 1};
}

// TIFF 6.0 within APP1, tag 0x0112 of the first directory.
int exif_orientation(std::string_view jpeg) {
    Segments segments(jpeg);
    while (const auto segment = segments.next()) {
        if (segment->marker == 0xDA) break;
        if (segment->marker != 0xE1 || !segment->body.starts_with(std::string_view("Exif\0\0", 6))) continue;
        const auto tiff = segment->body.substr(6);
        if (tiff.size() < 8) return 1;
        const auto read = tiff.starts_with("II") ? &little : &big;
        const auto number = [&](std::size_t at, std::size_t count) -> std::uint32_t {
            if (at > tiff.size() || tiff.size() - at < count) return 0;
            return read(tiff, at, count);
        };
        const std::size_t directory = number(4, 4);
        const auto entries = std::min<std::uint32_t>(number(directory, 2), 256);
        for (std::size_t i = 0; i < entries; ++i) {
            const auto entry = directory + 2 + i * 12;
            if (number(entry, 2) != 0x0112) continue;
            const auto value = number(entry + 8, 2);
            return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
        }
        return 1;
    }
    return 1;
}

}  // namespace lares::media
