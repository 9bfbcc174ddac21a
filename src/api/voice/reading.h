#pragma once
// A whole text read aloud, clause by clause, with one seat.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/voice/model.h"
#include "voice/clauses.h"
#include "voice/speaker.h"

namespace lares::api {

class Reading {
public:
    // Waits for a seat. Errors: those of voice::Voices::take.
    static Task<Result<std::unique_ptr<Reading>>> begin(voice::Voices& voices, OwnerId owner,
                                                        voice::Choice choice, std::string text);

    // A clause that is spoken; its places are those of the whole text.
    struct Clause {
        std::unique_ptr<voice::Utterance> sound;
        std::vector<WordCue> words;  // times of the clause's own sound
        std::size_t start = 0;       // in the text
    };
    // nullopt: that was all.
    Task<Result<std::optional<Clause>>> next();
    // Nothing of the text is read from there on: it is left out for this reason.
    void end(std::size_t from, std::string why);

    // So far, in order of the text.
    const std::vector<LeftOut>& left_out() const { return left_out_; }

private:
    Reading(std::unique_ptr<voice::Speaker> speaker, const std::string& text);
    void leave_out(std::size_t start, std::size_t end, std::string why);

    std::unique_ptr<voice::Speaker> speaker_;
    std::u32string text_;
    voice::ClauseSplitter splitter_;
    // When what was made so far has been heard, by one who listens from its first sample on.
    async::SteadyTime silent_at_ = {};
    std::vector<LeftOut> left_out_;
};

}  // namespace lares::api
