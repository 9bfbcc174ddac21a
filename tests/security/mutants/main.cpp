// The server with one of the faults of mutations.toml, chosen by GUARD_MUTATION ("none": without): proves
// that the security tests notice. Never installed.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <string_view>

#include "app/commands.h"
#include "planted.h"

int main(int argc, char** argv) {
    const char* const name = std::getenv("GUARD_MUTATION");
    const std::string_view chosen = name ? name : "";
    if (chosen != "none" && std::none_of(std::begin(planted), std::end(planted),
                                         [chosen](std::string_view known) { return known == chosen; })) {
        std::fprintf(stderr, "GUARD_MUTATION names no mutation of this program\n");
        return 2;
    }
    return lares::app::run(argc, argv);
}
