// Any text as `.env` and as TOML file: an error is one line, and what loads is within the rules.
#include <cstdlib>

#include "config/settings.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace lares::config;
    const std::string text(reinterpret_cast<const char*>(data), size);
    for (const bool as_toml : {false, true}) {
        Sources sources;
        (as_toml ? sources.toml : sources.dotenv) = text;
        auto loaded = load(sources, Purpose::command);
        if (loaded && (loaded->settings.app_port < 0 || loaded->settings.app_port > 65'535)) std::abort();
        if (!loaded && loaded.error().type != "invalid-setting") std::abort();
        if (!loaded && loaded.error().message.empty()) std::abort();
    }
    return 0;
}
