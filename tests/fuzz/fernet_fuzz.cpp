// Any text as a Fernet token and as a key; any bytes come back from encryption.
#include <cstdlib>

#include "crypto/fernet.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace lares;
    using namespace lares::crypto;
    const std::string text(reinterpret_cast<const char*>(data), size);
    static const Fernet fernet = *Fernet::make({SecretText("cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=")});
    static_cast<void>(fernet.decrypt(text, 1, 60));
    static_cast<void>(Fernet::make({SecretText(text)}));
    if (fernet.decrypt(fernet.encrypt(text, 1), 1, 60).value() != text) std::abort();
    return 0;
}
