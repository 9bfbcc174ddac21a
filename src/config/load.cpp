#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include <unistd.h>

#include "base/text.h"
#include "config/dotenv.h"
#include "config/settings.h"
#include "config/table.h"
#include "config/toml.h"

namespace lares::config {
namespace {

constexpr std::size_t file_bytes_max = 1 << 20;
constexpr std::size_t value_bytes_max = 64 << 10;

struct Found {
    std::string value;
    std::string from;  // "the environment", ".env"
};

struct Layer {
    Pairs pairs;
    std::string from;
};

tl::unexpected<Error> refused(std::string_view name, std::string rule) {
    return fail(Code::bad_request, "invalid-setting", std::string(name) + " " + std::move(rule),
                std::string(name));
}

Result<std::string> read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::string text;
    if (in) {
        text.resize(file_bytes_max + 1);
        in.read(text.data(), static_cast<std::streamsize>(text.size()));
        text.resize(static_cast<std::size_t>(in.gcount()));
    }
    if (!in.eof() && (in.fail() || text.size() > file_bytes_max))
        return fail(Code::bad_request, "invalid-setting",
                    path.string() + " cannot be read, or is larger than 1 MiB");
    return text;
}

const std::string* find(const Pairs& pairs, std::string_view name) {
    for (const auto& [known, value] : pairs)
        if (known == name) return &value;
    return nullptr;
}

std::string file_name_of(const Setting& setting) {
    return std::string(setting.name) + "_FILE";
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
            diagonal = above;
        }
    }
    return row[b.size()];
}

// " (did you mean APP_PORT?)" or nothing. Names longer than any setting are not compared.
std::string suggestion(std::string_view name) {
    std::string_view best;
    std::size_t least = 4;
    if (name.starts_with("LARES_")) {
        for (const auto& setting : table())
            if (setting.name == name.substr(6)) return " (did you mean " + std::string(setting.name) + "?)";
    }
    if (name.size() > 64) return {};
    for (const auto& setting : table()) {
        if (name.size() >= setting.name.size() + least || setting.name.size() >= name.size() + least)
            continue;
        const std::size_t distance = edit_distance(name, setting.name);
        if (distance < least && distance * 2 < setting.name.size()) {
            least = distance;
            best = setting.name;
        }
    }
    return best.empty() ? std::string() : " (did you mean " + std::string(best) + "?)";
}

bool is_known(std::string_view name) {
    return std::ranges::any_of(table(), [&](const Setting& setting) {
        return name == setting.name || (setting.is_secret() && name == file_name_of(setting));
    });
}

// "JWT_" of JWT_SECRET: a name that begins so was meant for us. REGISTRATION has no such beginning.
bool has_our_prefix(std::string_view name) {
    if (name.starts_with("LARES_")) return true;
    return std::ranges::any_of(table(), [&](const Setting& setting) {
        const auto underscore = setting.name.find('_');
        return underscore != setting.name.npos && name.starts_with(setting.name.substr(0, underscore + 1));
    });
}

std::string unknown_rule(std::string_view from, std::string_view name) {
    return "in " + std::string(from) + " is not a setting of Lares" + suggestion(name) +
           "; docs/settings.md lists them all";
}

std::string ignored(std::string_view from, std::string_view name) {
    return std::string(name) + " in " + std::string(from) +
           " changes nothing: it is read from the environment only";
}

// A name is looked up in each layer; NAME_FILE of a secret counts as NAME of the same layer.
Result<std::optional<Found>> look_up(const Setting& setting, const std::vector<Layer>& layers) {
    for (const auto& layer : layers) {
        const std::string* value = find(layer.pairs, setting.name);
        const std::string file_name = file_name_of(setting);
        const std::string* file = setting.is_secret() ? find(layer.pairs, file_name) : nullptr;
        if (file && file->empty()) file = nullptr;
        if (value && value->empty()) value = nullptr;  // NAME= is the same as not set
        if (value && file)
            return refused(setting.name,
                           "and " + file_name + " are both set in " + layer.from + "; keep one");
        if (file) {
            auto text = read_file(*file);
            if (!text) return refused(file_name, "names a file that cannot be read: " + *file);
            while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
            return std::optional(Found{std::move(*text), *file});
        }
        if (value) return std::optional(Found{*value, layer.from});
    }
    return std::optional<Found>();
}

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> out;
    for (std::size_t start = 0; start <= text.size();) {
        const auto comma = std::min(text.find(',', start), text.size());
        if (const auto item = trim(std::string_view(text).substr(start, comma - start)); !item.empty())
            out.emplace_back(item);
        start = comma + 1;
    }
    return out;
}

// "(is 'abc', from .env)"; a secret shows nothing of itself.
std::string shown(const Setting& setting, const Found& found) {
    if (setting.is_secret()) return " (from " + found.from + ")";
    std::string text = found.value.substr(0, utf8_offset(found.value, 60));
    for (char& c : text)
        if (static_cast<unsigned char>(c) < ' ') c = ' ';
    return " (is '" + text + "', from " + found.from + ")";
}

std::string with_remedy(const Setting& setting, std::string rule) {
    if (!setting.remedy.empty())
        rule.append("; make one with: ")
            .append(setting.remedy)
            .append(", and set it in the environment or in .env");
    return rule;
}

std::string check_item(const Setting& setting, const std::string& item) {
    if (!setting.check) return {};
    return setting.check(item);
}

std::string check_choice(const Setting& setting, const std::string& value) {
    if (setting.choices.empty()) return {};
    std::string_view rest = setting.choices;
    while (!rest.empty()) {
        const auto space = std::min(rest.find(' '), rest.size());
        if (rest.substr(0, space) == value) return {};
        rest.remove_prefix(std::min(space + 1, rest.size()));
    }
    return "must be one of: " + std::string(setting.choices);
}

// Answers the broken rule, or stores the value.
std::string apply(const Setting& setting, const std::string& value, Settings& out) {
    if (value.size() > value_bytes_max) return "is longer than 64 KiB";
    if (const auto* integer = std::get_if<std::int64_t Settings::*>(&setting.member)) {
        std::int64_t number = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
        if (error != std::errc{} || end != value.data() + value.size() || number < setting.min ||
            number > setting.max)
            return "must be an integer from " + std::to_string(setting.min) + " to " +
                   std::to_string(setting.max);
        out.*(*integer) = number;
        return {};
    }
    if (const auto* list = std::get_if<std::vector<std::string> Settings::*>(&setting.member)) {
        auto items = split(value);
        for (const auto& item : items)
            if (std::string rule = check_item(setting, item); !rule.empty()) return rule;
        out.*(*list) = std::move(items);
        return {};
    }
    if (const auto* list = std::get_if<std::vector<SecretText> Settings::*>(&setting.member)) {
        std::vector<SecretText> secrets;
        for (auto& item : split(value)) {
            if (std::string rule = check_item(setting, item); !rule.empty()) return rule;
            secrets.emplace_back(std::move(item));
        }
        out.*(*list) = std::move(secrets);
        return {};
    }
    if (std::string rule = check_choice(setting, value); !rule.empty()) return rule;
    if (!value.empty())
        if (std::string rule = check_item(setting, value); !rule.empty()) return rule;
    if (const auto* text = std::get_if<std::string Settings::*>(&setting.member))
        out.*(*text) = value;
    else if (const auto* path = std::get_if<std::filesystem::path Settings::*>(&setting.member))
        out.*(*path) = value;
    else
        out.*std::get<SecretText Settings::*>(setting.member) = SecretText(value);
    return {};
}

// What a single setting cannot know.
Result<void> check_together(const Settings& settings) {
    if (settings.tls_cert_file.empty() != settings.tls_key_file.empty())
        return refused(settings.tls_cert_file.empty() ? "TLS_CERT_FILE" : "TLS_KEY_FILE",
                       "must be set too: TLS needs the certificate and its key");
    if (settings.app_host.empty()) return refused("APP_HOST", "must name at least one address");
    if (settings.data_dir.empty()) return refused("DATA_DIR", "must name a folder");
    return {};
}

Result<std::vector<Layer>> layers_of(const Sources& sources, std::vector<std::string>& warnings) {
    std::vector<Layer> layers{{sources.command_line, "the command line"},
                              {sources.environment, "the environment"}};
    for (const auto& [name, value] : sources.command_line)
        if (!is_known(name)) return refused(name, unknown_rule("the command line", name));
    for (const auto& [name, value] : sources.environment)
        if (name.starts_with("LARES_") && !is_reserved(name) && !is_known(name))
            return refused(name, unknown_rule("the environment", name));
    if (sources.dotenv) {
        LARES_TRY(auto pairs, parse_dotenv(*sources.dotenv, sources.dotenv_name));
        for (const auto& [name, value] : pairs) {
            if (is_known(name)) continue;
            if (is_reserved(name)) {
                warnings.push_back(ignored(sources.dotenv_name, name));
                continue;
            }
            if (has_our_prefix(name) || !suggestion(name).empty())
                return refused(name, unknown_rule(sources.dotenv_name, name));
            warnings.push_back(name + " " + unknown_rule(sources.dotenv_name, name));
        }
        layers.push_back({std::move(pairs), sources.dotenv_name});
    }
    if (sources.toml) {
        LARES_TRY(auto pairs, parse_toml(*sources.toml, sources.toml_name));
        for (const auto& [name, value] : pairs) {
            if (is_reserved(name))
                warnings.push_back(ignored(sources.toml_name, to_lower_ascii(name)));
            else if (!is_known(name))
                return refused(to_lower_ascii(name), unknown_rule(sources.toml_name, name));
        }
        layers.push_back({std::move(pairs), sources.toml_name});
    }
    return layers;
}

Result<std::optional<std::string>> read_if_there(const std::filesystem::path& path) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) return std::optional<std::string>();
    LARES_TRY(auto text, read_file(path));
    return std::optional(std::move(text));
}

}  // namespace

Result<Loaded> load(const Sources& sources, Purpose purpose) {
    Loaded out;
    LARES_TRY(const auto layers, layers_of(sources, out.warnings));
    for (const auto& setting : table()) {
        LARES_TRY(auto found, look_up(setting, layers));
        if (!found) {
            if (setting.required && purpose == Purpose::serve)
                return refused(setting.name, with_remedy(setting, "is not set"));
            found = Found{std::string(setting.standard), "its default"};
            if (setting.is_secret()) continue;
        }
        if (std::string rule = apply(setting, found->value, out.settings); !rule.empty())
            return refused(setting.name, with_remedy(setting, rule + shown(setting, *found)));
    }
    LARES_CHECK(check_together(out.settings));
    return out;
}

Result<Sources> process_sources(const std::filesystem::path& folder) {
    Sources out;
    for (char** entry = environ; entry && *entry; ++entry) {
        const std::string_view pair(*entry);
        const auto equals = pair.find('=');
        if (equals != pair.npos)
            out.environment.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
    }
    LARES_TRY(out.dotenv, read_if_there(folder / ".env"));
    if (const std::string* named = find(out.environment, "LARES_CONFIG"); named && !named->empty()) {
        out.toml_name = *named;
        auto text = read_file(*named);
        if (!text) return refused("LARES_CONFIG", "names a file that cannot be read: " + *named);
        out.toml = std::move(*text);
    } else {
        LARES_TRY(out.toml, read_if_there(folder / out.toml_name));
    }
    return out;
}

}  // namespace lares::config
