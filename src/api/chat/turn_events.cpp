#include "api/chat/turn_events.h"

#include "api/chat/model.h"
#include "base/text.h"
#include "http/answer.h"
#include "json/json.h"

namespace lares::api {
namespace {

std::string json_of(const turn::Frame&, const turn::Failed& failed) {
    return http::problem_json(failed.error);
}
std::string json_of(const turn::Frame& frame, const turn::Audio& audio) {
    return json::write(AudioData{frame.turn_id, audio.clause, audio.chunk, audio.sample_rate, "s16le",
                                 to_base64(audio.samples)});
}
template <class Body>
std::string json_of(const turn::Frame&, const Body& body) {
    return json::write(body);
}

void append_32(std::string& out, std::int64_t value) {
    for (int shift = 0; shift < 32; shift += 8)
        out += static_cast<char>(static_cast<std::uint64_t>(value) >> shift & 0xFF);
}

}  // namespace

WireEvent to_wire(const turn::Frame& frame) {
    return {turn::name_of(frame.body),
            std::visit([&frame](const auto& body) { return json_of(frame, body); }, frame.body),
            turn::frame_id(frame)};
}

std::string to_binary(const turn::Frame& frame, const turn::Audio& audio) {
    std::string out;
    out.reserve(audio_header_bytes + audio.samples.size());
    for (const auto byte : frame.turn_id.value.bytes) out += static_cast<char>(byte);
    append_32(out, frame.number);
    append_32(out, audio.clause);
    append_32(out, audio.chunk);
    append_32(out, audio.sample_rate);
    out += audio.samples;
    return out;
}

}  // namespace lares::api
