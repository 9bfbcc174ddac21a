#include "voice/visemes.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace lares::voice {

namespace {

using enum Viseme;

constexpr double reach_max_ms = 70;    // of a vowel into what stands before it
constexpr double release_max_ms = 40;  // and behind it

// What a symbol shows: one shape, or for a diphthong a second from `turn` of its time on.
struct Mouth {
    Viseme shape = sil;
    double weight = 1;
    std::optional<Viseme> then;
    double turn = 0.55;
};

bool is_vowel(Viseme shape) {
    return shape == aa || shape == E || shape == ih || shape == oh || shape == ou;
}

// Lips that must do something themselves: no vowel shows through.
bool is_firm(Viseme shape) {
    return shape == PP || shape == FF || shape == sil;
}

// The alphabet of hibari's and Kokoro's voices (misaki), English and Japanese; nullopt: no sound of its own.
std::optional<Mouth> mouth_of(char32_t symbol) {
    switch (symbol) {
        case U'p':
        case U'b':
        case U'm':
        case U'ɸ':
            return Mouth{PP, 1, {}};
        case U'f':
        case U'v':
        case U'ʋ':
            return Mouth{FF, 1, {}};
        case U'θ':
        case U'ð':
            return Mouth{TH, 1, {}};
        case U't':
        case U'd':
        case U'ɾ':
        case U'T':
        case U'ʈ':
        case U'ɖ':
            return Mouth{DD, 1, {}};
        case U'k':
        case U'ɡ':
        case U'g':
        case U'x':
        case U'ɣ':
        case U'q':
        case U'ʔ':
        case U'ç':
        case U'χ':
            return Mouth{kk, 1, {}};
        case U'ʃ':
        case U'ʒ':
        case U'ʧ':
        case U'ʤ':
        case U'ɕ':
        case U'ʨ':
        case U'ʥ':
        case U'ʂ':
            return Mouth{CH, 1, {}};
        case U's':
        case U'z':
        case U'ʦ':
        case U'ʣ':
            return Mouth{SS, 1, {}};
        case U'n':
        case U'l':
        case U'ŋ':
        case U'ɲ':
        case U'ɫ':
        case U'ɴ':
        case U'ʎ':
        case U'ɭ':
            return Mouth{nn, 1, {}};
        case U'ɹ':
        case U'r':
        case U'ɻ':
        case U'ʁ':
        case U'ʀ':
        case U'ɽ':
            return Mouth{RR, 1, {}};
        case U'ɜ':
        case U'ɚ':
        case U'ɝ':
            return Mouth{RR, 0.8, {}};
        case U'w':
        case U'ʍ':
        case U'ɥ':
            return Mouth{ou, 1, {}};
        case U'j':
            return Mouth{ih, 0.8, {}};
        case U'h':
        case U'ɦ':
        case U'ħ':
            return Mouth{kk, 0.4, {}};
        case U'ɑ':
        case U'a':
        case U'ɐ':
        case U'ɒ':
        case U'ᴀ':
            return Mouth{aa, 1, {}};
        case U'æ':
            return Mouth{aa, 0.9, {}};
        case U'ʌ':
            return Mouth{aa, 0.7, {}};
        case U'ə':
        case U'ᵊ':
        case U'ɨ':
            return Mouth{E, 0.4, {}};
        case U'ɛ':
        case U'e':
        case U'œ':
            return Mouth{E, 1, {}};
        case U'i':
        case U'y':
            return Mouth{ih, 1, {}};
        case U'ɪ':
        case U'ᵻ':
            return Mouth{ih, 0.7, {}};
        case U'ɔ':
            return Mouth{oh, 1, {}};
        case U'o':
        case U'ø':
        case U'ɤ':
            return Mouth{oh, 0.9, {}};
        case U'u':
        case U'ɯ':
            return Mouth{ou, 1, {}};
        case U'ʊ':
            return Mouth{ou, 0.7, {}};
        case U'A':
            return Mouth{E, 1, ih, 0.6};
        case U'I':
            return Mouth{aa, 1, ih, 0.6};
        case U'O':
        case U'Q':
            return Mouth{oh, 1, ou, 0.55};
        case U'W':
            return Mouth{aa, 1, ou, 0.55};
        case U'Y':
            return Mouth{oh, 1, ih, 0.55};
        default:
            return std::nullopt;
    }
}

// Stress, length, palatalisation: their time is that of the sound they belong to.
bool leans_forward(char32_t symbol) {
    return symbol == U'ˈ' || symbol == U'ˌ';
}
bool leans_back(char32_t symbol) {
    return symbol == U'ː' || symbol == U'ˑ' || symbol == U'ʲ' || symbol == U'ʰ' || symbol == U'̃' ||
           symbol == U'̩' || symbol == U'↓' || symbol == U'→' || symbol == U'↗' || symbol == U'↘';
}

struct Part {
    Mouth mouth;
    double begin = 0, end = 0;
    bool gap = false;  // a space between words: the mouth moves on, it does not close
};

std::vector<Part> parts_of(std::span<const TimedPhoneme> phonemes, double per_ms) {
    std::vector<Part> parts;
    std::optional<double> waiting;  // since when a stress mark waits for its vowel
    for (const auto& phoneme : phonemes) {
        const double begin = static_cast<double>(phoneme.begin) / per_ms;
        const double end = static_cast<double>(phoneme.end) / per_ms;
        if (leans_forward(phoneme.symbol)) {
            if (!waiting) waiting = begin;
            continue;
        }
        if (leans_back(phoneme.symbol) && !parts.empty()) {
            parts.back().end = end;
            continue;
        }
        const auto mouth = mouth_of(phoneme.symbol);
        const double from = waiting.value_or(begin);
        waiting.reset();
        if (end <= from) continue;
        parts.push_back({mouth.value_or(Mouth{}), from, end, !mouth && phoneme.symbol == U' '});
    }
    return parts;
}

// A short gap between words is no closed mouth: half goes to each neighbour.
void close_gaps(std::vector<Part>& parts) {
    constexpr double pause_ms = 80;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        auto& gap = parts[i];
        if (!gap.gap || i == 0 || i + 1 == parts.size() || gap.end - gap.begin >= pause_ms) continue;
        // Closed lips keep to their own time.
        const bool before = !is_firm(parts[i - 1].mouth.shape), after = !is_firm(parts[i + 1].mouth.shape);
        if (!before && !after) continue;
        const double middle = !after ? gap.end : !before ? gap.begin : (gap.begin + gap.end) / 2;
        parts[i - 1].end = middle;
        parts[i + 1].begin = middle;
        gap.begin = gap.end = middle;
    }
    std::erase_if(parts, [](const Part& part) { return part.end <= part.begin; });
}

void add_to(VrmMouth& sum, const VrmMouth& mouth, double weight) {
    sum.aa += mouth.aa * weight;
    sum.ih += mouth.ih * weight;
    sum.ou += mouth.ou * weight;
    sum.ee += mouth.ee * weight;
    sum.oh += mouth.oh * weight;
}
void add_to(Live2dMouth& sum, const Live2dMouth& mouth, double weight) {
    sum.open += mouth.open * weight;
    sum.form += mouth.form * weight;
}

// How much of a cue is there: it forms within its time and is left within that of what follows.
double presence(const Cue& cue, double at_ms, double ease_ms) {
    const double ease = std::max(1e-3, std::min(ease_ms, cue.for_ms / 2));
    const double since_end = at_ms - (cue.at_ms + cue.for_ms);
    return std::clamp((at_ms - cue.at_ms) / ease, 0.0, 1.0) * std::clamp(1 - since_end / ease, 0.0, 1.0);
}

template <class Of>
auto mouth_at(std::span<const Cue> track, double at_ms, double ease_ms, Of of) {
    decltype(of(sil)) sum{};
    double total = 0, closing = 1;
    for (const auto& cue : track) {
        const bool lips = cue.shape == PP || cue.shape == FF;
        if (lips && at_ms >= cue.at_ms && at_ms < cue.at_ms + cue.for_ms) return of(cue.shape);
        if (lips && at_ms < cue.at_ms) closing = std::min(closing, (cue.at_ms - at_ms) / ease_ms);
        if (lips || cue.at_ms > at_ms) continue;
        const double here = presence(cue, at_ms, ease_ms);
        const double weight = here * cue.weight;
        add_to(sum, of(cue.shape), weight);
        total += cue.shape == sil ? here : weight;
    }
    decltype(sum) mouth{};
    add_to(mouth, sum, closing / std::max(1.0, total));
    return mouth;
}

}  // namespace

std::vector<Cue> visemes_of(std::span<const TimedPhoneme> phonemes, std::uint32_t sample_rate) {
    const double per_ms = sample_rate / 1000.0;
    auto parts = parts_of(phonemes, per_ms);
    close_gaps(parts);
    std::vector<Cue> cues;
    const auto add = [&cues](double begin, double end, Viseme shape, double weight) {
        if (end <= begin) return;
        if (!cues.empty() && cues.back().shape == shape && cues.back().weight == weight &&
            cues.back().at_ms + cues.back().for_ms >= begin && shape == sil) {
            cues.back().for_ms = end - cues.back().at_ms;
            return;
        }
        cues.push_back({begin, end - begin, shape, weight});
    };
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto& part = parts[i];
        const auto& mouth = part.mouth;
        double begin = part.begin, end = part.end;
        if (is_vowel(mouth.shape)) {
            // Lips go towards a vowel during a consonant that leaves them free, and leave it slowly.
            if (i > 0 && !is_firm(parts[i - 1].mouth.shape) && !is_vowel(parts[i - 1].mouth.shape))
                begin -= std::min(reach_max_ms, (parts[i - 1].end - parts[i - 1].begin) / 2);
            if (i + 1 < parts.size() && !is_firm(parts[i + 1].mouth.shape) &&
                !is_vowel(parts[i + 1].mouth.shape))
                end += std::min(release_max_ms, (parts[i + 1].end - parts[i + 1].begin) / 4);
        }
        if (mouth.then) {
            const double turn = part.begin + (part.end - part.begin) * mouth.turn;
            add(begin, turn, mouth.shape, mouth.weight);
            add(turn, end, *mouth.then, mouth.weight * 0.8);
        } else {
            add(begin, end, mouth.shape, mouth.weight);
        }
    }
    std::ranges::sort(cues, [](const Cue& a, const Cue& b) {
        return std::pair(a.at_ms, a.at_ms + a.for_ms) < std::pair(b.at_ms, b.at_ms + b.for_ms);
    });
    return cues;
}

VrmMouth vrm_mouth(Viseme shape) {
    switch (shape) {
        case sil:
        case PP:
            return {};
        case FF:
            return {0, 0.1, 0, 0, 0};
        case TH:
            return {0.1, 0, 0, 0.2, 0};
        case DD:
            return {0.1, 0.2, 0, 0.1, 0};
        case kk:
            return {0.15, 0.15, 0, 0.1, 0};
        case CH:
            return {0, 0, 0.45, 0, 0.1};
        case SS:
            return {0, 0.35, 0, 0.1, 0};
        case nn:
            return {0.1, 0.15, 0, 0.1, 0};
        case RR:
            return {0.1, 0, 0.3, 0, 0.1};
        case aa:
            return {1, 0, 0, 0, 0};
        case E:
            return {0.2, 0, 0, 0.8, 0};
        case ih:
            return {0, 1, 0, 0, 0};
        case oh:
            return {0, 0, 0, 0, 1};
        case ou:
            return {0, 0, 1, 0, 0};
    }
    return {};
}

Live2dMouth live2d_mouth(Viseme shape) {
    switch (shape) {
        case sil:
        case PP:
            return {0, 0};
        case FF:
            return {0.08, -0.1};
        case TH:
            return {0.2, 0};
        case DD:
            return {0.2, 0.2};
        case kk:
            return {0.25, 0.1};
        case CH:
            return {0.25, -0.7};
        case SS:
            return {0.12, 0.5};
        case nn:
            return {0.2, 0.1};
        case RR:
            return {0.25, -0.4};
        case aa:
            return {1, 0.1};
        case E:
            return {0.55, 0.6};
        case ih:
            return {0.35, 0.9};
        case oh:
            return {0.7, -0.6};
        case ou:
            return {0.4, -1};
    }
    return {};
}

VrmMouth vrm_at(std::span<const Cue> track, double at_ms, double ease_ms) {
    return mouth_at(track, at_ms, ease_ms, vrm_mouth);
}

Live2dMouth live2d_at(std::span<const Cue> track, double at_ms, double ease_ms) {
    return mouth_at(track, at_ms, ease_ms, live2d_mouth);
}

}  // namespace lares::voice
