// `.env.example` and docs/settings.md, out of the table.
#include "config/settings.h"
#include "config/table.h"

namespace lares::config {
namespace {

std::string_view type_name(const Setting& setting) {
    if (!setting.choices.empty()) return "choice";
    switch (setting.member.index()) {
        case 0:
            return "integer";
        case 1:
            return "text";
        case 2:
            return "path";
        case 3:
            return "list";
        case 4:
            return "secret";
        default:
            return "secrets";
    }
}

std::string bounds(const Setting& setting) {
    if (setting.member.index() == 0)
        return std::to_string(setting.min) + " to " + std::to_string(setting.max);
    std::string out;
    for (char c : setting.choices) out += c == ' ' ? std::string(", ") : std::string(1, c);
    return out;
}

// A `|` would end a cell of the table.
std::string cell(std::string_view text) {
    std::string out;
    for (char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
    return out;
}

}  // namespace

std::string env_example() {
    std::string out =
        "# Settings of Lares: copy to .env and change. A line that begins with # is not read; each shows its "
        "default.\n";
    for (const auto& setting : table()) {
        if (!setting.group.empty()) out.append("\n# ").append(setting.group).append("\n\n");
        out.append("# ").append(setting.help);
        if (const std::string range = bounds(setting); !range.empty())
            out.append(" (").append(range).append(")");
        if (!setting.remedy.empty()) out.append("\n# Make one with: ").append(setting.remedy);
        if (setting.required) out.append("\n# Required.");
        out.append(setting.required ? "\n" : "\n#").append(setting.name).append("=").append(setting.standard);
        out += '\n';
    }
    return out;
}

std::string settings_markdown() {
    std::string out =
        "# Settings\n\n"
        "Made from `src/config/table.cpp`; a test fails when it differs (`LARES_TEST_WRITE_DOCUMENTS=. "
        "unit_config` writes it).\n\n"
        "A setting is looked for on the command line, then in the environment, then in `.env`, then in "
        "`lares.toml` (of the\n"
        "working folder; `LARES_CONFIG` names another file). In TOML names are lower case and lists may be "
        "arrays:\n"
        "`app_port = 3000`. Lists are separated by commas. A secret may also stand in a file: "
        "`JWT_SECRET_FILE=/run/secrets/jwt`.\n"
        "An empty value is the same as none. All are read at start. A wrong or unknown setting ends the "
        "start with one line\n"
        "that names it.\n";
    for (const auto& setting : table()) {
        if (!setting.group.empty())
            out.append("\n## ")
                .append(setting.group)
                .append(
                    "\n\n| name | type | default | bounds | meaning |\n| --- | --- | --- | --- | --- |\n");
        out.append("| `").append(setting.name).append("` | ").append(type_name(setting)).append(" | ");
        if (!setting.standard.empty()) out.append("`").append(setting.standard).append("`");
        if (setting.required) out.append("required");
        out.append(" | ").append(bounds(setting)).append(" | ").append(cell(setting.help));
        if (!setting.remedy.empty()) out.append(" Make one: `").append(cell(setting.remedy)).append("`");
        out.append(" |\n");
    }
    return out;
}

}  // namespace lares::config
