#include "http/multipart.h"

#include "base/text.h"

namespace lares::http {

namespace {

tl::unexpected<Error> refuse(std::string why) {
    return fail(Code::bad_request, "invalid-multipart", "The form data " + why + ".");
}

// The value of `name` among the parameters of a header value (`; name="value"`); nullopt: absent; false in
// ok: broken quoting.
std::optional<std::string> parameter(std::string_view value, std::string_view name, bool& ok) {
    auto at = value.find(';');
    while (at != value.npos) {
        std::string_view rest = value.substr(at + 1);
        const auto equals = rest.find_first_of("=;");
        if (equals == rest.npos) return std::nullopt;
        const std::string_view key = trim(rest.substr(0, equals));
        if (rest[equals] == ';') {
            at += 1 + equals;
            continue;
        }
        std::size_t i = equals + 1;
        while (i < rest.size() && (rest[i] == ' ' || rest[i] == '\t')) ++i;
        std::string text;
        if (i < rest.size() && rest[i] == '"') {
            ++i;
            for (; i < rest.size() && rest[i] != '"'; ++i) {
                // Browsers send a backslash of a file name as it is and a quote as %22: only \" and \\ are
                // escapes.
                if (rest[i] == '\\' && i + 1 < rest.size() && (rest[i + 1] == '"' || rest[i + 1] == '\\'))
                    ++i;
                text += rest[i];
            }
            if (i >= rest.size()) {
                ok = false;
                return std::nullopt;
            }
            ++i;
        } else {
            const auto end = std::min(rest.find(';', i), rest.size());
            text = trim(rest.substr(i, end - i));
            i = end;
        }
        if (equal_ignoring_case(key, name)) return text;
        const auto next = rest.find(';', i);
        at = next == rest.npos ? value.npos : at + 1 + next;
    }
    return std::nullopt;
}

bool is_boundary(std::string_view text) {
    constexpr std::string_view extra = "'()+_,-./:=? ";
    if (text.empty() || text.size() > 70 || text.back() == ' ') return false;
    for (const char c : text)
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              extra.find(c) != extra.npos))
            return false;
    return true;
}

Result<void> read_headers(std::string_view text, const MultipartLimits& limits, Part& part) {
    bool named = false;
    while (!text.empty()) {
        const auto end = text.find("\r\n");
        const std::string_view line = text.substr(0, end);
        text = end == text.npos ? std::string_view{} : text.substr(end + 2);
        const auto colon = line.find(':');
        if (colon == line.npos) return refuse("holds a header line without a colon");
        const std::string_view name = line.substr(0, colon), value = trim(line.substr(colon + 1));
        bool ok = true;
        if (equal_ignoring_case(name, "content-disposition")) {
            if (named) return refuse("names a part twice");
            if (!equal_ignoring_case(trim(value.substr(0, value.find(';'))), "form-data"))
                return refuse("holds a part that is no form-data");
            const auto field = parameter(value, "name", ok);
            if (!field || !ok) return refuse("holds a part without a name");
            part.name = *field;
            part.filename = parameter(value, "filename", ok).value_or("");
            if (!ok) return refuse("holds a broken file name");
            if (part.name.size() > limits.name_bytes || part.filename.size() > limits.name_bytes)
                return refuse("holds a name of more than " + std::to_string(limits.name_bytes) + " bytes");
            if (const auto slash = part.filename.find_last_of("/\\"); slash != std::string::npos)
                part.filename.erase(0, slash + 1);
            for (const std::string& text_of : {part.name, part.filename})
                if (!is_utf8(text_of) || text_of.find('\0') != std::string::npos)
                    return refuse("holds a name that is not UTF-8 text");
            if (part.filename == "." || part.filename == "..") part.filename.clear();
            named = true;
        } else if (equal_ignoring_case(name, "content-type")) {
            part.content_type = value;
        }
    }
    if (!named) return refuse("holds a part without a name");
    return {};
}

}  // namespace

const Part* Multipart::find(std::string_view name) const {
    for (const Part& part : parts)
        if (part.name == name) return &part;
    return nullptr;
}

Result<Multipart> parse_multipart(std::string_view content_type, std::string_view body,
                                  MultipartLimits limits) {
    const std::string_view type = trim(content_type.substr(0, content_type.find(';')));
    if (!equal_ignoring_case(type, "multipart/form-data"))
        return fail(Code::unsupported, "unsupported-media-type", "Send this as multipart/form-data.");
    bool ok = true;
    const auto boundary = parameter(content_type, "boundary", ok);
    if (!ok || !boundary || !is_boundary(*boundary)) return refuse("has no valid boundary");
    const std::string delimiter = "\r\n--" + *boundary;

    // The first delimiter may stand at the very start, without its line break. Linear: a search
    // compares at most a boundary's 70 bytes per place, and what follows a delimiter is judged by two bytes.
    std::size_t at;
    if (body.starts_with(std::string_view(delimiter).substr(2))) {
        at = delimiter.size() - 2;
    } else {
        at = body.find(delimiter);
        if (at == body.npos) return refuse("does not hold its boundary");
        at += delimiter.size();
    }
    Multipart out;
    for (;;) {
        if (body.substr(at, 2) == "--") return out;
        if (body.substr(at, 2) != "\r\n") return refuse("has bytes behind a boundary");
        at += 2;
        if (out.parts.size() == limits.parts)
            return refuse("has more than " + std::to_string(limits.parts) + " parts");
        const auto head_end = body.substr(at, limits.header_bytes + 4).find("\r\n\r\n");
        if (head_end == body.npos)
            return refuse("holds a part whose headers do not end within " +
                          std::to_string(limits.header_bytes) + " bytes");
        Part part;
        LARES_CHECK(read_headers(body.substr(at, head_end), limits, part));
        at += head_end + 2;  // an empty part's delimiter begins with the blank line's break
        const auto end = body.find(delimiter, at);
        if (end == body.npos) return refuse("does not end with its boundary");
        if (end > at + 2) part.data = body.substr(at + 2, end - at - 2);
        at = end + delimiter.size();
        out.parts.push_back(std::move(part));
    }
}

}  // namespace lares::http
