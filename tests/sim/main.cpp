// The turn stack in simulation: sim_turn [--seeds N] [--seed K] [--plant FAULT]
//
// N seeds must be clean, and each planted fault must be found within them. --seed K runs one; --plant FAULT
// plants one (with --seed: in that seed alone). LARES_DEEP=1: 10,000 seeds instead of 200.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>

#include "observe/log.h"
#include "world.h"

namespace {

using lares::sim::Fault;

std::optional<std::string> run_seed(std::uint64_t seed, Fault fault) {
    return lares::sim::World(seed, fault).run();
}

struct Tally {
    int passed = 0, failed = 0;
};

void run_clean(std::uint64_t first, std::uint64_t count, Tally& tally) {
    for (auto seed = first; seed < first + count; ++seed) {
        if (const auto problem = run_seed(seed, Fault::none)) {
            ++tally.failed;
            std::printf("FAILED: seed %llu: %s\n  again: sim_turn --seed %llu\n",
                        static_cast<unsigned long long>(seed), problem->c_str(),
                        static_cast<unsigned long long>(seed));
        } else {
            ++tally.passed;
        }
    }
}

void find_fault(const lares::sim::FaultName& plant, std::uint64_t first, std::uint64_t count, Tally& tally) {
    const std::string name(plant.name);
    for (auto seed = first; seed < first + count; ++seed) {
        if (const auto problem = run_seed(seed, plant.fault)) {
            std::printf("found %s in seed %llu: %s\n", name.c_str(), static_cast<unsigned long long>(seed),
                        problem->c_str());
            ++tally.passed;
            return;
        }
    }
    std::printf("FAILED: %s was not found in %llu seeds\n", name.c_str(),
                static_cast<unsigned long long>(count));
    ++tally.failed;
}

int usage() {
    std::fprintf(stderr, "usage: sim_turn [--seeds N] [--seed K] [--plant FAULT]; faults:");
    for (const auto& plant : lares::sim::planted)
        std::fprintf(stderr, " %.*s", static_cast<int>(plant.name.size()), plant.name.data());
    std::fprintf(stderr, "\n");
    return 2;
}

}  // namespace

int main(int argc, char** argv) {
    const char* deep = std::getenv("LARES_DEEP");
    std::uint64_t seeds = deep && std::strcmp(deep, "1") == 0 ? 10'000 : 200;
    std::optional<std::uint64_t> only;
    const lares::sim::FaultName* plant = nullptr;
    for (int i = 1; i < argc; ++i) {
        const std::string option = argv[i];
        const char* value = i + 1 < argc ? argv[++i] : nullptr;
        if (!value) return usage();
        if (option == "--seeds") {
            seeds = std::strtoull(value, nullptr, 10);
        } else if (option == "--seed") {
            only = std::strtoull(value, nullptr, 10);
        } else if (option == "--plant") {
            for (const auto& known : lares::sim::planted)
                if (known.name == value) plant = &known;
            if (!plant) return usage();
        } else {
            return usage();
        }
    }
    lares::log::start({.level = lares::log::Level::error, .json = false, .sink = [](std::string_view) {}});
    Tally tally;
    const auto first = only.value_or(1), count = only ? 1 : seeds;
    if (!plant) run_clean(first, count, tally);
    if (plant)
        find_fault(*plant, first, count, tally);
    else if (!only)
        for (const auto& each : lares::sim::planted) find_fault(each, first, count, tally);
    lares::log::stop();
    std::printf("%d passed, %d failed, 0 skipped\n", tally.passed, tally.failed);
    return tally.failed == 0 ? 0 : 1;
}
