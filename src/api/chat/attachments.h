#pragma once
// Pictures and files for messages: uploaded first, then named by the message that carries them.
#include <optional>
#include <string>

#include <boost/describe/class.hpp>

#include "chat/attachments.h"
#include "http/route.h"

namespace lares::api {

struct NewAttachment {
    std::string name;  // of the file, for the person and the model
};
BOOST_DESCRIBE_STRUCT(NewAttachment, (), (name))

struct AttachmentPath {
    chat::AttachmentId attachment_id;
};
BOOST_DESCRIBE_STRUCT(AttachmentPath, (), (attachment_id))

class AttachmentRoutes {
public:
    explicit AttachmentRoutes(chat::Attachments& attachments) : attachments_(attachments) {}
    void add_to(http::Routes& routes);

    Task<Result<chat::Attachment>> add(http::Call& call, NewAttachment query, http::Body body);
    Task<Result<http::Bytes>> get(http::Call& call, AttachmentPath path);
    Task<Result<void>> remove(http::Call& call, AttachmentPath path);

private:
    chat::Attachments& attachments_;
};

}  // namespace lares::api
