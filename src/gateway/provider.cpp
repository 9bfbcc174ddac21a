#include "gateway/provider.h"

namespace lares::gateway {

std::string_view to_text(ModelState state) {
    switch (state) {
        case ModelState::available:
            return "available";
        case ModelState::loading:
            return "loading";
        case ModelState::ready:
            return "ready";
        case ModelState::failed:
            break;
    }
    return "failed";
}

}  // namespace lares::gateway
