#include "db/manifest.h"

#include <charconv>
#include <filesystem>

#include "db/digest.h"

namespace lares::db {

namespace {

constexpr std::string_view first_line = "lares-backup 1";

tl::unexpected<Error> damaged() {
    return fail(Code::unprocessable, "backup-damaged", "MANIFEST is damaged or not of a Lares backup.");
}

std::string_view next_word(std::string_view& line) {
    const std::size_t space = line.find(' ');
    const std::string_view word = line.substr(0, space);
    line.remove_prefix(space == std::string_view::npos ? line.size() : space + 1);
    return word;
}

template <class T>
bool read_number(std::string_view text, T& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

bool is_inner_path(std::string_view path) {
    if (path.empty() || path.find_first_of(std::string_view("\n\r\0", 3)) != std::string_view::npos)
        return false;
    const std::filesystem::path parts(path);
    if (parts.is_absolute() || parts.lexically_normal().generic_string() != path) return false;
    for (const auto& part : parts)
        if (part.empty() || part == "." || part == "..") return false;
    return true;
}

std::string Manifest::text() const {
    std::string out =
        std::string(first_line) + "\ncreated " + std::to_string(created_at) + "\ndatabase " + database + "\n";
    for (const ManifestFile& file : files)
        out += "file " + file.sha256 + " " + std::to_string(file.size) + " " + file.path + "\n";
    return out + "end " + sha256_hex(out) + "\n";
}

Result<Manifest> Manifest::parse(std::string_view text) {
    Manifest out;
    std::string_view rest = text;
    bool first = true;
    while (!rest.empty()) {
        const std::size_t newline = rest.find('\n');
        if (newline == std::string_view::npos) return damaged();
        std::string_view line = rest.substr(0, newline);
        rest.remove_prefix(newline + 1);
        if (std::exchange(first, false)) {
            if (line != first_line)
                return fail(
                    Code::unprocessable, "backup-damaged",
                    "This is not a Lares backup that this version can read: MANIFEST does not begin with '" +
                        std::string(first_line) + "'.");
            continue;
        }
        const std::string_view word = next_word(line);
        if (word == "created") {
            if (!read_number(line, out.created_at)) return damaged();
        } else if (word == "database") {
            out.database = line;
        } else if (word == "file") {
            ManifestFile file;
            file.sha256 = next_word(line);
            if (!read_number(next_word(line), file.size) || !is_inner_path(line)) return damaged();
            file.path = line;
            if (!out.files.empty() && !(out.files.back().path < file.path)) return damaged();
            out.files.push_back(std::move(file));
        } else if (word != "end") {
            return damaged();
        }
    }
    // Written again it must be the same text: this also checks the closing digest.
    if (out.text() != text) return damaged();
    return out;
}

}  // namespace lares::db
