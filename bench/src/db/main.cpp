// bench_db FOLDER [--quick]: see bench/db.
#include <cstdio>
#include <string_view>

#include "bench_db.h"

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: bench_db FOLDER [--quick]\n");
        return 2;
    }
    const bool quick = argc > 2 && std::string_view(argv[2]) == "--quick";
    const bool face = lares::bench::bench_face(quick);
    std::printf("\n");
    const bool messages = lares::bench::bench_messages(quick, argv[1]);
    return face && messages ? 0 : 1;
}
