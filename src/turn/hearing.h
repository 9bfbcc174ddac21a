#pragma once
// How far an answer was heard. Devices tell it while they play; between two reports, and when a device has
// vanished, time tells it. What counts: the largest over devices, never less than before, never beyond what
// was sent. Where no device ever reports, what was shown counts as heard. Any thread.
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "async/clock.h"
#include "turn/frames.h"

namespace lares::turn {

class Hearing {
public:
    static constexpr std::size_t devices_max = 8;     // of one turn; the least is forgotten
    static constexpr double patience_ms = 30'000;     // with a player that begins late
    static constexpr std::size_t words_max = 50'000;  // whose time is kept

    void begin(std::int64_t characters);  // so many stood there before: no report falls below them
    void shown(std::int64_t characters);  // so many are shown in all
    // Before a clause's first sample.
    void sent(const Visemes& visemes, std::int64_t clause_end, async::SteadyTime now);
    void complete();  // nothing more is shown or spoken

    // Larger than what was sent counts as what was sent. False: nothing new, and its time runs on.
    bool report(const std::string& device, std::int64_t characters, async::SteadyTime now);
    void hold(async::SteadyTime now);  // players pause
    void go_on(async::SteadyTime now);
    void stop(async::SteadyTime now);  // players are silent: from here on no time counts

    struct Far {
        std::int64_t characters = 0;
        std::string device;  // whose report it follows from
    };
    // exact: as it was reported; else with the time since. nullopt: nobody reported.
    std::optional<Far> far(async::SteadyTime now, bool exact) const;
    // Clauses that are over at this moment; those that are sent when nobody reports. Who reports a little at
    // a time does not keep a voice: a clause is over at the latest when half as fast a player would be behind
    // it.
    std::int64_t clauses_heard(async::SteadyTime now) const;

private:
    struct Word {
        std::int64_t end;         // characters
        double begin_ms, end_ms;  // of all the sound
    };
    struct Report {
        std::string device;
        std::int64_t characters;
        async::SteadyTime at;
    };
    double ms_at(std::int64_t characters) const;
    std::int64_t characters_at(double ms) const;
    double elapsed_ms(const Report& report, async::SteadyTime now) const;
    std::int64_t reckoned(const Report& report, async::SteadyTime now) const;

    mutable std::mutex mutex_;
    std::vector<Word> words_;
    struct Spoken {
        std::int64_t end;  // characters
        double end_ms;
    };
    std::vector<Spoken> clauses_;
    std::vector<Report> reports_;
    double total_ms_ = 0;
    std::int64_t before_ = 0, shown_ = 0;
    bool complete_ = false;
    std::optional<async::SteadyTime> first_sent_;
    std::optional<async::SteadyTime> held_;
    async::SteadyTime::duration held_for_ = {};  // all holds that are over
    std::optional<async::SteadyTime> stopped_;
};

// The end of the word, or of what is seen as one character (a joined emoji, a flag), that holds the last of
// these characters; `characters` itself behind one.
std::int64_t word_end(std::string_view text, std::int64_t characters);

}  // namespace lares::turn
