#pragma once
// How a person hears their companions, on every device of theirs: for all of them, and apart for one. A turn
// asks choice(); pages read and write the rest.
#include <cstdint>
#include <optional>
#include <string>

#include "async/clock.h"
#include "async/task.h"
#include "base/id.h"
#include "base/result.h"
#include "db/database.h"
#include "voice/speaker.h"

namespace lares::voice::settings {

inline constexpr std::size_t companions_max =
    2'000;  // of one person; what was changed longest ago goes first

struct Settings {
    bool spoken = true;   // a page asks for spoken answers
    std::string voice;    // empty: the server's default
    double speed = 1;     // 0.5..2
    double volume = 0.9;  // 0..1, of the player: a page turns its own knob, samples are made at full scale
    bool in_step = true;  // text appears with the words that sound
    bool captions = false;
};

// What is set takes the place of the person's own choice, for one companion.
struct CompanionVoice {
    std::optional<std::string> voice;
    std::optional<double> speed;
    std::optional<double> volume;  // 0..1, of the samples: one companion beside the others
    bool empty() const { return !voice && !speed && !volume; }
};

struct Change {
    std::optional<bool> spoken;
    std::optional<std::string> voice;
    std::optional<double> speed, volume;
    std::optional<bool> in_step, captions;
};

class Service {
public:
    // Both outlive it. Values were checked by the caller.
    Service(db::Database& database, async::Clock& clock);

    Task<Result<Settings>> get(OwnerId owner);
    Task<Result<Settings>> change(OwnerId owner, Change change);
    Task<Result<CompanionVoice>> companion(OwnerId owner, Uuid character);
    // Empty: it speaks as all others do.
    Task<Result<void>> set_companion(OwnerId owner, Uuid character, CompanionVoice wanted);
    // How this companion speaks to this person.
    Task<Result<Choice>> choice(OwnerId owner, Uuid character);

private:
    db::Database& database_;
    async::Clock& clock_;
};

}  // namespace lares::voice::settings
