#pragma once
// Faults that a run can plant at the seams of the product: the journal that turns write to, the streams that
// clients read, the subscriptions of devices. Each must be found by the invariants.
#include <array>
#include <optional>
#include <string_view>

namespace lares::sim {

enum class Fault {
    none,
    dropped_frame,     // a frame is never delivered
    doubled_frame,     // a frame is delivered twice
    reordered_frames,  // two frames change places
    lost_wakeup,       // a reader sleeps although a frame is there
    late_cancel,       // cancel answers before the turn has ended
    early_accept,      // accepted is told before the commit
    lost_progress,     // text so far is not appended
    lost_answer,       // the end of a turn is acknowledged and not stored
    wrong_seq,         // accepted names another event
    doubled_message,   // a repeated client_id is a second message
    stale_projection,  // a message is not what its event says
    lost_event,        // a device is not told of a durable event
    lost_samples,      // a clause has less sound than its visemes say
    wrong_clause,      // sound is told to be of another clause
    lost_visemes,      // a clause sounds and no mouth moves
    wrong_length,      // visemes are not as long as the sound
    wrong_place,       // a clause stands elsewhere in the text
    far_ahead,         // more clauses are made than may be
    lost_notice,       // there is no voice, and nobody says why
    stuck_seat,        // a seat is not given back
    half_word,         // an answer is cut within a word
    lost_heard,        // a cut keeps what nobody heard
    lost_tail,         // what was not heard is thrown away
    stale_prompt       // the next prompt holds what nobody heard
};

struct FaultName {
    Fault fault;
    std::string_view name;
};
inline constexpr std::array<FaultName, 24> planted{{{Fault::dropped_frame, "dropped_frame"},
                                                    {Fault::doubled_frame, "doubled_frame"},
                                                    {Fault::reordered_frames, "reordered_frames"},
                                                    {Fault::lost_wakeup, "lost_wakeup"},
                                                    {Fault::late_cancel, "late_cancel"},
                                                    {Fault::early_accept, "early_accept"},
                                                    {Fault::lost_progress, "lost_progress"},
                                                    {Fault::lost_answer, "lost_answer"},
                                                    {Fault::wrong_seq, "wrong_seq"},
                                                    {Fault::doubled_message, "doubled_message"},
                                                    {Fault::stale_projection, "stale_projection"},
                                                    {Fault::lost_event, "lost_event"},
                                                    {Fault::lost_samples, "lost_samples"},
                                                    {Fault::wrong_clause, "wrong_clause"},
                                                    {Fault::lost_visemes, "lost_visemes"},
                                                    {Fault::wrong_length, "wrong_length"},
                                                    {Fault::wrong_place, "wrong_place"},
                                                    {Fault::far_ahead, "far_ahead"},
                                                    {Fault::lost_notice, "lost_notice"},
                                                    {Fault::stuck_seat, "stuck_seat"},
                                                    {Fault::half_word, "half_word"},
                                                    {Fault::lost_heard, "lost_heard"},
                                                    {Fault::lost_tail, "lost_tail"},
                                                    {Fault::stale_prompt, "stale_prompt"}}};

}  // namespace lares::sim
