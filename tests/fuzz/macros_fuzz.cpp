// Macros of any text: bounded output, and the same world makes the same text.
#include <cstdlib>

#include "base/text.h"
#include "prompt/macros/engine.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace macros = lares::prompt::macros;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (size > 64 * 1024 || !lares::is_utf8(text)) return 0;
    macros::World world;
    world.character = "Mira";
    world.user = "Robin {{char}}";
    world.card_fields["description"] = "a {{user}}";
    world.outlets["o"] = "out";
    world.now_ms = 1'795'273'445'000;
    macros::Engine first(world), second(world);
    macros::Engine::Options options;
    options.original = "ORIGINAL";
    const std::string expanded = first.expand(text, options);
    if (expanded != second.expand(text, options)) std::abort();
    if (!lares::is_utf8(expanded) || expanded.size() > macros::limits::output_bytes * 2) std::abort();
    return 0;
}
