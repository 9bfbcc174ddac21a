#include <gtest/gtest.h>

#include "json/json.h"

namespace lares::json {

struct Leaf {
    std::string name;
    std::optional<int> size;
};
BOOST_DESCRIBE_STRUCT(Leaf, (), (name, size))
constexpr auto json_rules(const Leaf*) {
    return std::array{length("name", 1, 64), range("size", 0, 0.5)};
}

struct Tree {
    std::vector<Leaf> leaves;
    std::optional<Leaf> best;
    UserId owner;
    int depth = 2;
    std::map<std::string, std::vector<std::string>> notes;
};
BOOST_DESCRIBE_STRUCT(Tree, (), (leaves, best, owner, depth, notes))
constexpr auto json_rules(const Tree*) {
    return std::array{items("leaves", 1, 3), items("notes", 0, 8)};
}
constexpr auto json_optional(const Tree*) {
    return std::array<std::string_view, 2>{"depth", "notes"};
}

template <class T>
struct Page {
    std::vector<T> items;
    std::optional<std::string> next;
    BOOST_DESCRIBE_CLASS(Page, (), (items, next), (), ())
};

namespace other {
struct Leaf {
    bool green = true;
};
BOOST_DESCRIBE_STRUCT(Leaf, (), (green))
struct Renamed {
    bool green = true;
};
BOOST_DESCRIBE_STRUCT(Renamed, (), (green))
constexpr std::string_view json_name(const Renamed*) {
    return "OtherLeaf";
}
}  // namespace other

namespace {

TEST(JsonSchema, ShowsTypesRulesAndDefaults) {
    EXPECT_EQ(
        write(schema<Leaf>()),
        R"({"type":"object","properties":{"name":{"type":"string","minLength":1,"maxLength":64},)"
        R"("size":{"anyOf":[{"type":"integer","format":"int32","minimum":0,"maximum":0.5},{"type":"null"}]}},)"
        R"("required":["name"]})");
    const auto tree = schema<Tree>();
    EXPECT_EQ(write(tree.at("properties").at("leaves")),
              R"({"type":"array","items":{"$ref":"#/components/schemas/Leaf"},"minItems":1,"maxItems":3})");
    EXPECT_EQ(write(tree.at("properties").at("depth")), R"({"type":"integer","format":"int32","default":2})");
    EXPECT_EQ(tree.at("properties").at("owner").at("x-id"), "user");
    EXPECT_EQ(tree.at("properties").at("notes").at("maxProperties"), 8);
    EXPECT_EQ(write(tree.at("required")), R"(["leaves","owner"])");
}

TEST(JsonSchema, CollectsComponentsUnderStructNames) {
    boost::json::object components;
    add_schemas<Tree>(components);
    add_schemas<std::vector<Leaf>>(components);
    EXPECT_EQ(components.size(), 2u);
    EXPECT_TRUE(components.contains("Leaf"));
    EXPECT_EQ(schema_name<Page<Leaf>>(), "Page_Leaf");
    EXPECT_EQ(schema_name<other::Renamed>(), "OtherLeaf");
    EXPECT_THROW(add_schemas<other::Leaf>(components), std::logic_error);
    EXPECT_NO_THROW(add_schemas<other::Renamed>(components));
}

}  // namespace
}  // namespace lares::json
