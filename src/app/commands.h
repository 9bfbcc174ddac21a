#pragma once
// What the binary does besides serving. Each answers the process's exit status and says what went wrong in
// one line.
#include <string>

#include "app/server.h"
#include "config/settings.h"

namespace lares::app {

struct CommandLine {
    std::string data, port, host;  // empty: DATA_DIR, APP_PORT, APP_HOST
    std::string port_file;
};

int serve(const CommandLine& line);
int list_models(const CommandLine& line);
int add_model(const CommandLine& line, const std::string& source, const std::string& sha256);
int print_openapi();
int print_settings(bool as_env);
int doctor(const CommandLine& line);
int backup(const CommandLine& line, const std::string& target);
int restore(const CommandLine& line, const std::string& source);
int print_version();

// The whole program: parses the command line and runs the command.
int run(int argc, char** argv);

}  // namespace lares::app
