#pragma once
// The parts of bench/db. Each prints its figures and one closing line, and answers whether the limit was
// kept.
#include <filesystem>

namespace lares::bench {

bool bench_face(bool quick);
bool bench_messages(bool quick, const std::filesystem::path& folder);

}  // namespace lares::bench
