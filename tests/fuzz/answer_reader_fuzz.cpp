// Any bytes as another server's answer: the same head, body, error and rest however they are cut, everything
// within its bound, and what was read, written again with a length, reads the same.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>

#include "net/answer_reader.h"

namespace {

using lares::net::AnswerReader;

struct Seen {
    unsigned status = 0;
    std::vector<std::pair<std::string, std::string>> fields;
    std::string body, error, behind;
    bool keeps_alive = false;
    bool operator==(const Seen&) const = default;
};

// As net/exchange.cpp does it: the head, then the body, what was not taken given again; `steps` are the
// pieces' sizes in turn.
Seen read(std::string_view bytes, AnswerReader::Limits limits, std::array<std::size_t, 2> steps) {
    AnswerReader reader(limits);
    Seen seen;
    std::size_t begin = 0, end = 0;
    lares::Result<void> went;
    for (std::size_t turn = 0; went && !reader.done() && end < bytes.size(); ++turn) {
        end = std::min(end + steps[turn % 2], bytes.size());
        if (!reader.head_done()) {
            const auto taken = reader.take_head(bytes.substr(begin, end - begin));
            if (!taken) {
                went = tl::unexpected(taken.error());
                break;
            }
            begin += *taken;
            if (!reader.head_done() && end - begin > limits.head_bytes + 3) std::abort();
        }
        if (!reader.head_done()) continue;
        const auto taken = reader.take_body(bytes.substr(begin, end - begin), seen.body);
        if (!taken) {
            went = tl::unexpected(taken.error());
            break;
        }
        begin += *taken;
        if (!reader.done() && begin != end) std::abort();
    }
    if (seen.body.size() > limits.body_bytes) std::abort();
    if (went && !reader.done()) went = reader.end();
    if (!went) {
        seen = {};
        seen.error = went.error().type + ": " + went.error().detail;
        return seen;
    }
    seen.status = reader.head().status;
    for (const auto& [name, value] : reader.head().headers) seen.fields.emplace_back(name, value);
    seen.keeps_alive = reader.keeps_alive();
    seen.behind = bytes.substr(begin);
    return seen;
}

bool is_clean(const Seen& seen, std::size_t head_bytes) {
    std::size_t size = 0;
    for (const auto& [name, value] : seen.fields) {
        size += name.size() + value.size();
        if (name.empty() || name.find_first_of(": \t\r\n") != name.npos) return false;
        if (std::any_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) return false;
        if (std::any_of(value.begin(), value.end(),
                        [](char c) { return c == '\r' || c == '\n' || c == '\0'; }))
            return false;
        if (value != value.substr(0, value.find_last_not_of(" \t") + 1) || value.starts_with(' '))
            return false;
    }
    return seen.status >= 200 && seen.status <= 999 && size <= head_bytes && seen.fields.size() <= 256;
}

std::string written(const Seen& seen) {
    std::string out = "HTTP/1.1 " + std::to_string(seen.status) + "\r\n";
    for (const auto& [name, value] : seen.fields) {
        if (name != "transfer-encoding" && name != "content-length") out += name + ":" + value + "\r\n";
    }
    return out + "content-length: " + std::to_string(seen.body.size()) + "\r\n\r\n" + seen.body;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 3) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 3, size - 3);
    const AnswerReader::Limits limits{64 + std::size_t{2} * (data[0] & 0x7f), 200, data[0] >= 0x80};
    const Seen whole = read(bytes, limits, {bytes.size(), bytes.size()});
    if (read(bytes, limits, {1, 1}) != whole) std::abort();
    if (read(bytes, limits, {data[1] % 64 + 1u, data[2] % 64 + 1u}) != whole) std::abort();
    if (!whole.error.empty()) return 0;
    if (!is_clean(whole, limits.head_bytes)) std::abort();
    const std::string text = written(whole);
    const Seen again = read(text, {4096, 200, limits.head_only}, {text.size(), text.size()});
    if (again.status != whole.status ||
        (again.body != whole.body && again.status != 204 && again.status != 304))
        std::abort();
    const auto same = [&](const auto& field) {
        return field.first == "transfer-encoding" || field.first == "content-length" ||
               std::count(again.fields.begin(), again.fields.end(), field) ==
                   std::count(whole.fields.begin(), whole.fields.end(), field);
    };
    if (!std::all_of(whole.fields.begin(), whole.fields.end(), same)) std::abort();
    return 0;
}
