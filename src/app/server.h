#pragma once
// The composition root: every object of a running server is made here, in order, and destroyed in reverse.
#include <memory>
#include <string>

#include "api/guard.h"
#include "base/result.h"
#include "config/settings.h"

namespace lares::app {

struct ServeOptions {
    config::Settings settings;
    std::string port_file;  // empty: none
};

class Server {
public:
    // Opens the data folder, starts the engine's loading, listens. Errors are one line that names what is
    // wrong and the remedy.
    static Result<std::unique_ptr<Server>> start(ServeOptions options);
    ~Server();  // graceful stop
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    std::string address() const;  // "http://localhost:3000"
    // The code for the first account, when it is not made from this machine; empty: there is an account.
    std::string setup_code() const;

private:
    Server();
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

// The route table as the server has it, over services that are never called: for `lares openapi`.
std::string openapi_text();

}  // namespace lares::app
