#pragma once
// Variables hold text; text that is a number is read as one.
#include <optional>
#include <string>
#include <vector>

#include "prompt/macros/engine.h"

namespace lares::prompt::macros {

std::string read_variable(const Variables& variables, const std::string& name);  // empty when there is none

// What one expansion does to variables.
class Changes {
public:
    // undone: they end with the expansion.
    Changes(Budget& budget, bool undone) : budget_(budget), undone_(undone) {}
    ~Changes();
    Changes(const Changes&) = delete;
    Changes& operator=(const Changes&) = delete;

    std::string get(const Variables& variables, const std::string& name) const;
    void set(Variables& variables, const std::string& name, std::string value);
    // Numbers add up, anything else is appended. Answers the new value.
    std::string add(Variables& variables, const std::string& name, const std::string& value);
    void drop(Variables& variables, const std::string& name);

private:
    struct Before {
        Variables* variables;
        std::string name;
        std::optional<std::string> value;  // none: there was no such variable
    };
    void remember(Variables& variables, const std::string& name);

    Budget& budget_;
    bool undone_;
    std::vector<Before> before_;
};

}  // namespace lares::prompt::macros
