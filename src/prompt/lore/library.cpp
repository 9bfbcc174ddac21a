#include "prompt/lore/library.h"

namespace lares::prompt::lore {

Result<std::shared_ptr<const BookSet>> Library::get(const std::string& name, CompileOptions options,
                                                    const Make& make) {
    const std::string key = name + (options.case_sensitive ? "c" : "-") + (options.whole_words ? "w" : "-") +
                            (options.v3 ? "v" : "-") + std::to_string(static_cast<int>(options.strategy));
    if (auto found = find(key)) return found;
    LARES_TRY(auto books, make());
    auto set = BookSet::compile(std::move(books), options);
    keep(key, set);
    return set;
}

std::shared_ptr<const BookSet> Library::find(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto found = sets_.find(key);
    if (found == sets_.end()) return nullptr;
    uses_.splice(uses_.begin(), uses_, found->second.use);
    return found->second.set;
}

void Library::keep(const std::string& key, std::shared_ptr<const BookSet> set) {
    const std::lock_guard lock(mutex_);
    if (sets_.contains(key)) return;
    uses_.push_front(key);
    sets_.emplace(key, Kept{std::move(set), uses_.begin()});
    while (sets_.size() > sets_max) {
        sets_.erase(uses_.back());
        uses_.pop_back();
    }
}

}  // namespace lares::prompt::lore
