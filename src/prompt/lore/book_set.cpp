#include "prompt/lore/book_set.h"

#include <algorithm>
#include <map>
#include <set>

#include <re2/filtered_re2.h>

#include "base/text.h"
#include "prompt/lore/text.h"

namespace lares::prompt::lore {

namespace {

constexpr int atom_bytes_min = 3;
constexpr std::string_view positions[] = {"before",   "after",        "note_top",        "note_bottom",
                                          "at_depth", "examples_top", "examples_bottom", "outlet"};
constexpr std::string_view scopes[] = {"global", "character", "chat", "persona", "space"};

std::string trimmed(std::string_view text) {
    return std::string(trim(text));
}

bool has_space(std::string_view text) {
    return text.find_first_of(" \t\n\v\f\r") != text.npos;
}

// FNV-1a.
class Hash {
public:
    void add(std::string_view text) {
        for (const char c : text) value_ = (value_ ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
        value_ = (value_ ^ 0xffU) * 0x100000001b3ULL;
    }
    void add(double number) { add(std::to_string(number)); }
    std::uint64_t value() const { return value_; }

private:
    std::uint64_t value_ = 0xcbf29ce484222325ULL;
};

std::uint64_t hash_of(const Item& item) {
    const auto& entry = *item.entry;
    Hash hash;
    hash.add(item.id);
    hash.add(entry.content);
    for (const auto& key : entry.keys) hash.add(key);
    for (const auto& key : entry.secondary_keys) hash.add(key);
    for (const double number :
         {entry.order, static_cast<double>(entry.sticky), static_cast<double>(entry.cooldown),
          static_cast<double>(entry.delay), entry.probability, entry.constant ? 1.0 : 0.0}) {
        hash.add(number);
    }
    return hash.value();
}

}  // namespace

std::string_view to_text(Scope scope) {
    return scopes[static_cast<std::size_t>(scope)];
}

std::string position_name(character::LorePosition position) {
    return std::string(positions[static_cast<std::size_t>(position)]);
}

std::string title_of(const Item& item) {
    if (!item.entry->comment.empty()) return item.entry->comment;
    return item.entry->keys.empty() ? item.id : item.entry->keys.front();
}

BookSet::BookSet() = default;
BookSet::~BookSet() = default;

class BookSet::Builder {
public:
    Builder(std::vector<Book> books, CompileOptions options) : set_(std::shared_ptr<BookSet>(new BookSet)) {
        set_->books_ = std::move(books);
        set_->options_ = options;
    }

    std::shared_ptr<const BookSet> run() {
        order_items();
        for (auto& item : set_->items_) read_item(item);
        number_patterns();
        build_filter();
        build_automata();
        index_items();
        return set_;
    }

private:
    const CompileOptions& options() const { return set_->options_; }

    void order_items() {
        std::vector<Item> of_chat, of_persona, of_space, of_character, of_global;
        std::map<std::string, int> names;
        for (std::size_t place = 0; place < set_->books_.size(); ++place) {
            const auto& book = set_->books_[place];
            std::string name = std::string(to_text(book.scope)) + "/" + book.name;
            if (const int seen = names[name]++; seen > 0) name += "#" + std::to_string(seen + 1);
            auto& list = book.scope == Scope::chat        ? of_chat
                         : book.scope == Scope::persona   ? of_persona
                         : book.scope == Scope::space     ? of_space
                         : book.scope == Scope::character ? of_character
                                                          : of_global;
            for (const auto& entry : book.book->entries) {
                Item item;
                item.entry = &entry;
                item.scope = book.scope;
                item.of_book = place;
                item.book = book.name;
                item.id = name + "/" + std::to_string(entry.uid);
                item.hash = hash_of(item);
                list.push_back(std::move(item));
            }
        }
        if (options().strategy == Strategy::evenly) {
            std::ranges::move(of_character, std::back_inserter(of_global));
            of_character.clear();
        }
        append(of_chat);
        append(of_persona);
        append(of_space);
        const bool global_first = options().strategy == Strategy::global_first;
        append(global_first ? of_global : of_character);
        append(global_first ? of_character : of_global);
    }

    // Highest order first, else as they were.
    void append(std::vector<Item>& items) {
        std::vector<std::size_t> places(items.size());
        for (std::size_t i = 0; i < places.size(); ++i) places[i] = i;
        std::ranges::sort(places, [&](std::size_t a, std::size_t b) {
            if (items[a].entry->order != items[b].entry->order)
                return items[a].entry->order > items[b].entry->order;
            return a < b;
        });
        for (const std::size_t place : places) set_->items_.push_back(std::move(items[place]));
    }

    void read_item(Item& item) {
        reading_ = &item;
        const auto& entry = *item.entry;
        const auto& decorators = entry.decorators;
        const bool v3 = options().v3;
        const bool bare_regex = v3 && (entry.use_regex || decorators.use_regex);
        for (const auto& key : entry.keys) item.keys.push_back(read_key(key, entry, bare_regex));
        for (const auto& key : entry.secondary_keys)
            item.secondary_keys.push_back(read_key(key, entry, bare_regex));
        if (v3) {
            for (const auto& key : decorators.additional_keys)
                item.keys.push_back(read_key(key, entry, false));
            for (const auto& key : decorators.exclude_keys)
                item.exclude_keys.push_back(read_key(key, entry, false));
        }
    }

    Key read_key(const std::string& text, const character::LoreEntry& entry, bool bare_regex) {
        Key key;
        key.text = text;
        key.case_sensitive = entry.case_sensitive.value_or(options().case_sensitive);
        key.whole_word = entry.whole_words.value_or(options().whole_words);
        if (text.empty()) return key;
        if (bare_regex) return read_bare_regex(std::move(key));
        if (text.find("{{") != text.npos || text.find('<') != text.npos) {
            key.kind = Key::Kind::dynamic;
            return key;
        }
        settle(key, trimmed(text));
        return key;
    }

    Key read_bare_regex(Key key) {
        if (auto literal = regex_literal(trim(key.text)))
            take_regex(key, *literal);
        else
            take_regex(key, {key.text, key.case_sensitive ? "" : "i"});
        if (key.kind == Key::Kind::never) {
            warn(key.text);
            settle_plain(key, trimmed(key.text));
        }
        return key;
    }

    void warn(const std::string& key) {
        if (set_->warnings_.size() >= warnings_max) return;
        set_->warnings_.push_back("\"" + title_of(*reading_) + "\": " + key +
                                  " is not a regular expression that can be read; it is searched as text.");
    }

    void settle(Key& key, const std::string& text) {
        const auto literal = regex_literal(text);
        if (literal) take_regex(key, *literal);
        if (key.kind != Key::Kind::never) return;
        if (literal) warn(text);
        settle_plain(key, text);
    }

    void settle_plain(Key& key, const std::string& text) {
        key.whole_word = key.whole_word && !has_space(text);
        if (text.empty()) {
            key.kind = Key::Kind::always;
        } else if (text.find_first_of("\n\x01") != text.npos) {
            key.kind = Key::Kind::text;
            key.text = text;
        } else {
            key.kind = Key::Kind::pattern;
            auto& table = key.case_sensitive ? exact_ : lowered_;
            const auto [found, _] = table.try_emplace(key.case_sensitive ? text : lower(text),
                                                      static_cast<std::uint32_t>(table.size()));
            key.pattern = found->second;
        }
    }

    void take_regex(Key& key, const RegexLiteral& literal) {
        const std::string name = literal.pattern + "/" + literal.flags;
        auto found = compiled_.find(name);
        if (found == compiled_.end()) {
            auto regex = compiled_.size() < regexes_max ? KeyRegex::compile(literal) : nullptr;
            found = compiled_.emplace(name, std::move(regex)).first;
            if (found->second && !found->second->crosses()) {
                places_[name] = static_cast<std::uint32_t>(set_->regexes_.size());
                set_->regexes_.push_back(found->second);
            }
        }
        if (!found->second) return;
        key.regex = found->second;
        key.kind = Key::Kind::regex;
        if (const auto place = places_.find(name); place != places_.end()) {
            key.kind = Key::Kind::pattern;
            key.pattern = place->second;
        }
    }

    // Exact patterns first, then those in lower case, then regexes.
    void number_patterns() {
        const auto folded_from = static_cast<std::uint32_t>(exact_.size());
        set_->first_regex_ = static_cast<std::uint32_t>(exact_.size() + lowered_.size());
        set_->patterns_ = set_->first_regex_ + set_->regexes_.size();
        const auto renumber = [&](std::vector<Key>& keys) {
            for (auto& key : keys) {
                if (key.kind != Key::Kind::pattern) continue;
                if (key.regex)
                    key.pattern += set_->first_regex_;
                else if (!key.case_sensitive)
                    key.pattern += folded_from;
            }
        };
        for (auto& item : set_->items_) {
            renumber(item.keys);
            renumber(item.secondary_keys);
            renumber(item.exclude_keys);
        }
    }

    void build_filter() {
        auto filter = std::make_unique<re2::FilteredRE2>(atom_bytes_min);
        for (std::uint32_t i = 0; i < set_->regexes_.size(); ++i) {
            const auto& regex = *set_->regexes_[i];
            re2::RE2::Options options;
            options.set_log_errors(false);
            options.set_max_mem(KeyRegex::re2_memory);
            int number = 0;
            // Beyond ASCII the filter's idea of lower case is not ours.
            const auto pattern = regex.linear() ? re2_pattern(regex.rewritten()) : std::string();
            const bool ascii =
                std::ranges::all_of(pattern, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
            if (!pattern.empty() && ascii && filter->Add(pattern, options, &number) == re2::RE2::NoError)
                set_->filtered_.push_back(i);
            else
                set_->unfiltered_.push_back(i);
        }
        if (set_->filtered_.empty()) return;
        filter->Compile(&atoms_);
        set_->filter_ = std::move(filter);
    }

    void build_automata() {
        std::vector<std::string_view> texts(exact_.size());
        for (const auto& [text, number] : exact_) texts[number] = text;
        set_->exact_ = Automaton(texts);
        std::map<std::string_view, Folded> folded;
        for (const auto& [text, number] : lowered_)
            folded[text].pattern = static_cast<std::uint32_t>(exact_.size()) + number;
        for (std::size_t i = 0; i < atoms_.size(); ++i) folded[atoms_[i]].atom = static_cast<int>(i);
        texts.clear();
        for (const auto& [text, meaning] : folded) {
            texts.push_back(text);
            set_->folded_meaning_.push_back(meaning);
        }
        set_->folded_ = Automaton(texts);
    }

    void index_items() {
        std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;
        std::set<std::int64_t> levels;
        for (std::uint32_t i = 0; i < set_->items_.size(); ++i) {
            const Item& item = set_->items_[i];
            const auto& entry = *item.entry;
            if (!entry.enabled) continue;
            bool restless = entry.constant || entry.decorators.activate || entry.decorators.constant;
            for (const auto& key : item.keys) {
                if (key.kind == Key::Kind::pattern) pairs.emplace_back(key.pattern, i);
                restless = restless || (key.kind != Key::Kind::pattern && key.kind != Key::Kind::never);
            }
            if (restless) set_->restless_.push_back(i);
            if (entry.scan_depth) set_->deepest_ = std::max(set_->deepest_, *entry.scan_depth);
            if (options().v3 && entry.decorators.scan_depth)
                set_->deepest_ = std::max(set_->deepest_, *entry.decorators.scan_depth);
            set_->fields_ |= entry.match_fields;
            if (entry.delay_until_recursion > 0) levels.insert(entry.delay_until_recursion);
        }
        set_->delay_levels_.assign(levels.begin(), levels.end());
        std::ranges::sort(pairs);
        set_->starts_.assign(set_->patterns_ + 1, 0);
        for (const auto& [pattern, _] : pairs) ++set_->starts_[pattern + 1];
        for (std::size_t i = 1; i < set_->starts_.size(); ++i) set_->starts_[i] += set_->starts_[i - 1];
        for (const auto& [_, item] : pairs) set_->by_pattern_.push_back(item);
    }

    std::shared_ptr<BookSet> set_;
    const Item* reading_ = nullptr;
    std::unordered_map<std::string, std::uint32_t> exact_, lowered_;
    std::unordered_map<std::string, std::shared_ptr<const KeyRegex>> compiled_;
    std::unordered_map<std::string, std::uint32_t> places_;
    std::vector<std::string> atoms_;
};

std::shared_ptr<const BookSet> BookSet::compile(std::vector<Book> books, CompileOptions options) {
    return Builder(std::move(books), options).run();
}

// As in the joined text, a mark stands before the piece.
Hits BookSet::search(std::string_view piece, RegexBudget& budget) const {
    Hits found;
    std::string text = "\x01";
    text += piece;
    std::unordered_map<std::uint32_t, std::size_t> places;
    const auto add = [&](std::uint32_t pattern, bool whole_word) {
        const auto [place, is_new] = places.try_emplace(pattern, found.hits.size());
        if (is_new)
            found.hits.push_back({pattern, whole_word});
        else
            found.hits[place->second].whole_word |= whole_word;
    };
    const auto start = [](std::size_t end, std::size_t size) { return end - size; };
    exact_.search(text, [&](std::uint32_t pattern, std::size_t end) {
        const std::size_t size = exact_.size_of(pattern);
        add(pattern, stands_alone(text, start(end, size), size));
    });
    const std::string lowered = lower(text);
    folded_.search(lowered, [&](std::uint32_t number, std::size_t end) {
        const Folded& meaning = folded_meaning_[number];
        if (meaning.atom >= 0) found.atoms.push_back(meaning.atom);
        if (meaning.pattern == Automaton::none) return;
        const std::size_t size = folded_.size_of(number);
        add(meaning.pattern, stands_alone(lowered, start(end, size), size));
    });
    std::ranges::sort(found.atoms);
    found.atoms.erase(std::unique(found.atoms.begin(), found.atoms.end()), found.atoms.end());
    if (!regexes_.empty()) search_regexes(text, budget, found);
    return found;
}

void BookSet::search_regexes(std::string_view marked, RegexBudget& budget, Hits& hits) const {
    std::string followed;
    const auto judge = [&](std::uint32_t place) {
        const KeyRegex& regex = *regexes_[place];
        if (regex.matches(marked, budget)) return hits.hits.push_back({first_regex_ + place, true});
        if (!regex.rewritten().eats_newline) return;
        if (followed.empty()) followed = std::string(marked) + "\n";
        if (regex.matches(followed, budget)) hits.hits.push_back({first_regex_ + place, false});
    };
    for (const auto place : unfiltered_) judge(place);
    if (!filter_) return;
    std::vector<int> potentials;
    filter_->AllPotentials(hits.atoms, &potentials);
    for (const int number : potentials) judge(filtered_[static_cast<std::size_t>(number)]);
}

std::shared_ptr<const Hits> BookSet::find(std::string_view text, RegexBudget& budget) const {
    std::string key(text);
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = young_.pieces.find(key); found != young_.pieces.end()) return found->second;
        if (const auto found = old_.pieces.find(key); found != old_.pieces.end()) {
            auto hits = found->second;
            young_.bytes += key.size();
            young_.pieces.emplace(std::move(key), hits);
            return hits;
        }
    }
    auto hits = std::make_shared<const Hits>(search(text, budget));
    if (budget.left == 0) return hits;  // some regexes were not tried
    const std::lock_guard lock(mutex_);
    if (young_.pieces.size() >= remembered_max || young_.bytes + key.size() > remembered_bytes_max) {
        old_ = std::move(young_);
        young_ = {};
    }
    young_.bytes += key.size();
    young_.pieces.emplace(std::move(key), hits);
    return hits;
}

Key BookSet::dynamic_key(const Key& key, std::string_view expanded) const {
    Key made;
    made.text = trimmed(expanded);
    made.case_sensitive = key.case_sensitive;
    made.whole_word = key.whole_word && !has_space(made.text);
    if (expanded.empty()) return made;
    if (const auto literal = regex_literal(made.text)) made.regex = KeyRegex::compile(*literal);
    made.kind = made.regex ? Key::Kind::regex : made.text.empty() ? Key::Kind::always : Key::Kind::text;
    return made;
}

}  // namespace lares::prompt::lore
