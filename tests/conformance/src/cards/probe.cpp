// card_probe FILE: reads one character card as an import does and prints one JSON line:
//   {"accepted": true, "name": …, "version": "v2"}  or  {"accepted": false, "status": 4xx, "type": …,
//   "reason": …}
// with "ms" (time to read it) and "growth_kb" (peak memory above what was in use before the file was opened).
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include <boost/json.hpp>

#include "character/card.h"

namespace {

using namespace lares;

// A line of /proc/self/status in kB.
long status_kb(const std::string& name) {
    std::ifstream file("/proc/self/status");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(name + ":")) return std::stol(line.substr(name.size() + 1));
    }
    return 0;
}

int status_of(Code code) {
    switch (code) {
        case Code::bad_request:
            return 400;
        case Code::too_large:
            return 413;
        case Code::unsupported:
            return 415;
        default:
            return 500;
    }
}

boost::json::object answer_of(const Result<character::ImportedCard>& imported) {
    if (imported) {
        const auto& card = imported->card;
        return {{"accepted", true},
                {"name", card.name},
                {"version", "v" + std::to_string(static_cast<int>(card.spec))}};
    }
    const Error& error = imported.error();
    return {{"accepted", false},
            {"status", status_of(error.code)},
            {"type", error.type},
            {"reason", error.message}};
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: card_probe FILE\n";
        return 2;
    }
    std::ifstream file(argv[1], std::ios::binary);
    if (!file) {
        std::cerr << "card_probe: cannot open " << argv[1] << "\n";
        return 2;
    }
    const long before = status_kb("VmRSS");
    const auto start = std::chrono::steady_clock::now();
    std::string bytes(std::istreambuf_iterator<char>(file), {});
    const auto imported = character::parse_card_file(std::move(bytes));
    auto answer = answer_of(imported);
    answer["ms"] =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    answer["growth_kb"] = status_kb("VmHWM") - before;
    std::cout << boost::json::serialize(answer) << "\n";
    return 0;
}
