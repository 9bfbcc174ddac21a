#include <gtest/gtest.h>

#include "http/router.h"
#include "unit/http/kit.h"

namespace lares::http::test {
namespace {

TEST(Router, FindsByMethodAndPath) {
    Site site;
    Router router;
    ASSERT_TRUE(router.add(site.routes()));
    std::vector<Call::Param> params;
    const auto match = router.find(Method::get, "/api/v1/notes/abc", params);
    ASSERT_TRUE(match.route);
    EXPECT_EQ(match.route->route.row.path, "/api/v1/notes/{id}");
    ASSERT_EQ(params.size(), 1u);
    EXPECT_EQ(params[0].name, "id");
    EXPECT_EQ(params[0].value, "abc");
    EXPECT_FALSE(router.find(Method::get, "/api/v1/notes", params).path_exists);
    EXPECT_FALSE(router.find(Method::get, "/api/v1/notes/", params).path_exists);
    EXPECT_FALSE(router.find(Method::get, "/api/v1/notes/a/b", params).path_exists);
    EXPECT_FALSE(router.find(Method::get, "/HEALTH", params).path_exists);
    EXPECT_FALSE(router.find(Method::get, "/health/", params).path_exists);
    EXPECT_TRUE(router.find(Method::remove, "/health", params).path_exists);
    EXPECT_FALSE(router.find(Method::remove, "/health", params).route);
    EXPECT_TRUE(router.find(Method::head, "/health", params).route);
    EXPECT_EQ(router.allow("/api/v1/notes/x"), "GET, HEAD, PATCH, OPTIONS");
}

TEST(Router, OurMistakesStopTheStart) {
    Site site;
    {
        Router router;
        auto routes = site.routes();
        routes.push_back(routes.front());
        EXPECT_NE(router.add(std::move(routes)).error().message.find("same method and path"),
                  std::string::npos);
    }
    {
        Router router;
        auto routes = site.routes();
        for (Route& route : routes) route.row.touches.clear();
        const auto added = router.add(std::move(routes));
        ASSERT_FALSE(added);
        EXPECT_NE(added.error().message.find("an id of a note that its row does not touch"),
                  std::string::npos)
            << added.error().message;
    }
    {
        Router router;
        auto routes = site.routes();
        for (Route& route : routes)
            for (Message& message : route.messages) message.row.touches.clear();
        EXPECT_FALSE(router.add(std::move(routes)));
    }
    {
        Router router;
        auto routes = site.routes();
        for (Route& route : routes)
            if (route.row.path == "/api/v1/notes/{id}") route.row.path = "/api/v1/notes/{other}";
        EXPECT_FALSE(router.add(std::move(routes)));
    }
}

}  // namespace
}  // namespace lares::http::test
