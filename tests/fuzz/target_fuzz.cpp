// Request targets: what is accepted is canonical, so that taking it again changes nothing; and Host values.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "http/origin.h"
#include "http/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    lares::http::Target target;
    if (lares::http::parse_target(text, target)) {
        const std::string& path = target.path;
        if (path != "*") {
            if (!path.starts_with('/') || !lares::is_utf8(path)) std::abort();
            for (const char* forbidden : {"//", "/../", "/./", "\\", ";", "%"})
                if (path.find(forbidden) != std::string::npos) std::abort();
            if (path.ends_with("/..") || path.ends_with("/.")) std::abort();
            if (path.starts_with("/api/") && !path.starts_with("/api/v1/") && path != "/api/v1") std::abort();
            std::string plain;  // the canonical path, encoded again, names itself
            for (const char c : path) {
                if (static_cast<unsigned char>(c) >= 0x80)
                    plain += '%' + lares::to_hex(std::string_view(&c, 1));
                else if (c == '?' || c == '#')
                    plain += c == '?' ? "%3f" : "%23";
                else
                    plain += c;
            }
            lares::http::Target again;
            if (!lares::http::parse_target(plain, again) || again.path != path) std::abort();
        }
        lares::http::each_query_pair(target.query, [](std::string, std::string) {});
    }
    if (const auto authority = lares::http::parse_authority(text)) {
        if (authority->host.empty() || authority->port.size() > 5) std::abort();
        if (authority->host.find_first_of("/@\\ ") != std::string::npos) std::abort();
    }
    return 0;
}
