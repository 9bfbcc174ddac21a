// The features are those that hibari-tts 0.2.1's tagger was trained with (its g2p/tagger.py).
#include "voice/english/tagger.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "voice/english/assets.h"
#include "voice/english/letters.h"

namespace lares::voice::english {
namespace {

std::u32string_view last(std::u32string_view word, std::size_t n) {
    return word.substr(word.size() - std::min(n, word.size()));
}

// How a word is written, where the word itself is too rare to say anything.
std::string shape(std::u32string_view word) {
    const auto count = [&](auto what) { return std::count_if(word.begin(), word.end(), what); };
    const auto size = static_cast<std::ptrdiff_t>(word.size());
    if (count(is_letter) == size) {
        if (count(is_upper) == 0) return "x";
        if (count(is_lower) == 0) return size > 1 ? "XX" : "X1";
        if (is_upper(word[0]) && count(is_upper) == 1) return "Xx";
        return "xX";
    }
    if (count(is_digit) == size) return "d";
    std::u32string out;
    for (const char32_t c : word.substr(0, 4)) out.push_back(is_digit(c) ? U'd' : is_letter(c) ? U'x' : c);
    return to_utf8(out);
}

}  // namespace

Result<Tagger> Tagger::load(const std::filesystem::path& file) {
    Tagger tagger;
    std::unordered_map<std::string, std::uint8_t> index;
    std::vector<std::pair<std::string, std::string>> always;
    std::vector<Weight> row;
    std::string feature;
    const auto close_row = [&] {
        if (row.empty()) return;
        tagger.features_.add(feature, static_cast<std::uint32_t>(tagger.weights_.size()));
        for (std::size_t i = 0; i < row.size(); ++i) {
            tagger.weights_.push_back(row[i]);
            tagger.counts_.push_back(static_cast<std::uint8_t>(row.size() - i));
        }
        row.clear();
    };
    LARES_CHECK(read_json(file, [&](const Leaf& leaf) {
        const auto& path = leaf.path;
        if (path.empty()) return;
        if (path[0] == "tags" && tagger.tags_.size() < 255) {
            index.emplace(std::string(leaf.text), static_cast<std::uint8_t>(tagger.tags_.size()));
            tagger.tags_.emplace_back(leaf.text);
        } else if (path[0] == "vocab") {
            tagger.vocabulary_.add(leaf.text, 0);
        } else if (path[0] == "tagdict" && path.size() == 2) {
            always.emplace_back(path[1], leaf.text);
        } else if (path[0] == "weights" && path.size() == 3) {
            if (path[1] != feature) {
                close_row();
                feature = path[1];
            }
            if (const auto found = index.find(path[2]); found != index.end())
                row.push_back({found->second, static_cast<std::int16_t>(std::lround(leaf.number * 10))});
        }
    }));
    close_row();
    for (const auto& [word, tag] : always) {
        if (const auto found = index.find(tag); found != index.end()) tagger.always_.add(word, found->second);
    }
    if (tagger.tags_.empty() || tagger.weights_.empty())
        return fail(Error{Code::unavailable,
                          "voice-missing",
                          "The tables of English pronunciation cannot be read.",
                          {},
                          file.string() + ": is no tagger",
                          {}});
    tagger.always_.seal();
    tagger.vocabulary_.seal();
    tagger.features_.seal();
    tagger.counts_.shrink_to_fit();
    tagger.weights_.shrink_to_fit();
    return tagger;
}

std::string Tagger::known_form(const std::u32string& word) const {
    std::string form;
    if (word.find(U'-') != std::u32string::npos && word[0] != '-') {
        form = "!HYPHEN";
    } else if (word.size() == 4 && std::all_of(word.begin(), word.end(), is_digit)) {
        form = "!YEAR";
    } else if (is_digit(word[0])) {
        form = "!DIGITS";
    } else {
        form = to_utf8(to_lower(word));
    }
    return vocabulary_.find(form) ? form : "<" + shape(word) + ">";
}

std::size_t Tagger::predict(const std::vector<std::string>& features) const {
    std::vector<int> scores(tags_.size(), 0);
    bool any = false;
    for (const auto& feature : features) {
        const auto found = features_.find(feature);
        if (!found) continue;
        any = true;
        for (std::size_t i = *found, end = *found + counts_[*found]; i < end; ++i)
            scores[weights_[i].tag] += weights_[i].tenths;
    }
    if (!any) return static_cast<std::size_t>(std::find(tags_.begin(), tags_.end(), "NN") - tags_.begin());
    // Of equals the later name, as in training.
    std::size_t best = 0;
    for (std::size_t i = 1; i < tags_.size(); ++i) {
        if (scores[i] > scores[best] || (scores[i] == scores[best] && tags_[i] > tags_[best])) best = i;
    }
    return best;
}

std::vector<std::string_view> Tagger::tag(const std::vector<std::u32string>& words) const {
    std::vector<std::string> context{"-START2-", "-START-"};
    for (const auto& word : words) context.push_back(known_form(word));
    context.insert(context.end(), {"-END-", "-END2-"});
    const auto tail = [](const std::string& text) { return to_utf8(last(to_code_points(text), 3)); };
    std::vector<std::string_view> tags;
    std::string before = context[1], before2 = context[0];
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::size_t j = i + 2;
        std::size_t tag = 0;
        if (const auto always = always_.find(to_utf8(words[i]))) {
            tag = *always;
        } else {
            tag = predict({"b", "s3=" + to_utf8(last(words[i], 3)), "p1=" + to_utf8({&words[i][0], 1}),
                           "w=" + context[j], "sh=" + shape(words[i]), i == 0 ? "i0" : "i+", "t-1=" + before,
                           "t-2=" + before2, "t-12=" + before + "," + before2, "w-1=" + context[j - 1],
                           "s3-1=" + tail(context[j - 1]), "w-2=" + context[j - 2], "w+1=" + context[j + 1],
                           "s3+1=" + tail(context[j + 1]), "w+2=" + context[j + 2]});
        }
        tags.push_back(tags_[tag]);
        before2 = std::exchange(before, tags_[tag]);
    }
    return tags;
}

}  // namespace lares::voice::english
