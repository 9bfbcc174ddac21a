#include "prompt/macros.h"

#include <algorithm>

#include "base/text.h"

namespace lares::prompt {

namespace {

class Expander {
public:
    Expander(std::string_view text, const MacroValues& values) : text_(text), values_(values) {}

    std::string run() {
        out_.reserve(text_.size());
        std::size_t at = 0;
        while (at < text_.size()) {
            const std::size_t start = std::min(text_.find_first_of("{<", at), text_.size());
            out_.append(text_.substr(at, start - at));
            if (start == text_.size()) break;
            const std::size_t used = take_macro(start);
            if (used == 0) out_.push_back(text_[start]);
            at = start + std::max<std::size_t>(used, 1);
        }
        return std::move(out_);
    }

private:
    // Appends what the macro at `start` yields; answers its length, 0 when there is none.
    std::size_t take_macro(std::size_t start) {
        const std::string_view rest = text_.substr(start);
        if (rest[0] == '<') return take_tag(rest);
        if (!rest.starts_with("{{")) return 0;
        const std::size_t end = closing_after(start + 2);
        if (end == std::string_view::npos) return 0;
        const std::string_view name = trim(text_.substr(start + 2, end - start - 2));
        if (!name.starts_with("//") && !append_value(name)) return 0;
        return end + 2 - start;
    }

    // The place of the next "}}". Remembered, so that a text of nothing but "{{" is read once, not once a
    // brace.
    std::size_t closing_after(std::size_t at) {
        if (closing_ < at) closing_ = text_.find("}}", at);
        return closing_;
    }

    std::size_t take_tag(std::string_view rest) {
        for (const std::string_view tag : {"<user>", "<bot>", "<char>"}) {
            if (!equal_ignoring_case(rest.substr(0, tag.size()), tag)) continue;
            out_.append(tag == "<user>" ? values_.user : values_.character);
            return tag.size();
        }
        return 0;
    }

    bool append_value(std::string_view name) {
        if (equal_ignoring_case(name, "char")) {
            out_.append(values_.character);
        } else if (equal_ignoring_case(name, "user")) {
            out_.append(values_.user);
        } else if (values_.original && equal_ignoring_case(name, "original")) {
            if (!original_used_) out_.append(*values_.original);
            original_used_ = true;
        } else {
            return false;
        }
        return true;
    }

    std::string_view text_;
    const MacroValues& values_;
    std::string out_;
    std::size_t closing_ = 0;
    bool original_used_ = false;
};

}  // namespace

std::string expand_macros(std::string_view text, const MacroValues& values) {
    return Expander(text, values).run();
}

}  // namespace lares::prompt
