#pragma once
// "At 3", "Every Monday from 9 a.m. to 5": what only says when. The full stop of a "p.m." behind it ends no
// sentence, though a capital follows: "At 3 p.m. I left."
#include <string_view>

namespace lares::voice {

// `before`: the sentence so far, without the "p.m." itself.
bool is_lead_in(std::u32string_view before);

}  // namespace lares::voice
