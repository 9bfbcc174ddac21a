#pragma once
// Whether what comes next in a text of Markdown stands in code: between backticks on a line, or in a fence.
// As CommonMark has it: a fence is closed by its own mark, at least as long, and ends with the item of a list
// or the quotation in which it stands; one that is indented by four columns is code that ends with these. A
// code point at a time (or a byte: only ASCII matters).
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lares::voice {

class CodeMarks {
public:
    void see(char32_t c);
    bool inside();  // before a character that marks no code
    bool line_begins() const { return blank_; }

    // Behind the line that opened a fence.
    bool fenced() const { return open_ == Open::fence && !info_; }
    // What follows on this line tells whether it opens a fence.
    bool undecided() const { return info_ || first_ || (run_ > 0 && run_first_ && !fenced()); }

private:
    static constexpr std::size_t info_max = 2'000;  // a fence's first line that is longer is one in any case
    static constexpr std::size_t items_max = 64;    // lists within lists

    void settle();
    void begin_line();
    void prefix(char32_t c);
    void stand_at_column();
    void quote();
    std::size_t indent() const;
    bool indented() const { return run_column_ >= indent(); }

    enum class Open : std::uint8_t { none, line, fence };
    Open open_ = Open::none;
    char32_t fence_ = 0, mark_ = 0;
    std::size_t length_ = 0, run_ = 0;  // of the marks that opened; of those seen last
    bool run_first_ = false;            // they stand first on their line
    bool info_ = false;                 // still on the line that opened a fence
    std::size_t info_length_ = 0;
    bool closing_ = false;  // a closing fence, when nothing more follows on its line
    bool blank_ = true;     // nothing but space on this line yet
    bool first_ = true;     // the same, or marks of lists and quotations

    std::size_t column_ = 0, run_column_ = 0;  // of what comes next; of the last marks
    std::size_t digits_ = 0;                   // "12", of "12. "
    char32_t marker_ = 0;                      // of a list, whose space is yet to come
    std::size_t behind_ = 0;                   // it; 0: none, or what it begins has come
    std::vector<std::size_t> items_;           // the columns where what stands in each open item begins
    std::size_t quotes_ = 0;                   // marks of quotation on this line
    std::size_t quoted_ = 0;                   // the column behind the last of them and its space
    std::size_t fence_column_ = 0, fence_quotes_ = 0;  // what the fence stands in
};

}  // namespace lares::voice
