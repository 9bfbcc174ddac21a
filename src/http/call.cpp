#include "http/call.h"

namespace lares::http {

std::string_view Call::param(std::string_view name) const {
    for (const Param& param : params_)
        if (param.name == name) return param.value;
    return {};
}

}  // namespace lares::http
