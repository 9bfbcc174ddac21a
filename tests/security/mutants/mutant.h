#pragma once
// In the sources of the mutants: has the server been started as this one?
#include <cstdlib>
#include <string_view>

#include "observe/log.h"
#include "observe/metrics.h"

namespace lares {

inline bool broken(std::string_view name) {
    static const char* const chosen = std::getenv("GUARD_MUTATION");
    return chosen && name == chosen;
}

}  // namespace lares
