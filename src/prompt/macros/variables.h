#pragma once
// Variables hold text; text that is a number is read as one.
#include "prompt/macros/engine.h"

namespace lares::prompt::macros {

std::string read_variable(const Variables& variables, const std::string& name);  // empty when there is none
void set_variable(Variables& variables, const std::string& name, std::string value);
// Numbers add up, anything else is appended. Answers the new value.
std::string add_variable(Variables& variables, const std::string& name, const std::string& value);

}  // namespace lares::prompt::macros
