// Any bytes as a picture: PNG, JPEG, WebP. What is shown is bare, within its bounds, and stays as it is when
// it comes again.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "media/container.h"
#include "media/image.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace lares::media;
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    const auto orientation = exif_orientation(bytes);
    if (orientation < 1 || orientation > 8) std::abort();
    (void)is_bare_png(bytes);
    (void)jpeg_fits(bytes, 64);
    (void)size_of_picture(bytes);
    // A few bytes may claim a picture of many megabytes: that is slow and finds nothing.
    if (sniff_image(bytes) == ImageKind::png && size > 24 && (data[16] | data[17] | data[20] | data[21]))
        return 0;
    if (sniff_image(bytes) == ImageKind::jpeg && !jpeg_fits(bytes, 512)) return 0;
    const auto shown = for_display(bytes, 64);
    if (!shown) {
        if (shown.error().code == lares::Code::internal) std::abort();
        return 0;
    }
    if (shown->width < 1 || shown->height < 1 || std::max(shown->width, shown->height) > 64) std::abort();
    const bool bare = shown->kind == ImageKind::png ? is_bare_png(shown->bytes) : is_bare_jpeg(shown->bytes);
    if (!bare) std::abort();
    const auto again = for_display(shown->bytes, 64);
    if (!again || again->bytes != shown->bytes) std::abort();
    return 0;
}
