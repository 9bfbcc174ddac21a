// g2p_check [--cases FILE] [--voice FOLDER] [--verbose]: see tests/conformance/g2p. How things are compared:
// - phonemes: words are what stands between spaces; the two strings are aligned (longest common subsequence),
// so that one word
//   more does not make the rest wrong. A line passes when all its words are equal.
// - spoken: capitals, punctuation and hyphens do not count; letters said one by one may be written apart or
// together ("p m", "pm").
// - homographs: secondary stress, the tap (T, ɾ → t) and which reduced vowel (ə ᵊ ᵻ ɪ i ʊ without stress) do
// not count: dictionaries differ there. Exit status 1 when a share is below its goal (words 99 %, spoken 98
// %, homographs 85 % and more than the package has right), 2 when nothing could be judged.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <boost/describe/class.hpp>

#include "base/text.h"
#include "engine/tts/voice.h"
#include "json/json.h"
#include "voice/english/letters.h"
#include "voice/local/reading.h"
#include "voice/utf.h"

namespace {

using namespace lares;
using voice::to_code_points;
using voice::to_utf8;

struct Case {
    std::string id, text;
    std::optional<std::string> word, phonemes, package;
    std::optional<std::vector<std::string>> spoken;
};
BOOST_DESCRIBE_STRUCT(Case, (), (id, text, word, phonemes, package, spoken))

std::vector<std::string> split(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    return words;
}

std::size_t common(const std::vector<std::string>& a, const std::vector<std::string>& b) {
    std::vector<std::size_t> row(b.size() + 1, 0);
    for (const auto& left : a) {
        std::size_t diagonal = 0;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t above = row[j + 1];
            row[j + 1] = left == b[j] ? diagonal + 1 : std::max(above, row[j]);
            diagonal = above;
        }
    }
    return row.back();
}

// Lower case, no punctuation, hyphens apart.
std::string plain(const std::vector<std::string>& words) {
    std::vector<std::u32string> parts;
    for (const auto& word : words) {
        std::u32string part;
        for (const char32_t c : voice::english::to_lower(to_code_points(word))) {
            if (voice::english::is_letter(c) || voice::is_digit(c)) part.push_back(c);
            if ((c == '-' || c == U'–') && !part.empty()) parts.push_back(std::exchange(part, {}));
        }
        if (!part.empty()) parts.push_back(part);
    }
    std::u32string out;
    for (const auto& part : parts) out += (out.empty() ? U"" : U" ") + part;
    return to_utf8(out);
}

// Whether letters stand together or apart does not count.
std::string closed(std::string text) {
    std::erase(text, ' ');
    return text;
}

std::u32string by_ear(const std::string& phonemes) {
    std::u32string out;
    bool stressed = false;
    for (char32_t c : to_code_points(phonemes)) {
        if (c == U'ˌ' || c == ' ' || c == U'ː') continue;
        if (c == U'ɾ' || c == 'T') c = 't';
        if (c == U'ᵊ' || c == U'ᵻ') c = U'ə';
        if (!stressed && (c == U'ɪ' || c == 'i' || c == U'ʊ')) c = U'ə';
        stressed = c == U'ˈ';
        out.push_back(c);
    }
    return out;
}

struct Tally {
    std::size_t right = 0, all = 0;
    double share() const { return all == 0 ? 1 : static_cast<double>(right) / static_cast<double>(all); }
};

// The sounds of the first occurrence of a word, and nothing of its neighbours.
std::string sounds_of(const voice::Spoken& spoken, const std::string& text, const std::string& word) {
    const auto letters = voice::english::to_lower(to_code_points(text)),
               wanted = voice::english::to_lower(to_code_points(word));
    const auto letter = [&](std::size_t i) {
        return i < letters.size() && voice::english::is_letter(letters[i]);
    };
    std::size_t at = letters.find(wanted);
    while (at != std::u32string::npos && ((at > 0 && letter(at - 1)) || letter(at + wanted.size())))
        at = letters.find(wanted, at + 1);
    std::u32string sounds;
    if (at == std::u32string::npos) return {};
    for (const auto& phoneme : spoken.phonemes) {
        const bool mark =
            std::u32string_view(U" ;:,.!?—…\"“”()").find(phoneme.symbol) != std::u32string_view::npos;
        if (!mark && phoneme.source.begin < at + wanted.size() && phoneme.source.end > at)
            sounds.push_back(phoneme.symbol);
    }
    return to_utf8(sounds);
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::string> files;
    std::filesystem::path folder;
    bool verbose = false;
    for (int i = 1; i < argc; ++i) {
        const std::string flag = argv[i];
        if (flag == "--verbose") {
            verbose = true;
        } else if (flag == "--cases" && i + 1 < argc) {
            files.emplace_back(argv[++i]);
        } else if (flag == "--voice" && i + 1 < argc) {
            folder = argv[++i];
        } else {
            std::fprintf(stderr, "usage: g2p [--cases FILE] [--voice FOLDER] [--verbose]\n");
            return 2;
        }
    }
    if (files.empty()) {
        for (const char* name : {"plain", "spoken", "homographs"})
            files.push_back(LARES_G2P_CASES "/" + std::string(name) + ".jsonl");
    }
    if (folder.empty()) {
        const auto found = engine::tts::find_voice("hibari", engine::tts::bundled_voice_folders());
        if (!found) {
            std::fprintf(stderr, "g2p: %s\n", found.error().message.c_str());
            return 2;
        }
        folder = *found;
    }
    const auto english = voice::open_reading(folder);
    if (!english) {
        std::fprintf(stderr, "g2p: %s (%s)\n", english.error().message.c_str(),
                     english.error().detail.c_str());
        return 2;
    }

    Tally words, spoken, homographs, package, lines;
    const auto judge = [&](const Case& one, bool right, const std::string& got, const std::string& wanted) {
        ++lines.all;
        lines.right += right;
        if (!right && verbose)
            std::printf("%s: %s\n    got    %s\n    wanted %s\n", one.id.c_str(), one.text.c_str(),
                        got.c_str(), wanted.c_str());
    };
    for (const auto& file : files) {
        std::ifstream input(file);
        if (!input) {
            std::fprintf(stderr, "g2p: %s cannot be read\n", file.c_str());
            return 2;
        }
        int number = 0;
        for (std::string line; std::getline(input, line);) {
            ++number;
            if (trim(line).empty()) continue;
            const auto one = json::parse<Case>(line);
            if (!one || (!one->spoken && !one->phonemes)) {
                std::fprintf(stderr, "%s:%d: %s\n", file.c_str(), number,
                             one ? "neither phonemes nor spoken" : one.error().message.c_str());
                return 2;
            }
            const auto result = (*english)->speak(one->text);
            if (one->spoken) {
                const auto got = plain(result.words);
                std::string wanted;
                const bool right =
                    std::any_of(one->spoken->begin(), one->spoken->end(), [&](const std::string& reading) {
                        const auto form = plain(split(reading));
                        wanted += (wanted.empty() ? "" : " | ") + form;
                        return closed(form) == closed(got);
                    });
                ++spoken.all;
                spoken.right += right;
                judge(*one, right, got, wanted);
            } else if (one->word) {
                const auto got = sounds_of(result, one->text, *one->word);
                const bool right = by_ear(got) == by_ear(*one->phonemes);
                ++homographs.all;
                homographs.right += right;
                if (one->package) {
                    ++package.all;
                    package.right += by_ear(*one->package) == by_ear(*one->phonemes);
                }
                judge(*one, right, got, *one->phonemes);
            } else {
                const auto wanted = split(*one->phonemes), got = split(voice::english::phoneme_text(result));
                const auto equal = common(wanted, got);
                words.all += wanted.size();
                words.right += equal;
                judge(*one, wanted == got, voice::english::phoneme_text(result), *one->phonemes);
            }
        }
    }
    if (homographs.all > 0) std::printf("homographs %zu/%zu right\n", homographs.right, homographs.all);
    if (package.all > 0) std::printf("the package alone: %zu/%zu right\n", package.right, package.all);
    std::printf("words %zu/%zu equal, spoken %zu/%zu accepted\n", words.right, words.all, spoken.right,
                spoken.all);
    std::printf("%zu passed, %zu failed\n", lines.right, lines.all - lines.right);
    if (lines.all == 0) return 2;
    if (package.all > 0 && homographs.share() <= package.share()) return 1;
    return words.share() >= 0.99 && spoken.share() >= 0.98 && homographs.share() >= 0.85 ? 0 : 1;
}
