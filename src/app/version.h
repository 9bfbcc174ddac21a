#pragma once
#include <string>

namespace lares::app {

std::string version();  // "0.1.0"

}  // namespace lares::app
