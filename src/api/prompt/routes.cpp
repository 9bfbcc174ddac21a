#include "api/prompt/routes.h"

#include "api/access.h"
#include "api/caller.h"
#include "api/prompt/render.h"

namespace lares::api {

namespace {

constexpr std::size_t body_max = std::size_t{16} << 20;

}  // namespace

void PromptRoutes::add_to(http::Routes& routes) {
    routes.push_back(http::route<&PromptRoutes::render>(
        http::Row{.method = http::Method::post,
                  .path = "/api/v1/prompts/render",
                  .access = person(auth::Scope::characters),
                  .weight = 5,
                  .body_cap = body_max,
                  .summary =
                      "The prompt that a card, books and a chat make, and why each part is in it. Nothing is "
                      "stored or sent.",
                  .tag = "prompts",
                  .errors = {Code::too_large, Code::unprocessable, Code::unavailable}},
        *this));
}

Task<Result<RenderAnswer>> PromptRoutes::render(http::Call&, RenderBody body) {
    auto work = [this, body = std::move(body)] {
        return render_prompt(body, {library_, [this](const std::string& model) { return counter_.of(model); },
                                    clock_.unix_ms()});
    };
    co_return co_await compute_.run(std::move(work));
}

}  // namespace lares::api
