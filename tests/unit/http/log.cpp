#include "observe/log.h"

#include "unit/http/kit.h"

namespace lares::http::test {

Log::Log() {
    log::start({.level = log::Level::debug, .json = true, .sink = [this](std::string_view line) {
                    std::lock_guard lock(mutex_);
                    lines_.emplace_back(line);
                }});
}

Log::~Log() {
    log::stop();
}

std::vector<std::string> Log::lines() {
    log::flush();
    std::lock_guard lock(mutex_);
    return lines_;
}

std::string Log::line(std::string_view holds) {
    for (const auto& line : lines())
        if (line.find(holds) != std::string::npos) return line;
    return {};
}

}  // namespace lares::http::test
