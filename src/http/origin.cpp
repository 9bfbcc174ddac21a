#include "http/origin.h"

#include <algorithm>

#include <boost/asio/ip/address.hpp>

#include "base/text.h"

namespace lares::http {

namespace {

tl::unexpected<Error> misdirected(std::string_view host) {
    return fail(Code::bad_request, "misdirected-request",
                "This server does not answer to \"" + std::string(host.substr(0, 255)) +
                    "\". Use localhost, or name it in PUBLIC_URL or ALLOWED_HOSTS.");
}

tl::unexpected<Error> cross_site() {
    return fail(Code::forbidden, "cross-site", "This request comes from a page of another site.");
}

bool is_loopback_name(std::string_view host) {
    return host == "localhost";
}

// "https://example.org:8443" as an origin in canonical form: default port dropped, lower case; "": no origin.
std::string canonical_origin(std::string_view text) {
    const auto colon = text.find("://");
    if (colon == text.npos) return {};
    const std::string scheme = to_lower_ascii(text.substr(0, colon));
    std::string_view rest = text.substr(colon + 3);
    if (rest.empty() || rest.find_first_of("/?#@\\ ") != rest.npos) return {};
    if (scheme != "http" && scheme != "https")
        return scheme + "://" + std::string(rest);  // tauri://localhost
    const auto authority = parse_authority(rest);
    if (!authority) return {};
    const bool address6 = authority->host.find(':') != std::string::npos;
    std::string out = scheme + "://" + (address6 ? '[' + authority->host + ']' : authority->host);
    const bool usual = authority->port.empty() || authority->port == (scheme == "https" ? "443" : "80");
    return usual ? out : out + ':' + authority->port;
}

}  // namespace

Result<Authority> parse_authority(std::string_view text) {
    const auto bad = [] {
        return fail(Code::bad_request, "invalid-request", "The Host is not a valid host name.");
    };
    Authority out;
    if (text.empty() || text.size() > 262) return bad();
    std::string_view port;
    bool has_port = false;
    boost::system::error_code ec;
    if (text.front() == '[') {
        const auto end = text.find(']');
        if (end == text.npos) return bad();
        const auto address = boost::asio::ip::make_address_v6(std::string(text.substr(1, end - 1)), ec);
        if (ec || address.scope_id() != 0 || text.substr(1, end - 1).find('%') != text.npos) return bad();
        out.host = address.to_string();
        out.is_address = true;
        text.remove_prefix(end + 1);
        if (!text.empty() && text.front() != ':') return bad();
        has_port = !text.empty();
        if (has_port) port = text.substr(1);
    } else {
        const auto colon = text.find(':');
        has_port = colon != text.npos;
        if (has_port) port = text.substr(colon + 1);
        const std::string_view host = text.substr(0, colon);
        if (host.empty()) return bad();
        for (const char c : host)
            if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                  c == '.' || c == '_'))
                return bad();
        out.host = to_lower_ascii(host);
        boost::asio::ip::make_address_v4(out.host, ec);
        out.is_address = !ec;
    }
    if (has_port) {
        if (port.empty() || port.size() > 5) return bad();
        for (const char c : port)
            if (c < '0' || c > '9') return bad();
        out.port = port;
    }
    return out;
}

bool names_this_machine(std::string_view host) {
    const auto authority = parse_authority(host);
    if (!authority) return false;
    if (!authority->is_address) return is_loopback_name(authority->host);
    boost::system::error_code ec;
    const auto address = boost::asio::ip::make_address(authority->host, ec);
    return !ec && address.is_loopback();
}

Result<OriginRules> OriginRules::make(Settings settings) {
    OriginRules rules;
    rules.settings_ = std::move(settings);
    auto& s = rules.settings_;
    if (!s.public_url.empty()) {
        std::string_view url = s.public_url;
        while (url.ends_with('/')) url.remove_suffix(1);
        rules.public_origin_ = canonical_origin(url);
        if (!rules.public_origin_.starts_with("http"))
            return fail(Code::bad_request, "invalid-setting",
                        "PUBLIC_URL must be like https://lares.example, without a path; it is \"" +
                            s.public_url + '"');
        rules.https_public_ = rules.public_origin_.starts_with("https://");
        rules.public_host_ = parse_authority(url.substr(url.find("://") + 3))->host;
    }
    for (std::string& host : s.hosts) host = to_lower_ascii(host);
    for (std::string& origin : s.origins) {
        const std::string canonical = canonical_origin(origin);
        if (canonical.empty())
            return fail(
                Code::bad_request, "invalid-setting",
                "CORS_ORIGINS must be origins like https://app.example; this is none: \"" + origin + '"');
        origin = canonical;
    }
    return rules;
}

Result<void> OriginRules::check_host(std::string_view host, std::string_view local) const {
    LARES_TRY(const auto authority, parse_authority(host));
    const std::string& name = authority.host;
    if (is_loopback_name(name) || (!public_host_.empty() && name == public_host_)) return {};
    if (std::find(settings_.hosts.begin(), settings_.hosts.end(), name) != settings_.hosts.end()) return {};
    if (authority.is_address) {
        boost::system::error_code ec;
        const auto address = boost::asio::ip::make_address(name, ec);
        if (!ec && (address.is_loopback() || name == local)) return {};
    }
    return misdirected(host);
}

bool OriginRules::same_origin(std::string_view origin, const RequestHead& head) const {
    const std::string canonical = canonical_origin(origin);
    if (canonical.empty()) return false;
    if (!public_origin_.empty() && canonical == public_origin_) return true;
    return canonical == canonical_origin((head.secure ? "https://" : "http://") + std::string(head.host));
}

bool OriginRules::carries_session(const RequestHead& head) const {
    if (!head.has("cookie")) return false;
    if (settings_.session_cookies.empty()) return true;
    return std::any_of(settings_.session_cookies.begin(), settings_.session_cookies.end(),
                       [&](const std::string& name) { return head.cookie(name).has_value(); });
}

Result<OriginRules::Verdict> OriginRules::check_origin(const RequestHead& head, bool changes_state) const {
    const std::string_view origin = head.header("origin");
    Verdict verdict;
    if (!origin.empty()) {
        if (same_origin(origin, head)) return verdict;
        const std::string canonical = canonical_origin(origin);
        verdict.cross_origin_allowed = !canonical.empty() &&
                                       std::find(settings_.origins.begin(), settings_.origins.end(),
                                                 canonical) != settings_.origins.end() &&
                                       canonical == origin;  // exact: a browser sends the canonical form
        if (verdict.cross_origin_allowed || !changes_state) return verdict;
        return cross_site();
    }
    if (!changes_state) return verdict;
    const std::string_view site = head.header("sec-fetch-site");
    if (site == "same-origin" || site == "none") return verdict;
    if (!site.empty() || carries_session(head)) return cross_site();
    return verdict;  // no browser, no cookie: a program
}

}  // namespace lares::http
