#include "turn/hearing.h"

#include <algorithm>
#include <memory>

#include <unicode/brkiter.h>
#include <unicode/unistr.h>

#include "voice/utf.h"

namespace lares::turn {

void Hearing::begin(std::int64_t characters) {
    std::lock_guard lock(mutex_);
    before_ = shown_ = characters;
    for (auto& report : reports_) report.characters = characters;
}

void Hearing::shown(std::int64_t characters) {
    std::lock_guard lock(mutex_);
    shown_ = characters;
}

void Hearing::sent(const Visemes& visemes, std::int64_t clause_end, async::SteadyTime now) {
    std::lock_guard lock(mutex_);
    if (!first_sent_) first_sent_ = now;
    for (const auto& word : visemes.words) {
        if (words_.size() >= words_max) break;
        const auto before = words_.empty() ? 0 : words_.back().end;
        words_.push_back(
            {std::max(before, word.end), total_ms_ + word.at_ms, total_ms_ + word.at_ms + word.for_ms});
    }
    total_ms_ += visemes.for_ms;
    clauses_.push_back({clause_end, total_ms_});
}

void Hearing::complete() {
    std::lock_guard lock(mutex_);
    complete_ = true;
}

double Hearing::ms_at(std::int64_t characters) const {
    const auto word = std::ranges::lower_bound(words_, characters, {}, &Word::end);
    if (word == words_.end()) return total_ms_;
    // A report names the word that sounds: it stands at its beginning at least.
    return word->end == characters ? word->end_ms : word->begin_ms;
}

std::int64_t Hearing::characters_at(double ms) const {
    if (complete_ && ms >= total_ms_) return shown_;
    const auto after = std::ranges::upper_bound(words_, ms, {}, &Word::begin_ms);
    return after == words_.begin() ? 0 : std::prev(after)->end;
}

// The time in which a device that told nothing more may have played on.
double Hearing::elapsed_ms(const Report& report, async::SteadyTime now) const {
    if (!first_sent_) return 0;
    const auto from = std::max(report.at, *first_sent_);
    if (held_) now = std::min(now, *held_);
    if (stopped_) now = std::min(now, *stopped_);
    const std::chrono::duration<double, std::milli> elapsed = now - from;
    return std::max(0.0, elapsed.count());
}

std::int64_t Hearing::reckoned(const Report& report, async::SteadyTime now) const {
    const double elapsed = elapsed_ms(report, now);
    if (elapsed <= 0) return report.characters;
    return std::max(report.characters, characters_at(ms_at(report.characters) + elapsed));
}

bool Hearing::report(const std::string& device, std::int64_t characters, async::SteadyTime now) {
    std::lock_guard lock(mutex_);
    characters = std::clamp(characters, before_, shown_);
    const auto mine = std::ranges::find(reports_, device, &Report::device);
    if (mine != reports_.end()) {
        // Only what goes on renews: who tells the same place again and again would keep a voice for ever.
        if (characters <= mine->characters) return false;
        mine->characters = characters;
        mine->at = now;
        return true;
    }
    if (reports_.size() == devices_max) {
        const auto least = std::ranges::min_element(reports_, {}, &Report::characters);
        if (least->characters >= characters) return false;
        reports_.erase(least);
    }
    reports_.push_back({device, characters, now});
    return true;
}

void Hearing::hold(async::SteadyTime now) {
    std::lock_guard lock(mutex_);
    if (!held_) held_ = now;
}

void Hearing::go_on(async::SteadyTime now) {
    std::lock_guard lock(mutex_);
    if (!held_) return;
    for (auto& report : reports_) {
        report.characters = reckoned(report, *held_);
        report.at = now;
    }
    held_for_ += now - *held_;
    held_.reset();
}

void Hearing::stop(async::SteadyTime now) {
    std::lock_guard lock(mutex_);
    if (!stopped_) stopped_ = now;
}

std::optional<Hearing::Far> Hearing::far(async::SteadyTime now, bool exact) const {
    std::lock_guard lock(mutex_);
    std::optional<Far> most;
    for (const auto& report : reports_) {
        const auto characters = exact ? report.characters : reckoned(report, now);
        if (!most || characters > most->characters) most = Far{characters, report.device};
    }
    return most;
}

std::int64_t Hearing::clauses_heard(async::SteadyTime now) const {
    std::lock_guard lock(mutex_);
    if (reports_.empty()) return static_cast<std::int64_t>(clauses_.size());
    double most = 0;
    for (const auto& report : reports_) {
        most = std::max(most, ms_at(report.characters) + elapsed_ms(report, now));
    }
    if (first_sent_) {
        const std::chrono::duration<double, std::milli> passed =
            (held_ ? std::min(now, *held_) : now) - *first_sent_ - held_for_;
        most = std::max(most, (passed.count() - patience_ms) / 2);
    }
    return std::ranges::count_if(clauses_, [most](const Spoken& each) { return each.end_ms <= most; });
}

namespace {

// What a person sees as one character (a flag, a family, a skin tone) is not cut.
std::int64_t grapheme_end(std::u32string_view points, std::size_t end) {
    icu::UnicodeString text;
    for (const auto c : points) text.append(static_cast<UChar32>(c));
    UErrorCode error = U_ZERO_ERROR;
    const std::unique_ptr<icu::BreakIterator> characters(
        icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), error));
    if (U_FAILURE(error)) return static_cast<std::int64_t>(end);
    characters->setText(text);
    const auto at = text.moveIndex32(0, static_cast<std::int32_t>(end));
    const auto next = characters->isBoundary(at) ? at : characters->following(at);
    return next == icu::BreakIterator::DONE ? static_cast<std::int64_t>(points.size())
                                            : text.countChar32(0, next);
}

}  // namespace

std::int64_t word_end(std::string_view text, std::int64_t characters) {
    const auto points = voice::to_code_points(text);
    const auto size = static_cast<std::int64_t>(points.size());
    if (characters <= 0) return 0;
    if (characters >= size) return size;
    const auto inside = [&points](std::size_t i) {
        const auto c = points[i];
        if (voice::is_word(c) || (c >= 0x300 && c < 0x370)) return !voice::is_cjk(c);
        const bool joins = c == U'\'' || c == U'’' || c == U'-' || c == U'.' || c == U',' || c == U':';
        return joins && i > 0 && i + 1 < points.size() && voice::is_word(points[i - 1]) &&
               voice::is_word(points[i + 1]);
    };
    auto end = static_cast<std::size_t>(characters);
    if (inside(end - 1))
        while (end < points.size() && inside(end)) ++end;
    return grapheme_end(points, end);
}

}  // namespace lares::turn
