// One expansion: walks the tree, pairs scopes, calls macros. The macros themselves are a table in calls.cpp.
#include "prompt/macros/engine.h"

#include <algorithm>
#include <unordered_map>

#include "base/text.h"
#include "prompt/macros/calls.h"
#include "prompt/macros/parse.h"

namespace lares::prompt::macros {

namespace {

constexpr std::string_view trim_mark = "{{trim}}";

// The head of a macro: its flags and its name, as far as the first plain piece shows them.
struct Head {
    bool closing = false, keep_space = false;
    std::string name;            // lower case
    std::size_t rest = 0;        // where in the first piece its arguments begin
    bool has_arguments = false;  // a separator follows
};

bool is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_name(char c) {
    return is_name_start(c) || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

std::size_t skip_space(std::string_view text, std::size_t at) {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r'))
        ++at;
    return at;
}

std::optional<Head> read_head(const Node& macro) {
    if (macro.pieces.empty() || macro.pieces[0].is_macro) return std::nullopt;
    const std::string_view text = macro.pieces[0].text;
    const bool alone = macro.pieces.size() == 1;
    Head head;
    std::size_t at = skip_space(text, 0);
    for (; at < text.size() && std::string_view("!?~>/#").find(text[at]) != std::string_view::npos;
         at = skip_space(text, at)) {
        if (text.substr(at).starts_with("//")) {  // a comment; "///" is the end of one
            head.name = "//";
            head.rest = at + 2;
            head.has_arguments = true;
            head.closing = alone && trim(text.substr(at)) == "///";
            return head;
        }
        head.closing = head.closing || text[at] == '/';
        head.keep_space = head.keep_space || text[at] == '#';
        ++at;
    }
    if (at >= text.size() || !is_name_start(text[at])) return std::nullopt;
    std::size_t end = at;
    while (end < text.size() && is_name(text[end])) ++end;
    if (equal_ignoring_case(text.substr(at, end - at), "time_utc")) {  // {{time_UTC+2}}
        while (end < text.size() && (text[end] == '+' || text[end] == ':' || is_name(text[end]))) ++end;
    }
    head.name = to_lower_ascii(text.substr(at, end - at));
    if (end == text.size()) {
        if (!alone) return std::nullopt;  // {{get{{x}}}}
        head.rest = end;
        return head;
    }
    const std::size_t next = skip_space(text, end);
    if (text.substr(next).starts_with("::"))
        head.rest = next + 2;
    else if (next < text.size() && text[next] == ':')
        head.rest = next + 1;
    else if (next > end)
        head.rest = next;
    else
        return std::nullopt;
    head.has_arguments = head.rest < text.size() || !alone || text[head.rest - 1] == ':';
    return head;
}

class Expansion {
public:
    Expansion(Engine& engine, const Engine::Options& options, std::string_view whole, std::uint64_t& draws)
        : in_{engine.world(), options, engine.budget(), draws, whole} {}

    std::string run() {
        const auto tree = parse(in_.whole);
        return finish(nodes(tree));
    }

private:
    // A macro whose closing tag follows takes what is between as its last argument.
    std::string nodes(const std::vector<Node>& list) { return range(list, 0, list.size()); }

    std::string range(const std::vector<Node>& list, std::size_t begin, std::size_t end) {
        std::string out;
        const Siblings& here = siblings(list);
        for (std::size_t i = begin; i < end; ++i) {
            const Node& node = list[i];
            if (!node.is_macro) {
                plain(node.text, out);
            } else if (in_.budget.spent()) {
                out += node.text;
            } else if (in_.budget.take(limits::step_bytes); const auto& head = here.heads[i]) {
                const std::size_t close = scopes_ < limits::depth ? here.closed_at[i] : std::string::npos;
                out += close < end ? scoped(list, i, close, *head) : single(node, *head);
                if (close < end) i = close;
            } else {
                out += unnamed(node);
            }
        }
        return out;
    }

    // The heads of siblings, and where the tag that closes each stands (npos: none does). Tags of one name
    // pair up as parentheses do.
    struct Siblings {
        std::vector<std::optional<Head>> heads;
        std::vector<std::size_t> closed_at;
    };
    const Siblings& siblings(const std::vector<Node>& list) {
        const auto [found, is_new] = siblings_.try_emplace(&list);
        Siblings& made = found->second;
        if (!is_new) return made;
        made.heads.resize(list.size());
        made.closed_at.assign(list.size(), std::string::npos);
        std::map<std::string, std::vector<std::size_t>> open;
        for (std::size_t i = 0; i < list.size(); ++i) {
            if (list[i].is_macro) made.heads[i] = read_head(list[i]);
            if (!made.heads[i]) continue;
            const Head& head = *made.heads[i];
            auto& stack = open[head.name];
            if (!head.closing) {
                stack.push_back(i);
            } else if (!stack.empty()) {
                made.closed_at[stack.back()] = i;
                stack.pop_back();
            }
        }
        return made;
    }

    void plain(std::string_view text, std::string& out) {
        static constexpr std::pair<std::string_view, bool> tags[] = {{"<user>", true},
                                                                     {"<bot>", false},
                                                                     {"<char>", false},
                                                                     {"<charifnotgroup>", false},
                                                                     {"<group>", false}};
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t open = std::min(text.find('<', at), text.size());
            out += text.substr(at, open - at);
            at = open;
            if (open == text.size()) break;
            std::string_view tag = text.substr(open, 1);
            std::string_view value = tag;
            for (const auto& [name, is_user] : tags) {
                if (!equal_ignoring_case(text.substr(open, name.size()), name)) continue;
                tag = name;
                value = is_user ? in_.world.user : in_.world.character;
            }
            if (tag.size() > 1) in_.budget.take(value.size());
            out += in_.budget.spent() ? tag : value;
            at = open + tag.size();
        }
    }

    // The plain text of a piece, what stands before the arguments left out.
    static std::string_view text_of(const Node& macro, std::size_t piece, const Head& head) {
        return macro.pieces[piece].text.substr(piece == 0 ? head.rest : 0);
    }

    // The arguments after the head, cut at "::" between what is nested.
    std::vector<std::string> arguments(const Node& macro, const Head& head) {
        if (!head.has_arguments) return {};
        std::vector<std::string> list(1);
        for (std::size_t i = 0; i < macro.pieces.size(); ++i) {
            if (macro.pieces[i].is_macro) {
                list.back() += range(macro.pieces, i, i + 1);
                continue;
            }
            std::string_view text = text_of(macro, i, head);
            for (std::size_t cut = text.find("::"); cut != text.npos; cut = text.find("::")) {
                plain(text.substr(0, cut), list.back());
                list.emplace_back();
                text.remove_prefix(cut + 2);
            }
            plain(text, list.back());
        }
        for (auto& argument : list) argument = std::string(trim(argument));
        return list;
    }
    // How many those will be: known before anything nested is expanded, so that it is expanded once.
    static std::size_t count_arguments(const Node& macro, const Head& head) {
        if (!head.has_arguments) return 0;
        std::size_t count = 1;
        for (std::size_t i = 0; i < macro.pieces.size(); ++i) {
            if (macro.pieces[i].is_macro) continue;
            const std::string_view text = text_of(macro, i, head);
            for (std::size_t cut = text.find("::"); cut != text.npos; cut = text.find("::", cut + 2)) ++count;
        }
        return count;
    }

    std::string value_of(Call& call) {
        std::string value = evaluate(call);
        in_.budget.take(value.size());
        return value;
    }

    std::string single(const Node& node, const Head& head) {
        if (head.name == "//") return {};
        if (head.closing) return unknown(node);
        if (head.name == "trim" && !head.has_arguments) return std::string(trim_mark);
        if (head.name == "if") return single_if(node, head);
        Call made{in_, head.name, node.at};
        if (!takes(made, count_arguments(node, head))) return unknown(node);
        made.arguments = arguments(node, head);
        return value_of(made);
    }

    // {{if::condition::text}}
    std::string single_if(const Node& node, const Head& head) {
        if (count_arguments(node, head) < 2) return unknown(node);
        auto list = arguments(node, head);
        return truth(list[0]) ? std::move(list[1]) : std::string();
    }

    std::string scoped(const std::vector<Node>& list, std::size_t open, std::size_t close, const Head& head) {
        if (head.name == "//") return {};
        ++scopes_;
        std::string text = in_scope(list, open, close, head);
        --scopes_;
        return text;
    }

    std::string in_scope(const std::vector<Node>& list, std::size_t open, std::size_t close,
                         const Head& head) {
        const Node& node = list[open];
        const auto inner = [&](std::size_t begin, std::size_t end) {
            std::string text = range(list, begin, end);
            return head.keep_space ? text : tidy(text);
        };
        if (head.name == "if") {
            const auto given = arguments(node, head);
            const std::size_t other = else_of(list, open, close);
            if (truth(given.empty() ? "" : given[0])) return inner(open + 1, std::min(other, close));
            return other < close ? inner(other + 1, close) : std::string();
        }
        if (head.name == "trim") return std::string(trim(range(list, open + 1, close)));
        Call made{in_, head.name, node.at};
        if (!takes(made, count_arguments(node, head) + 1))
            return unknown(node) + range(list, open + 1, close) + unknown(list[close]);
        made.arguments = arguments(node, head);
        made.arguments.push_back(inner(open + 1, close));
        return value_of(made);
    }

    // The {{else}} of this {{if}}, not that of one within.
    std::size_t else_of(const std::vector<Node>& list, std::size_t open, std::size_t close) {
        const Siblings& here = siblings(list);
        for (std::size_t i = open + 1; i < close; ++i) {
            if (here.closed_at[i] < close) {
                i = here.closed_at[i];
            } else if (here.heads[i] && here.heads[i]->name == "else") {
                return i;
            }
        }
        return close;
    }

    bool truth(std::string_view condition) {
        condition = trim(condition);
        const bool inverted = condition.starts_with('!');
        if (inverted) condition = trim(condition.substr(1));
        std::string value(condition);
        if (condition.starts_with('.') || condition.starts_with('$')) {
            if (auto found = variable_shorthand(condition, in_.world, in_.changes)) value = std::move(*found);
        } else if (!condition.empty() && is_name_start(condition[0]) &&
                   std::ranges::all_of(condition, is_name)) {
            Call made{in_, to_lower_ascii(condition)};
            if (takes(made, 0)) value = value_of(made);
        }
        value = to_lower_ascii(trim(value));
        const bool is_false =
            value.empty() || value == "false" || value == "0" || value == "off" || value == "no";
        return is_false == inverted;
    }

    // {{.name}}, {{$name += 1}}; anything else stays.
    std::string unnamed(const Node& macro) {
        const std::string inner = nodes(macro.pieces);
        const auto first = macro.pieces.empty() || macro.pieces[0].is_macro ? std::string_view()
                                                                            : trim(macro.pieces[0].text);
        if (first.size() > 1 && (first[0] == '.' || first[0] == '$') && is_name_start(first[1])) {
            if (auto value = variable_shorthand(trim(inner), in_.world, in_.changes)) {
                in_.budget.take(value->size());
                return std::move(*value);
            }
        }
        return "{{" + inner + "}}";
    }

    std::string unknown(const Node& macro) { return "{{" + nodes(macro.pieces) + "}}"; }

    // Leading and trailing white space goes, and the indentation that the first line has.
    static std::string tidy(std::string_view text) {
        std::size_t first = 0;
        while (first < text.size() && (text[first] == '\n' || text[first] == '\r')) ++first;
        std::size_t indent = 0;
        while (first + indent < text.size() && (text[first + indent] == ' ' || text[first + indent] == '\t'))
            ++indent;
        std::string out;
        const std::string_view body = trim(text);
        for (std::size_t at = 0; at < body.size();) {
            const std::size_t end = std::min(body.find('\n', at), body.size() - 1);
            out += body.substr(at, end + 1 - at);
            at = end + 1;
            for (std::size_t i = 0;
                 i < indent && first > 0 && at < body.size() && (body[at] == ' ' || body[at] == '\t'); ++i)
                ++at;
        }
        return out;
    }

    // {{trim}} takes the line breaks around it; \{ and \} are braces.
    static std::string finish(std::string text) {
        if (text.find(trim_mark) != text.npos) text = trimmed(text);
        return unescaped(std::move(text));
    }

    static std::string trimmed(std::string_view text) {
        std::string out;
        for (std::size_t mark = text.find(trim_mark); mark != text.npos; mark = text.find(trim_mark)) {
            out += text.substr(0, mark);
            for (bool feed = false; out.ends_with('\n') || (feed && out.ends_with('\r')); out.pop_back())
                feed = out.back() == '\n';
            text.remove_prefix(mark + trim_mark.size());
            while (text.starts_with('\n') || text.starts_with("\r\n")) text.remove_prefix(1);
        }
        return out.append(text);
    }

    static std::string unescaped(std::string text) {
        if (text.find('\\') == text.npos) return text;
        std::string out;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '{' || text[i + 1] == '}'))
                continue;
            out += text[i];
        }
        return out;
    }

    Expanding in_;
    std::size_t scopes_ = 0;  // that are open
    std::unordered_map<const std::vector<Node>*, Siblings> siblings_;
};

}  // namespace

bool Engine::is_plain(std::string_view text) {
    return text.find("{{") == text.npos && text.find_first_of("<\\") == text.npos;
}

std::string Engine::expand(std::string_view text, const Options& options) {
    if (is_plain(text)) return std::string(text);
    return Expansion(*this, options, text, draws_).run();
}

}  // namespace lares::prompt::macros
