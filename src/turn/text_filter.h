#pragma once
// What a provider sends becomes what may be shown and stored: whole code points, valid UTF-8, no NUL. Nothing
// else is taken away.
#include <string>
#include <string_view>

namespace lares::turn {

class TextFilter {
public:
    std::string feed(std::string_view bytes);  // what is complete so far
    std::string finish();                      // an incomplete rest, as U+FFFD

private:
    std::string rest_;  // at most 3 bytes
};

}  // namespace lares::turn
