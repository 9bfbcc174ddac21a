#include "api/chat/attachments.h"

#include "api/access.h"
#include "api/caller.h"

namespace lares::api {

void AttachmentRoutes::add_to(http::Routes& routes) {
    using http::route;
    using M = http::Method;
    using R = AttachmentRoutes;
    const auto row = [](M method, std::string_view path, std::string_view summary) {
        return http::Row{.method = method,
                         .path = path,
                         .access = person(auth::Scope::chat),
                         .summary = summary,
                         .tag = "chat"};
    };
    auto add = row(M::post, "/api/v1/attachments",
                   "Upload a picture (PNG, JPEG, WebP), a text or a PDF for a message; the file is the body. "
                   "What no message names within a day is gone.");
    add.weight = 5;
    add.body_cap = chat::AttachmentLimits::bytes_max;
    add.success = 201;
    add.errors = {Code::too_large, Code::unsupported, Code::storage_full};
    routes.push_back(route<&R::add>(add, *this));
    auto get = row(M::get, "/api/v1/attachments/{attachment_id}", "The file, as it is kept.");
    get.touches = {touch<chat::AttachmentId>(Relation::owner)};
    routes.push_back(route<&R::get>(get, *this));
    auto remove =
        row(M::remove, "/api/v1/attachments/{attachment_id}", "Take a file back that is in no message yet.");
    remove.touches = {touch<chat::AttachmentId>(Relation::owner)};
    remove.success = 204;
    remove.errors = {Code::conflict, Code::storage_full};
    routes.push_back(route<&R::remove>(remove, *this));
}

Task<Result<chat::Attachment>> AttachmentRoutes::add(http::Call& call, NewAttachment query, http::Body body) {
    co_return co_await attachments_.add(user_of(call), std::move(query.name), std::move(body.data));
}

// Only pictures are shown in place: they were written anew here. The rest is for saving.
Task<Result<http::Bytes>> AttachmentRoutes::get(http::Call& call, AttachmentPath path) {
    LARES_CO_TRY(auto file, co_await attachments_.file(user_of(call), path.attachment_id));
    http::Bytes out{std::move(file.bytes), std::move(file.media_type), "",
                    "private, max-age=31536000, immutable"};
    if (file.kind == chat::AttachmentKind::text) out.content_type = "text/plain; charset=utf-8";
    if (file.kind != chat::AttachmentKind::image) out.download_name = std::move(file.name);
    co_return out;
}

Task<Result<void>> AttachmentRoutes::remove(http::Call& call, AttachmentPath path) {
    co_return co_await attachments_.remove(user_of(call), path.attachment_id);
}

}  // namespace lares::api
