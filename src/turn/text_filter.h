#pragma once
// What a provider sends becomes what may be shown and stored: whole code points, valid UTF-8, no NUL; what
// the model thinks aloud (<think>…</think>) is taken away, and so are tags of feelings ([happy]), which are
// told on their own. Who writes about such tags keeps them: a thought begins a line, a feeling stands on its
// own, and in code there is neither. No space stands in for a tag. Every shown character knows its place in
// the raw text.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "voice/code_marks.h"

namespace lares::turn {

// neutral, happy, sad, angry, surprised, relaxed; and from which shown code point on.
struct Feeling {
    std::string emotion;
    std::int64_t at = 0;
};

class TextFilter {
public:
    std::string feed(std::string_view bytes);  // what is certain so far
    std::string finish();                      // the rest; an incomplete code point becomes U+FFFD

    // Those that came since the last call.
    std::vector<Feeling> take_feelings();

    // The end of what came is not shown yet: what follows decides.
    bool holds() const { return !rest_.empty() || !held_.empty() || !gap_.space.empty(); }
    // Nothing was taken away or replaced: what was shown is what the model wrote.
    bool untouched() const { return untouched_; }
    bool thought() const { return thought_; }  // some of it was thinking
    // Where a shown code point stands among the raw ones (those that are no text count as one each).
    std::size_t raw_place(std::size_t shown) const;
    std::size_t raw_bytes() const { return raw_bytes_; }

private:
    std::string decode(std::string_view bytes);
    std::string sift(std::string text, bool last);
    void show(std::string& out, std::string_view text);
    void settle_gap(std::string& out, std::string_view next);
    void emit(std::string& out, std::string_view text);
    void drop(std::size_t raw);
    bool takes_feeling() const;  // one may stand behind what was shown

    std::string rest_;  // at most 3 bytes of a code point
    std::string held_;  // may be the beginning of a tag
    // Blanks behind a word wait for what follows: at a tag that is taken away they may go with it.
    struct Gap {
        std::string space;
        std::size_t taken = 0;  // raw code points behind them that are not shown
        bool touches = false;   // the tag was the last of these
    };
    Gap gap_;
    bool thinking_ = false, thought_ = false;
    bool aside_ = false;       // the thought began behind shown text: one without an end is text
    std::string aside_text_;   // of it so far
    bool mentioned_ = false;   // a thought's opening tag was shown: its closing tag is text, too
    bool began_ = false;       // more than white space was shown
    char32_t before_ = U'\0';  // shown last
    voice::CodeMarks code_;
    bool untouched_ = true;
    bool swallow_space_ = false;  // behind what was taken away
    bool last_was_space_ = true;  // nothing shown yet counts as space
    std::size_t shown_ = 0, raw_ = 0, raw_bytes_ = 0;
    struct Jump {  // from this shown code point on, raw ones are so many further
        std::size_t shown, raw;
    };
    std::vector<Jump> jumps_;
    std::vector<Feeling> feelings_;
};

}  // namespace lares::turn
