#include "prompt/lore/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <re2/re2.h>

namespace lares::prompt::lore {

namespace {

constexpr std::uint32_t pcre_depth_limit = 500;
constexpr std::uint32_t pcre_heap_kib = 4096;
constexpr std::uint64_t pcre_step_cost = 64;  // of the budget; a step of PCRE2 is so many of RE2's bytes
constexpr std::uint64_t program_unit = 64;    // instructions that one byte may walk at RE2's usual speed

}  // namespace

struct KeyRegex::Pcre {
    pcre2_code* code = nullptr;
    pcre2_match_context* limits = nullptr;

    Pcre() = default;
    Pcre(const Pcre&) = delete;
    Pcre& operator=(const Pcre&) = delete;
    ~Pcre() {
        pcre2_match_context_free(limits);
        pcre2_code_free(code);
    }

    bool compile(const Rewritten& rewritten) {
        std::uint32_t options =
            PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_MATCH_UNSET_BACKREF | PCRE2_NEVER_BACKSLASH_C;
        if (rewritten.ignore_case) options |= PCRE2_CASELESS;
        if (rewritten.multi_line) options |= PCRE2_MULTILINE;
        if (rewritten.dot_all) options |= PCRE2_DOTALL;
        if (rewritten.sticky) options |= PCRE2_ANCHORED;
        int error = 0;
        PCRE2_SIZE offset = 0;
        code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(rewritten.pattern.data()), rewritten.pattern.size(),
                             options, &error, &offset, nullptr);
        if (!code) return false;
        limits = pcre2_match_context_create(nullptr);
        if (!limits) return false;
        pcre2_set_match_limit(limits, pcre_match_limit);
        pcre2_set_depth_limit(limits, pcre_depth_limit);
        pcre2_set_heap_limit(limits, pcre_heap_kib);
        return true;
    }

    bool matches(std::string_view text, RegexBudget& budget) const {
        auto* data = pcre2_match_data_create(1, nullptr);
        if (!data) return false;
        const int result =
            pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, 0, data, limits);
        pcre2_match_data_free(data);
        const bool gave_up = result < PCRE2_ERROR_NOMATCH;
        const std::uint64_t cost = gave_up ? pcre_match_limit * pcre_step_cost : text.size() * pcre_step_cost;
        budget.left -= std::min(budget.left, cost);
        return result >= 0;
    }
};

KeyRegex::KeyRegex() = default;
KeyRegex::~KeyRegex() = default;

std::string re2_pattern(const Rewritten& rewritten) {
    std::string flags;
    if (rewritten.ignore_case) flags += 'i';
    if (rewritten.multi_line) flags += 'm';
    if (rewritten.dot_all) flags += 's';
    std::string pattern = flags.empty() ? rewritten.pattern : "(?" + flags + ":" + rewritten.pattern + ")";
    return rewritten.sticky ? "\\A(?:" + pattern + ")" : pattern;
}

std::shared_ptr<const KeyRegex> KeyRegex::compile(const RegexLiteral& literal) {
    auto rewritten = rewrite_regex(literal);
    if (!rewritten) return nullptr;
    std::shared_ptr<KeyRegex> made(new KeyRegex);
    made->rewritten_ = std::move(*rewritten);
    if (made->rewritten_.linear) {
        re2::RE2::Options options;
        options.set_log_errors(false);
        options.set_max_mem(re2_memory);
        auto re2 = std::make_unique<re2::RE2>(re2_pattern(made->rewritten_), options);
        if (re2->ok()) {
            made->re2_ = std::move(re2);
            return made;
        }
        made->rewritten_.linear = false;  // too large for it
        made->rewritten_.crosses = true;
    }
    made->pcre_ = std::make_unique<Pcre>();
    if (!made->pcre_->compile(made->rewritten_)) return nullptr;
    return made;
}

bool KeyRegex::matches(std::string_view text, RegexBudget& budget) const {
    if (budget.left == 0) return false;
    if (pcre_) return pcre_->matches(text, budget);
    const auto size = static_cast<std::uint64_t>(re2_->ProgramSize());
    budget.left -= std::min(budget.left, text.size() * (1 + size / program_unit));
    return re2_->Match({text.data(), text.size()}, 0, text.size(), re2::RE2::UNANCHORED, nullptr, 0);
}

}  // namespace lares::prompt::lore
