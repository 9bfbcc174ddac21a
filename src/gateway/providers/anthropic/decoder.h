#pragma once
// Answers of Anthropic's messages, streamed and whole.
#include "gateway/providers/codec.h"

namespace lares::gateway {

std::unique_ptr<Decoder> make_anthropic_stream_decoder();
std::unique_ptr<Decoder> make_anthropic_whole_decoder();

}  // namespace lares::gateway
