#pragma once
// The one file that knows ONNX Runtime's C interface: a model from a file, numbers in, numbers out.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace lares::engine::tts {

struct Input {
    std::string name;
    std::variant<std::span<const float>, std::span<const std::int64_t>> values;
    std::vector<std::int64_t> shape;
};

// What a run gave; the numbers live as long as this.
class Outputs {
public:
    struct Values;
    explicit Outputs(std::unique_ptr<Values> values);
    Outputs(Outputs&&) noexcept;
    ~Outputs();

    // Empty when there is no output of this name and kind.
    std::span<const float> floats(std::string_view name) const;
    std::span<const std::int64_t> ints(std::string_view name) const;
    // Of the only output.
    std::span<const std::int64_t> ints() const;

private:
    std::unique_ptr<Values> values_;
};

// One thread a run, several runs at once over one copy of the weights. Memory of a run goes back to the
// system.
class Model {
public:
    // `inner` names a tensor inside the graph that becomes one more output. Errors: unavailable
    // "voice-missing" and "voice-broken", whose message says what to do.
    static Result<std::shared_ptr<const Model>> open(const std::filesystem::path& file,
                                                     std::string_view inner = {});
    // Error: internal "voice-failed".
    Result<Outputs> run(std::span<const Input> inputs) const;

    ~Model();
    Model(const Model&) = delete;
    Model& operator=(const Model&) = delete;

private:
    struct Session;
    explicit Model(std::unique_ptr<Session> session);
    std::unique_ptr<Session> session_;
};

// A whole file, at most `bytes_max`. Errors as of open().
Result<std::string> read_asset(const std::filesystem::path& file, std::size_t bytes_max);
tl::unexpected<Error> broken(const std::filesystem::path& file, std::string_view what);

}  // namespace lares::engine::tts
