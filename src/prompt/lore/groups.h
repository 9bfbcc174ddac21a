#pragma once
// Of entries that share a group, one joins the prompt: sticky ones first, then by score, by priority, by
// weight.
#include <functional>
#include <utility>

#include "prompt/lore/timed.h"

namespace lares::prompt::lore {

// `fresh`: places of the entries that woke in this pass, in order; `active`: those of earlier passes. Answers
// the places that lose, with the reason.
std::vector<std::pair<std::uint32_t, Reason>> settle_groups(
    const std::vector<std::uint32_t>& fresh, const std::vector<const Item*>& active,
    const std::vector<Item>& items, const ScanInput& input,
    const std::function<std::size_t(const Item&)>& score, const Timed& timed);

}  // namespace lares::prompt::lore
