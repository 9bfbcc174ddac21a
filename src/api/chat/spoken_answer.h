#pragma once
// What is spoken of a plain answer, as it comes: the sound of a clause in one piece. Sound has no holes: the
// first clause that does not fit ends it, whole, and the answer says so.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/chat/model.h"
#include "base/text.h"
#include "turn/frames.h"

namespace lares::api {

class SpokenAnswer {
public:
    static constexpr std::size_t sound_max = 32 * 1024 * 1024;  // bytes; eleven minutes
    explicit SpokenAnswer(std::size_t most = sound_max) : most_(most) {}

    void take(const turn::Frame& frame) {
        if (const auto* clause = std::get_if<turn::Clause>(&frame.body)) clauses_.push_back(*clause);
        if (const auto* visemes = std::get_if<turn::Visemes>(&frame.body)) visemes_.push_back(*visemes);
        if (const auto* notice = std::get_if<turn::VoiceNotice>(&frame.body))
            (notice->kind == turn::image_described ? described_ : notice_) = notice->message;
        const auto* audio = std::get_if<turn::Audio>(&frame.body);
        if (!audio || silent_from_) return;
        const bool same = !sound_.empty() && sound_.back().clause == audio->clause;
        if (bytes_ + audio->samples.size() > most_) {
            silent_from_ = audio->clause;
            if (same) sound_.pop_back();
            return;
        }
        if (!same) sound_.push_back({audio->clause, 0, audio->sample_rate, {}});
        sound_.back().samples += audio->samples;
        bytes_ += audio->samples.size();
    }

    void give(ChatAnswer& answer) {
        if (silent_from_) {
            std::erase_if(visemes_, [this](const auto& each) { return each.clause >= *silent_from_; });
            if (!notice_)
                notice_ =
                    "An answer at once holds eleven minutes of sound: ask for a stream to hear all of it.";
        }
        answer.clauses = std::move(clauses_);
        answer.visemes = std::move(visemes_);
        answer.voice_notice = std::move(notice_);
        answer.notice = std::move(described_);
        for (auto& audio : sound_)
            answer.audio.push_back({answer.turn_id, audio.clause, 0, audio.sample_rate, "s16le",
                                    to_base64(std::exchange(audio.samples, {}))});
    }

private:
    std::size_t most_;
    std::vector<turn::Clause> clauses_;
    std::vector<turn::Visemes> visemes_;
    std::vector<turn::Audio> sound_;
    std::optional<std::string> notice_, described_;
    std::size_t bytes_ = 0;
    std::optional<std::int64_t> silent_from_;  // clause; it and what follows is not sent
};

}  // namespace lares::api
