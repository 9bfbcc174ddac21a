#include "api/voice/reading.h"

#include <algorithm>
#include <chrono>

#include "voice/speech_text.h"
#include "voice/utf.h"

namespace lares::api {

Reading::Reading(std::unique_ptr<voice::Speaker> speaker, const std::string& text)
    : speaker_(std::move(speaker)), text_(voice::to_code_points(text)) {
    splitter_.feed(voice::to_utf8(text_));
    splitter_.finish();
}

Task<Result<std::unique_ptr<Reading>>> Reading::begin(voice::Voices& voices, OwnerId owner,
                                                      voice::Choice choice, std::string text) {
    LARES_CO_TRY(auto speaker, co_await voices.take(owner, std::move(choice), {}));
    co_return std::unique_ptr<Reading>(new Reading(std::move(speaker), text));
}

Task<Result<std::optional<Reading::Clause>>> Reading::next() {
    while (auto clause = splitter_.next()) {
        if (clause->code) {
            leave_out(clause->start, clause->end, "a block of code");
            continue;
        }
        const auto speech = voice::speech_text(clause->text);
        LARES_CO_TRY(auto sound,
                     co_await speaker_->speak(voice::to_utf8(speech.text),
                                              std::max(silent_at_, std::chrono::steady_clock::now())));
        const auto& timeline = sound->timeline();
        const auto start_of = [&](std::size_t i) { return clause->start + speech.place_begin(i); };
        const auto end_of = [&](std::size_t i) { return clause->start + speech.place_end(i); };
        for (const auto& gap : timeline.left_out)
            leave_out(start_of(gap.source.begin), end_of(gap.source.end), gap.what);
        if (timeline.samples == 0) {
            if (timeline.left_out.empty())
                leave_out(clause->start, clause->end, "nothing of it can be spoken");
            continue;
        }
        Clause spoken;
        const double per_ms = timeline.sample_rate / 1000.0;
        for (const auto& word : timeline.words)
            spoken.words.push_back({static_cast<std::int64_t>(start_of(word.source.begin)),
                                    static_cast<std::int64_t>(end_of(word.source.end)),
                                    static_cast<double>(word.begin) / per_ms,
                                    static_cast<double>(word.end - word.begin) / per_ms});
        spoken.start = clause->start;
        spoken.sound = std::move(sound);
        silent_at_ = std::max(silent_at_, std::chrono::steady_clock::now()) +
                     std::chrono::milliseconds(timeline.samples * 1000 / timeline.sample_rate);
        co_return std::move(spoken);
    }
    co_return std::nullopt;
}

void Reading::end(std::size_t from, std::string why) {
    std::erase_if(left_out_,
                  [&](const LeftOut& each) { return each.start >= static_cast<std::int64_t>(from); });
    leave_out(from, text_.size(), std::move(why));
}

void Reading::leave_out(std::size_t start, std::size_t end, std::string why) {
    constexpr std::size_t entries_max = 200, shown_max = 80;  // code points of each entry
    start = std::min(start, text_.size());
    end = std::clamp(end, start, text_.size());
    if (left_out_.size() == entries_max) {
        left_out_.back().end = static_cast<std::int64_t>(end);
        return;
    }
    left_out_.push_back(
        {static_cast<std::int64_t>(start), static_cast<std::int64_t>(end),
         voice::to_utf8(std::u32string_view(text_).substr(start, std::min(end - start, shown_max))),
         std::move(why)});
}

}  // namespace lares::api
