#include "app/version.h"

namespace lares::app {

std::string version() {
    return LARES_VERSION;
}

}  // namespace lares::app
