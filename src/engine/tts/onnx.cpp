#include "engine/tts/onnx.h"

#include <fstream>

#include <dlfcn.h>

// Its table of functions is not built at the start: the library is opened with the first voice.
#define ORT_API_MANUAL_INIT
#include <onnxruntime_c_api.h>

namespace lares::engine::tts {
namespace {

constexpr std::size_t model_bytes_max = 512u << 20;
constexpr std::string_view remedy =
    "Run deps/fetch in the source folder, or install Lares again; text chats go on without a voice.";

constexpr const char* library = "libonnxruntime.so.1";

// Opened when a voice is wanted and kept to the end of the process: its 35,000 relocations and its size would
// cost every start. Null: it cannot be opened, or does not know our interface.
const OrtApi* api() {
    static const OrtApi* const table = []() -> const OrtApi* {
        void* const opened = ::dlopen(library, RTLD_NOW | RTLD_LOCAL);
        void* const base = opened ? ::dlsym(opened, "OrtGetApiBase") : nullptr;
        return base ? reinterpret_cast<decltype(&OrtGetApiBase)>(base)()->GetApi(ORT_API_VERSION) : nullptr;
    }();
    return table;
}

// Empty: it went well.
std::string problem_of(OrtStatus* status) {
    if (!status) return {};
    std::string text = api()->GetErrorMessage(status);
    api()->ReleaseStatus(status);
    return text.empty() ? "unknown error" : text;
}

// Kept to the end of the process: sessions of static lifetime may outlive any owner.
Result<OrtEnv*> environment() {
    static const auto made = []() -> Result<OrtEnv*> {
        if (!api())
            return fail(Code::unavailable, "voice-missing",
                        std::string(library) + " cannot be opened, or is too old. " + std::string(remedy));
        OrtEnv* env = nullptr;
        if (auto problem = problem_of(api()->CreateEnv(ORT_LOGGING_LEVEL_FATAL, "lares", &env));
            !problem.empty())
            return fail(Code::internal, "voice-failed", "ONNX Runtime does not start: " + problem);
        return env;
    }();
    return made;
}

// Protocol buffers: a number of seven bits a byte, and a field of bytes.
std::string varint(std::uint64_t number) {
    std::string bytes;
    for (; number > 127; number >>= 7) bytes += static_cast<char>(number | 128);
    return bytes + static_cast<char>(number);
}
std::string field(std::uint64_t number, const std::string& content) {
    return varint(number << 3 | 2) + varint(content.size()) + content;
}

// ModelProto{graph(7){output(12){name(1)}}}. A message that comes twice is merged, so these bytes behind a
// model make an inner tensor an output of it.
std::string exposing(std::string_view tensor) {
    return field(7, field(12, field(1, std::string(tensor))));
}

struct OptionsDeleter {
    void operator()(OrtSessionOptions* options) const { api()->ReleaseSessionOptions(options); }
};
struct ValueDeleter {
    void operator()(OrtValue* value) const { api()->ReleaseValue(value); }
};
using Value = std::unique_ptr<OrtValue, ValueDeleter>;

// The shape is left to the caller: all outputs here are known by their count.
template <class T>
std::span<const T> values_in(OrtValue* value, ONNXTensorElementDataType wanted) {
    OrtTensorTypeAndShapeInfo* info = nullptr;
    if (!problem_of(api()->GetTensorTypeAndShape(value, &info)).empty()) return {};
    ONNXTensorElementDataType type{};
    std::size_t count = 0;
    bool good = problem_of(api()->GetTensorElementType(info, &type)).empty();
    good = problem_of(api()->GetTensorShapeElementCount(info, &count)).empty() && good;
    api()->ReleaseTensorTypeAndShapeInfo(info);
    void* data = nullptr;
    if (!good || type != wanted || !problem_of(api()->GetTensorMutableData(value, &data)).empty()) return {};
    return {static_cast<const T*>(data), count};
}

}  // namespace

struct Outputs::Values {
    std::shared_ptr<const std::vector<std::string>> names;  // the model's
    std::vector<Value> values;

    OrtValue* find(std::string_view name) const {
        for (std::size_t i = 0; i < values.size(); ++i)
            if ((*names)[i] == name) return values[i].get();
        return nullptr;
    }
};

Outputs::Outputs(std::unique_ptr<Values> values) : values_(std::move(values)) {}
Outputs::Outputs(Outputs&&) noexcept = default;
Outputs::~Outputs() = default;

std::span<const float> Outputs::floats(std::string_view name) const {
    auto* value = values_->find(name);
    return value ? values_in<float>(value, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT) : std::span<const float>();
}

std::span<const std::int64_t> Outputs::ints(std::string_view name) const {
    auto* value = values_->find(name);
    return value ? values_in<std::int64_t>(value, ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64)
                 : std::span<const std::int64_t>();
}

std::span<const std::int64_t> Outputs::ints() const {
    return values_->values.size() == 1 ? ints(values_->names->front()) : std::span<const std::int64_t>();
}

struct Model::Session {
    OrtSession* session = nullptr;
    OrtMemoryInfo* memory = nullptr;
    std::shared_ptr<const std::vector<std::string>> outputs;

    ~Session() {
        if (session) api()->ReleaseSession(session);
        if (memory) api()->ReleaseMemoryInfo(memory);
    }

    std::string load(OrtEnv* env, const std::string& bytes) {
        OrtSessionOptions* made = nullptr;
        if (auto problem = problem_of(api()->CreateSessionOptions(&made)); !problem.empty()) return problem;
        const std::unique_ptr<OrtSessionOptions, OptionsDeleter> options(made);
        std::string problem;
        const auto must = [&problem](OrtStatus* status) {
            auto text = problem_of(status);
            if (problem.empty()) problem = std::move(text);
        };
        must(api()->SetIntraOpNumThreads(made, 1));
        must(api()->SetInterOpNumThreads(made, 1));
        must(api()->SetSessionGraphOptimizationLevel(made, ORT_ENABLE_ALL));
        must(api()->AddSessionConfigEntry(made, "session.intra_op.allow_spinning", "0"));
        must(api()->DisableCpuMemArena(made));
        if (problem.empty())
            must(api()->CreateSessionFromArray(env, bytes.data(), bytes.size(), made, &session));
        if (problem.empty()) must(api()->CreateCpuMemoryInfo(OrtDeviceAllocator, OrtMemTypeDefault, &memory));
        if (problem.empty()) problem = name_outputs();
        return problem;
    }

    std::string name_outputs() {
        OrtAllocator* allocator = nullptr;
        std::size_t count = 0;
        if (auto problem = problem_of(api()->GetAllocatorWithDefaultOptions(&allocator)); !problem.empty())
            return problem;
        if (auto problem = problem_of(api()->SessionGetOutputCount(session, &count)); !problem.empty())
            return problem;
        std::vector<std::string> names;
        for (std::size_t i = 0; i < count; ++i) {
            char* name = nullptr;
            if (auto problem = problem_of(api()->SessionGetOutputName(session, i, allocator, &name));
                !problem.empty())
                return problem;
            names.emplace_back(name);
            allocator->Free(allocator, name);
        }
        outputs = std::make_shared<const std::vector<std::string>>(std::move(names));
        return {};
    }
};

Model::Model(std::unique_ptr<Session> session) : session_(std::move(session)) {}
Model::~Model() = default;

tl::unexpected<Error> broken(const std::filesystem::path& file, std::string_view what) {
    return fail(Code::unavailable, "voice-broken",
                file.string() + " cannot be used (" + std::string(what) + "). " + std::string(remedy));
}

Result<std::string> read_asset(const std::filesystem::path& file, std::size_t bytes_max) {
    std::ifstream stream(file, std::ios::binary | std::ios::ate);
    const auto size = stream ? static_cast<std::int64_t>(stream.tellg()) : -1;
    if (size < 0)
        return fail(Code::unavailable, "voice-missing",
                    "The voice needs " + file.string() + ", which is not there. " + std::string(remedy));
    if (static_cast<std::uint64_t>(size) > bytes_max) return broken(file, "it is too large");
    std::string bytes(static_cast<std::size_t>(size), '\0');
    stream.seekg(0);
    if (!stream.read(bytes.data(), size)) return broken(file, "it cannot be read to its end");
    return bytes;
}

Result<std::shared_ptr<const Model>> Model::open(const std::filesystem::path& file, std::string_view inner) {
    LARES_TRY(auto bytes, read_asset(file, model_bytes_max));
    if (!inner.empty()) bytes += exposing(inner);
    LARES_TRY(auto* const env, environment());
    auto session = std::make_unique<Session>();
    if (const auto problem = session->load(env, bytes); !problem.empty()) return broken(file, problem);
    return std::shared_ptr<const Model>(new Model(std::move(session)));
}

Result<Outputs> Model::run(std::span<const Input> inputs) const {
    const auto failed = [](const std::string& problem) {
        auto error =
            fail(Code::internal, "voice-failed", "The voice could not speak this; try another text.");
        error.value().detail = problem;
        return error;
    };
    std::vector<Value> kept;
    std::vector<const char*> input_names, output_names;
    std::vector<const OrtValue*> values;
    for (const auto& input : inputs) {
        OrtValue* value = nullptr;
        const auto make = [&](auto numbers, ONNXTensorElementDataType type) {
            // The interface takes no const pointer, yet inputs are only read.
            return problem_of(api()->CreateTensorWithDataAsOrtValue(
                session_->memory, const_cast<void*>(static_cast<const void*>(numbers.data())),
                numbers.size_bytes(), input.shape.data(), input.shape.size(), type, &value));
        };
        const auto* floats = std::get_if<std::span<const float>>(&input.values);
        const auto problem = floats ? make(*floats, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT)
                                    : make(std::get<1>(input.values), ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64);
        if (!problem.empty()) return failed(problem);
        kept.emplace_back(value);
        values.push_back(value);
        input_names.push_back(input.name.c_str());
    }
    for (const auto& name : *session_->outputs) output_names.push_back(name.c_str());
    std::vector<OrtValue*> made(output_names.size(), nullptr);
    const auto problem =
        problem_of(api()->Run(session_->session, nullptr, input_names.data(), values.data(), values.size(),
                              output_names.data(), output_names.size(), made.data()));
    auto outputs = std::make_unique<Outputs::Values>();
    for (auto* value : made)
        if (value) outputs->values.emplace_back(value);
    if (!problem.empty()) return failed(problem);
    if (outputs->values.size() != made.size()) return failed("an output is missing");
    outputs->names = session_->outputs;
    return Outputs(std::move(outputs));
}

}  // namespace lares::engine::tts
