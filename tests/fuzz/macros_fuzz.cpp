// Macros of any text: bounded output, and the same world makes the same text. A short text comes many times
// over, too: what takes more than linear time shows in the time limit.
#include <cstdlib>

#include "base/text.h"
#include "prompt/macros/engine.h"

namespace {

constexpr std::size_t short_bytes = 16, long_bytes = 256 * 1024;

std::string repeated(std::string_view text) {
    std::string out;
    while (!text.empty() && out.size() < long_bytes) out += text;
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace macros = lares::prompt::macros;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (size > 1024 * 1024 || !lares::is_utf8(text)) return 0;
    macros::World world;
    world.character = "Mira";
    world.user = "Robin {{char}}";
    world.card_fields["description"] = "a {{user}}";
    static const macros::Texts outlets = {{"o", "out"}};
    world.outlets = &outlets;
    world.now_ms = 1'795'273'445'000;
    macros::Engine first(world), second(world);
    macros::Engine::Options options;
    options.original = "ORIGINAL";
    if (size <= short_bytes) macros::Engine(world).expand(repeated(text), options);
    const std::string expanded = first.expand(text, options);
    if (expanded != second.expand(text, options)) std::abort();
    if (!lares::is_utf8(expanded) || expanded.size() > macros::limits::output_bytes * 2) std::abort();
    return 0;
}
