#include "engine/llm/text_filter.h"

#include <algorithm>

#include "base/text.h"

namespace lares::engine::llm {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

// Could more bytes make this the start of a valid code point?
bool incomplete(std::string_view tail) {
    if (tail.size() >= 4) return false;
    const auto lead = static_cast<unsigned char>(tail[0]);
    const std::size_t length = lead >= 0xF0 && lead <= 0xF4 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 0;
    if (length == 0 || lead > 0xF4 || tail.size() >= length) return false;
    for (std::size_t i = 1; i < tail.size(); ++i)
        if ((static_cast<unsigned char>(tail[i]) & 0xC0) != 0x80) return false;
    if (tail.size() < 2) return true;
    // E0, ED, F0 and F4 narrow what may come second: overlong forms, surrogates, beyond U+10FFFF.
    const auto second = static_cast<unsigned char>(tail[1]);
    return !(lead == 0xE0 && second < 0xA0) && !(lead == 0xED && second > 0x9F) &&
           !(lead == 0xF0 && second < 0x90) && !(lead == 0xF4 && second > 0x8F);
}

}  // namespace

TextFilter::TextFilter(std::vector<std::string> stops) : stops_(std::move(stops)) {
    std::erase_if(stops_, [](const std::string& stop) { return stop.empty(); });
}

std::size_t TextFilter::possible_stop() const {
    std::size_t longest = 0;
    for (const auto& stop : stops_) {
        std::size_t length = std::min(stop.size() - 1, held_.size());
        for (; length > longest; --length)
            if (std::string_view(held_).ends_with(std::string_view(stop).substr(0, length))) break;
        longest = std::max(longest, length);
    }
    return longest;
}

void TextFilter::release(std::size_t bytes, bool all, std::string& text, std::vector<Token>& tokens) {
    std::string_view rest(held_.data(), bytes);
    while (!rest.empty()) {
        const std::size_t valid = utf8_valid_prefix(rest);
        text.append(rest.substr(0, valid));
        rest.remove_prefix(valid);
        if (rest.empty() || (!all && incomplete(rest))) break;
        if (all && incomplete(rest)) {
            rest = {};
            break;
        }
        text.append(replacement);
        rest.remove_prefix(1);
    }
    const std::size_t out = bytes - rest.size();
    held_.erase(0, out);
    while (!pending_.empty() && pending_.front().end <= out) {
        tokens.push_back(pending_.front().token);
        pending_.pop_front();
    }
    for (auto& entry : pending_) entry.end -= out;
}

bool TextFilter::push(Token token, std::string_view bytes, std::string& text, std::vector<Token>& tokens) {
    held_.append(bytes);
    pending_.push_back({token, held_.size()});
    std::size_t stop_at = std::string::npos;
    for (const auto& stop : stops_) stop_at = std::min(stop_at, held_.find(stop));
    if (stop_at != std::string::npos) {
        release(stop_at, true, text, tokens);
        held_.clear();
        pending_.clear();
        return true;
    }
    release(held_.size() - possible_stop(), false, text, tokens);
    return false;
}

void TextFilter::finish(std::string& text, std::vector<Token>& tokens) {
    release(held_.size(), true, text, tokens);
}

}  // namespace lares::engine::llm
