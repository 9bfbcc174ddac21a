#pragma once
// Compiled book sets, kept by name: compiling takes tens of milliseconds for thousands of entries.
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "prompt/lore/book_set.h"

namespace lares::prompt::lore {

class Library {
public:
    static constexpr std::size_t sets_max = 64;  // the one that was not asked for the longest goes

    // `name` says all that the set is made of (a digest of the books' text). make() is called without a lock;
    // two callers may both make it.
    using Make = std::function<Result<std::vector<Book>>()>;
    Result<std::shared_ptr<const BookSet>> get(const std::string& name, CompileOptions options,
                                               const Make& make);

private:
    std::shared_ptr<const BookSet> find(const std::string& key);
    void keep(const std::string& key, std::shared_ptr<const BookSet> set);

    struct Kept {
        std::shared_ptr<const BookSet> set;
        std::list<std::string>::iterator use;
    };
    std::mutex mutex_;
    std::list<std::string> uses_;  // the latest first
    std::unordered_map<std::string, Kept> sets_;
};

}  // namespace lares::prompt::lore
