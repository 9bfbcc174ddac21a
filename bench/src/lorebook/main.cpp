// Scans of a generated lorebook: bench_lorebook [--quick] [--dump DIR]: 10,000 entries with two keys each
// (every third key of two words), the first key of 500 of them a regex; 20 messages of about 200 words of
// which 20 plain keys and 10 regexes are among. Prints one JSON line with milliseconds. --dump: the same book
// and chat for SillyTavern (lore.json, chat.json), and nothing is measured.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <string>

#include "json/json.h"
#include "prompt/lore/scan.h"

namespace {

namespace lore = lares::prompt::lore;
using lares::character::LoreEntry;
using Clock = std::chrono::steady_clock;

class Names {
public:
    explicit Names(unsigned seed) : random_(seed) {}
    std::string next() {
        static constexpr std::string_view consonants[] = {"b", "br", "c", "d",  "dr", "f", "g", "gr",
                                                          "h", "j",  "k", "l",  "m",  "n", "p", "r",
                                                          "s", "sh", "t", "th", "v",  "w", "z"};
        static constexpr std::string_view vowels[] = {"a", "e", "i", "o", "u", "ae", "ia", "ou"};
        static constexpr std::string_view ends[] = {"", "n", "r", "s", "th", "l"};
        for (;;) {
            std::string name;
            for (int i = 0; i < 3; ++i) {
                name += consonants[random_() % std::size(consonants)];
                name += vowels[random_() % std::size(vowels)];
            }
            name += ends[random_() % std::size(ends)];
            name[0] = static_cast<char>(name[0] - 32);
            if (seen_.insert(name).second) return name;
        }
    }
    std::mt19937& random() { return random_; }

private:
    std::mt19937 random_;
    std::set<std::string> seen_;
};

struct Setup {
    std::shared_ptr<lares::character::Lorebook> book = std::make_shared<lares::character::Lorebook>();
    std::vector<std::string> messages;  // newest first
};

std::string regex_key(Names& names, const std::string& name, std::size_t i) {
    switch (i % 4) {
        case 0:
            return "/\\b" + name + "(?:s|'s)?\\b/i";
        case 1:
            return "/\\b(?:" + name + "|" + names.next() + ")\\b/i";
        case 2:
            return "/\\b" + name.substr(0, 4) + "\\w*" + name.substr(name.size() - 2) + "\\b/i";
        default:
            return "/(?:old|young|the)\\s+" + name + "/i";
    }
}

Setup make(std::size_t entries, std::size_t words) {
    static constexpr std::string_view common[] = {
        "the",  "and",   "then",  "she",   "he",    "they",   "walked", "along",  "river",  "road", "under",
        "grey", "light", "with",  "quiet", "steps", "while",  "wind",   "moved",  "fields", "tall", "grass",
        "near", "house", "where", "no",    "more",  "winter", "early",  "spring", "roof",   "until"};
    Setup setup;
    Names names(11);
    std::vector<std::string> mentions;
    for (std::size_t i = 0; i < entries; ++i) {
        const std::string name = names.next();
        std::string other = names.next();
        if (i % 3 == 2) other += " " + names.next();
        LoreEntry entry;
        entry.uid = static_cast<std::int64_t>(i);
        entry.keys = {i < 500 ? regex_key(names, name, i) : name, other};
        entry.content = "Fact " + std::to_string(i) + ": " + name + ".";
        setup.book->entries.push_back(std::move(entry));
        if (i < 40 && i % 4 == 0) mentions.push_back(name);
        if (i >= 500 && i < 520) mentions.push_back(other);
    }
    for (std::size_t m = 0; m < 20; ++m) {
        std::vector<std::string> text;
        for (std::size_t w = 0; w < words / 20; ++w)
            text.emplace_back(common[names.random()() % std::size(common)]);
        for (std::size_t i = m; i < mentions.size(); i += 20)
            text.insert(text.begin() + static_cast<std::ptrdiff_t>(names.random()() % text.size()),
                        mentions[i]);
        std::string message = m % 2 ? "Mira:" : "Robin:";
        for (const auto& word : text) message += " " + word;
        setup.messages.push_back(message + ".");
    }
    return setup;
}

double ms_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

struct Figures {
    double compile = 0, cold = 0, warm = 0;
    std::size_t hits = 0;  // of the cold scan
};

// Cold: a set that has seen no text. Warm: all but the newest message were seen.
Figures measure(const Setup& setup, int rounds, bool recursive) {
    Figures figures;
    std::vector<double> compile, cold, warm;
    lore::ScanText text;
    text.messages = setup.messages;
    lore::ScanInput input;
    input.settings.scan_depth = 20;
    input.settings.budget = 32'768;
    input.settings.recursive = recursive;
    input.text = &text;
    input.count = [](const std::string& one) -> lares::Result<std::size_t> { return one.size() / 4; };
    for (int round = 0; round < rounds; ++round) {
        const auto start = Clock::now();
        const auto set = lore::BookSet::compile({{lore::Scope::global, "bench", setup.book}}, {});
        compile.push_back(ms_since(start));
        input.books = set.get();
        const auto timed = [&](std::vector<double>& into) {
            const auto from = Clock::now();
            const auto found = lore::scan(input);
            into.push_back(ms_since(from));
            return found ? found->activated.size() : 0;
        };
        text.messages = setup.messages;
        figures.hits = timed(cold);
        for (int turn = 0; turn < 5; ++turn) {
            text.messages.insert(text.messages.begin(), setup.messages[static_cast<std::size_t>(turn)] +
                                                            " Once more " + std::to_string(round * 5 + turn));
            timed(warm);
        }
    }
    figures.compile = median(compile);
    figures.cold = median(cold);
    figures.warm = median(warm);
    return figures;
}

void print(const char* name, const Figures& figures) {
    std::printf(
        "{\"name\": \"%s\", \"compile_ms\": %.3f, \"cold_ms\": %.4f, \"warm_ms\": %.4f, \"hits\": %zu}\n",
        name, figures.compile, figures.cold, figures.warm, figures.hits);
}

// SillyTavern's world-info form; what is not said is as it is usual there.
void dump(const Setup& setup, const std::filesystem::path& folder) {
    std::ofstream book(folder / "lore.json"), chat(folder / "chat.json");
    const auto quoted = [](const std::string& text) {
        std::string out;
        lares::json::append_quoted(out, text);
        return out;
    };
    book << "{\"entries\": {";
    for (const auto& entry : setup.book->entries) {
        if (entry.uid > 0) book << ",";
        book << "\n\"" << entry.uid << "\": {\"uid\": " << entry.uid << ", \"key\": ["
             << quoted(entry.keys[0]) << ", " << quoted(entry.keys[1])
             << "], \"keysecondary\": [], \"content\": " << quoted(entry.content)
             << ", \"comment\": \"\", \"constant\": false, \"selective\": true, \"selectiveLogic\": 0, "
                "\"order\": 100,"
                " \"position\": 0, \"disable\": false, \"probability\": 100, \"useProbability\": true, "
                "\"depth\": 4,"
                " \"group\": \"\", \"groupWeight\": 100, \"scanDepth\": null, \"caseSensitive\": null,"
                " \"matchWholeWords\": null, \"sticky\": 0, \"cooldown\": 0, \"delay\": 0}";
    }
    book << "}}\n";
    chat << "[";
    for (std::size_t i = 0; i < setup.messages.size(); ++i)
        chat << (i > 0 ? ",\n" : "") << quoted(setup.messages[i]);
    chat << "]\n";
}

}  // namespace

int main(int argc, char** argv) {
    if (argc > 2 && std::string_view(argv[1]) == "--dump") {
        dump(make(10'000, 3'700), argv[2]);
        return 0;
    }
    const bool quick = argc > 1 && std::string_view(argv[1]) == "--quick";
    const int rounds = quick ? 7 : 31;
    print("10000", measure(make(10'000, 3'700), rounds, false));
    print("10000-recursion", measure(make(10'000, 3'700), rounds, true));
    print("1000", measure(make(1'000, 3'700), rounds, false));
    print("10000-double-text", measure(make(10'000, 7'400), rounds, false));
    return 0;
}
