#include "base/secret.h"

#include <string.h>

namespace lares {

void wipe(std::string& text) noexcept {
    explicit_bzero(text.data(), text.capacity());
    text.clear();
}

}  // namespace lares
