// bench_tts: speaks one line of phonemes after the other for bench/tts. In: lines "SPEED PHONEMES". Out: one
// line "CPU_SECONDS SAMPLES SUM_OF_LENGTHS" each, and the samples behind it as s16le.
#include <cstdio>
#include <ctime>
#include <iostream>
#include <string>
#include <vector>

#include "engine/tts/voice.h"

namespace {

using namespace lares::engine::tts;

double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// The bench writes valid UTF-8.
std::u32string code_points(const std::string& text) {
    std::u32string out;
    for (const char each : text) {
        const auto byte = static_cast<unsigned char>(each);
        if ((byte & 0xc0) != 0x80)
            out += byte < 0x80 ? byte : byte & (byte < 0xe0 ? 0x1f : byte < 0xf0 ? 0x0f : 0x07);
        else
            out.back() = out.back() << 6 | (byte & 0x3f);
    }
    return out;
}

struct Kept final : Sink {
    bool timing(Timing known) override {
        total = known.total();
        return true;
    }
    bool samples(std::span<const std::int16_t> block) override {
        pcm.insert(pcm.end(), block.begin(), block.end());
        return true;
    }
    std::int64_t total = 0;
    std::vector<std::int16_t> pcm;
};

}  // namespace

int main() {
    const auto folder = find_voice("hibari", bundled_voice_folders());
    const auto voice = folder ? Voice::open(*folder) : lares::fail(folder.error());
    if (!voice) {
        std::cerr << voice.error().message << '\n';
        return 2;
    }
    for (std::string line; std::getline(std::cin, line);) {
        const auto space = line.find(' ');
        const Request request{code_points(line.substr(space + 1)), std::stod(line.substr(0, space)), 1};
        Kept kept;
        const double began = cpu_seconds();
        if (const auto spoken = (*voice)->speak(request, kept); !spoken) {
            std::cerr << spoken.error().message << '\n';
            return 1;
        }
        std::printf("%.9f %zu %lld\n", cpu_seconds() - began, kept.pcm.size(),
                    static_cast<long long>(kept.total));
        std::fwrite(kept.pcm.data(), sizeof(std::int16_t), kept.pcm.size(), stdout);
        std::fflush(stdout);
    }
}
