// clause_check [--cases FILE]: the splitter against JSON lines {"id", "text", "clauses": [...]}. Each text is
// fed whole, by code points and by words: the same clauses, whatever the pieces. White space at the ends of a
// clause does not count.
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>

#include "base/text.h"
#include "json/json.h"
#include "voice/clauses.h"
#include "voice/utf.h"

namespace {

struct Case {
    std::string id, text;
    std::vector<std::string> clauses;
};
BOOST_DESCRIBE_STRUCT(Case, (), (id, text, clauses))

std::vector<std::string> split(const std::vector<std::string>& pieces) {
    lares::voice::ClauseSplitter splitter;
    std::vector<std::string> out;
    const auto take = [&] {
        while (auto clause = splitter.next())
            out.emplace_back(lares::trim(lares::voice::to_utf8(clause->text)));
    };
    for (const auto& piece : pieces) {
        splitter.feed(piece);
        take();
    }
    splitter.finish();
    take();
    return out;
}

std::vector<std::string> by_code_points(const std::string& text) {
    std::vector<std::string> pieces;
    for (const auto c : lares::voice::to_code_points(text)) pieces.push_back(lares::voice::to_utf8({&c, 1}));
    return pieces;
}

// As a model writes: a space goes with the word behind it.
std::vector<std::string> by_words(const std::string& text) {
    std::vector<std::string> pieces(1);
    for (const char c : text) {
        if (c == ' ' && !pieces.back().empty()) pieces.emplace_back();
        pieces.back() += c;
    }
    return pieces;
}

std::string shown(const std::vector<std::string>& clauses) {
    std::string out;
    for (const auto& clause : clauses) out += (out.empty() ? "" : " | ") + clause;
    return out;
}

int read_error(int line, const std::string& why) {
    std::fprintf(stderr, "line %d: %s\n", line, why.c_str());
    return 2;
}

}  // namespace

int main(int argc, char** argv) {
    std::string file = LARES_CLAUSE_CASES;
    for (int i = 1; i < argc; ++i) {
        if (std::string(argv[i]) != "--cases" || i + 1 == argc) {
            std::fprintf(stderr, "usage: clause_check [--cases FILE]\n");
            return 2;
        }
        file = argv[++i];
    }
    std::ifstream in(file);
    if (!in) return read_error(0, "cannot open " + file);
    int passed = 0, failed = 0, number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        if (lares::trim(line).empty()) continue;
        const auto parsed = lares::json::parse<Case>(line);
        if (!parsed) return read_error(number, parsed.error().message);
        std::vector<std::string> wanted;
        for (const auto& clause : parsed->clauses) wanted.emplace_back(lares::trim(clause));
        bool right = true;
        for (const auto& pieces :
             {std::vector{parsed->text}, by_code_points(parsed->text), by_words(parsed->text)}) {
            const auto found = split(pieces);
            if (found == wanted) continue;
            if (right)
                std::printf("FAILED: %s\n  wanted %s\n  found  %s\n", parsed->id.c_str(),
                            shown(wanted).c_str(), shown(found).c_str());
            right = false;
        }
        ++(right ? passed : failed);
    }
    std::printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
