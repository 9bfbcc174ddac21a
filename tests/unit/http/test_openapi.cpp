#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "http/openapi.h"
#include "unit/http/kit.h"

namespace lares::http::test {
namespace {

TEST(OpenApi, DescribesEveryRoute) {
    Site site;
    const auto file =
        openapi(site.routes(), {.title = "T",
                                .version = "1",
                                .description = "",
                                .access_name = [](Access a) { return a.who ? "person" : "anyone"; },
                                .relation_name = [](std::uint16_t) { return "owner"; }});
    const auto& paths = file.at("paths").as_object();
    const auto& note = paths.at("/api/v1/notes/{id}").at("get").as_object();
    EXPECT_EQ(note.at("operationId").as_string(), "get_notes_id");
    EXPECT_EQ(note.at("x-lares-access").as_string(), "person");
    EXPECT_EQ(note.at("x-lares-touches").at(0).at("relation").as_string(), "owner");
    const auto& parameters = note.at("parameters").as_array();
    ASSERT_EQ(parameters.size(), 2u);
    EXPECT_EQ(parameters[0].at("in").as_string(), "path");
    EXPECT_EQ(parameters[0].at("schema").at("x-lares-id").as_string(), "note");
    EXPECT_EQ(parameters[1].at("name").as_string(), "page");
    EXPECT_FALSE(parameters[1].at("required").as_bool());
    EXPECT_TRUE(note.at("responses").as_object().contains("404"));
    EXPECT_EQ(boost::json::serialize(file).find("\"x-id\""), std::string::npos);

    const auto& edit = paths.at("/api/v1/notes/{id}")
                           .at("patch")
                           .at("requestBody")
                           .at("content")
                           .at("application/json")
                           .at("schema");
    EXPECT_FALSE(edit.at("properties").as_object().contains("id"));
    EXPECT_TRUE(edit.at("properties").as_object().contains("text"));
    EXPECT_EQ(paths.at("/api/v1/echo")
                  .at("post")
                  .at("requestBody")
                  .at("content")
                  .at("application/json")
                  .at("schema")
                  .at("$ref")
                  .as_string(),
              "#/components/schemas/Echo");
    const auto& messages = paths.at("/api/v1/chat").at("get").at("x-lares-messages").as_array();
    ASSERT_EQ(messages.size(), 6u);
    EXPECT_EQ(messages[1].at("x-lares-touches").at(0).at("kind").as_string(), "note");
    EXPECT_EQ(paths.at("/api/v1/chat").at("get").at("x-lares-events").at(0).at("event").as_string(), "said");
    for (const auto& [path, methods] : paths)
        for (const auto& [method, operation] : methods.as_object())
            EXPECT_TRUE(operation.as_object().contains("x-lares-access")) << path;
    EXPECT_TRUE(file.at("components").at("schemas").as_object().contains("Problem"));
}

}  // namespace
}  // namespace lares::http::test
