// Any text: what the walker reads, it writes so that it reads the same again.
#include <cstdlib>

#include "json/json.h"

namespace lares::json {

struct NodeTag {
    static constexpr std::string_view kind = "node";
};
enum class Shade { light, dark };
BOOST_DESCRIBE_ENUM(Shade, light, dark)

struct FuzzLeaf {
    std::string text;
    std::optional<Id<NodeTag>> id;
    Shade shade = Shade::light;
    double weight = 0;
    std::uint64_t count = 0;
};
BOOST_DESCRIBE_STRUCT(FuzzLeaf, (), (text, id, shade, weight, count))
constexpr auto json_rules(const FuzzLeaf*) {
    return std::array{length("text", 0, 100), range("weight", -5, 5)};
}
constexpr auto json_optional(const FuzzLeaf*) {
    return std::array<std::string_view, 4>{"text", "shade", "weight", "count"};
}

struct FuzzTree {
    std::vector<FuzzLeaf> leaves;
    std::map<std::string, std::vector<std::int16_t>> numbers;
    std::optional<bool> flag;
    boost::json::value any;
};
BOOST_DESCRIBE_STRUCT(FuzzTree, (), (leaves, numbers, flag, any))
constexpr auto json_optional(const FuzzTree*) {
    return std::array<std::string_view, 3>{"leaves", "numbers", "any"};
}

}  // namespace lares::json

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace lares::json;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (auto value = parse_value(text)) {
        const std::string once = write(*value);
        auto again = parse_value(once);
        if (!again || write(*again) != once) std::abort();
        static_cast<void>(from_value<FuzzTree>(*value, "q", Source::text));
    }
    if (auto tree = parse<FuzzTree>(text)) {
        const std::string once = write(*tree);
        auto again = parse<FuzzTree>(once);
        if (!again || write(*again) != once || ids(*again).size() != ids(*tree).size()) std::abort();
    }
    return 0;
}
