#pragma once
// Answers of chat completions, streamed and whole, as OpenAI and the compatible servers send them.
#include "gateway/providers/codec.h"

namespace lares::gateway {

// passes: as of Codec::decoder.
std::unique_ptr<Decoder> make_openai_stream_decoder(bool passes);
std::unique_ptr<Decoder> make_openai_whole_decoder(bool passes);

}  // namespace lares::gateway
