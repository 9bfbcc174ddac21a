#pragma once
// Voices in virtual time: every letter lasts equally long, and each of its samples says which letter it is.
#include <cstddef>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "async/clock.h"
#include "async/signal.h"
#include "voice/speaker.h"

namespace lares::test {

class ScriptedVoices final : public voice::Voices {
public:
    static constexpr std::uint32_t sample_rate = 8'000;
    static constexpr std::int64_t letter_samples = 400;  // 50 ms
    static constexpr std::int64_t chunk_samples = 1'200;

    explicit ScriptedVoices(async::Clock& clock) : clock_(clock) {}

    voice::VoiceStatus status() override;
    Task<Result<std::unique_ptr<voice::Speaker>>> take(OwnerId owner, voice::Choice choice,
                                                       std::function<void(std::size_t place)> told) override;

    std::size_t seats = 8, queue_max = 4;
    std::optional<Error> missing;                                   // set: there is no voice
    std::function<std::optional<Error>(const std::string&)> fails;  // of one clause
    std::function<std::int64_t()> timing_ms, chunk_ms;              // how long it takes
    // Samples that are wrong on purpose (planted faults): added to the count of a clause.
    std::function<std::int64_t()> lost_samples;

    std::size_t taken = 0, waiting = 0, speaking = 0, speaking_most = 0;
    std::vector<std::string> spoken;  // clauses as they were given, in order

private:
    friend class ScriptedSpeaker;
    void give_back();
    async::Clock& clock_;
    std::list<async::Signal> queue_;
};

// What a clause of this text sounds like, and how long each part is.
voice::Timeline scripted_timeline(const std::string& text);

}  // namespace lares::test
