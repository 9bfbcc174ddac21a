// The assembly of one prompt in SillyTavern's order. Over 500 lines: every section spends the same room and
// writes into the same list of parts, and the order in which they do is the subject.
#include "prompt/render.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/text.h"
#include "prompt/dialogue.h"
#include "prompt/lore/text.h"
#include "prompt/overflow.h"
#include "prompt/render_texts.h"

namespace lares::prompt {

namespace {

using character::LorePosition;
using gateway::Role;

constexpr std::size_t reply_primer = 3;  // tokens that open the answer
constexpr std::string_view kinds[] = {"normal", "continue", "impersonate", "swipe", "regenerate", "quiet"};

Role role_of(std::uint8_t number) {
    return number == 1 ? Role::user : number == 2 ? Role::assistant : Role::system;
}

std::string joined(const std::vector<std::string>& texts, std::string_view separator) {
    std::string out;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        if (i > 0) out += separator;
        out += texts[i];
    }
    return out;
}

std::string without_returns(std::string text) {
    std::erase(text, '\r');
    return text;
}

// Letters, digits and _, at most 64: what providers take as a name.
std::string field_name(std::string_view name) {
    std::string out;
    bool inside = false;  // of a character of several bytes: one _ for it
    for (const char c : name) {
        const bool continues = (static_cast<unsigned char>(c) & 0xc0) == 0x80;
        if (continues && inside) continue;
        inside = static_cast<unsigned char>(c) >= 0x80;
        out += lore::is_word(c) ? c : '_';
        if (out.size() == 64) break;
    }
    return out;
}

// A message on its way into the prompt, with the parts that it is made of.
struct Piece {
    RenderedMessage message;
    std::vector<std::size_t> parts;
    std::size_t tokens = 0;
    bool separator = false;  // is never squashed
    bool injected = false;
    bool in = true;
};

struct LoreTexts {
    struct Entry {
        std::string text;
        std::size_t part = 0;
    };
    std::vector<Entry> before, after, note_top, note_bottom, examples_top, examples_bottom;
    std::map<std::pair<std::int64_t, std::uint8_t>, std::vector<Entry>> at_depth;
};

class Renderer {
public:
    explicit Renderer(const RenderInput& input) : input_(input), settings_(input.settings), texts_(input) {}

    Result<Rendered> run() {
        if (const auto part = texts_.overflowing(); !part.empty())
            return macros_overflow(part, field_of(part));
        limit_ = settings_.context_size - settings_.max_tokens;
        if (limit_ <= static_cast<std::int64_t>(reply_primer))
            return overflow("answer", "settings.max_tokens", "the answer",
                            static_cast<std::size_t>(-limit_ + 4));
        for (const auto& line : texts_.chat()) {
            if (!line.hidden) visible_.push_back(&line);
        }
        read_note();
        LARES_CHECK(scan_books());
        LARES_CHECK(lay_out());
        finish();
        return std::move(out_);
    }

private:
    // --- author's note -------------------------------------------------------------------------------------

    // Due every so many messages of the person. The persona may lean on it.
    void read_note() {
        const auto& note = settings_.note;
        const auto said = std::ranges::count(texts_.chat(), Role::user, &ChatLine::role);
        note_due_ = said > 0 && note.interval > 0 && said % note.interval == 0;
        if (!note_due_) return;
        note_ = note.text;
        const auto& persona = input_.persona;
        if (persona.description.empty()) return;
        if (persona.position == PersonaPosition::note_top) note_ = persona.description + "\n" + note_;
        if (persona.position == PersonaPosition::note_bottom) note_ += "\n" + persona.description;
    }

    // Entries above and below the note stand there even when it is empty.
    void add_lore_to_note() {
        if (!note_due_) return;
        const auto text = [](const std::vector<LoreTexts::Entry>& entries) {
            std::string all;
            for (std::size_t i = 0; i < entries.size(); ++i) all += (i > 0 ? "\n" : "") + entries[i].text;
            return all;
        };
        std::string note =
            text(lore_.note_top) + "\n" + texts_.expand(note_) + "\n" + text(lore_.note_bottom);
        if (note.starts_with('\n')) note.erase(0, 1);
        if (note.ends_with('\n')) note.pop_back();
        note_ = std::move(note);
    }

    // --- lorebooks -----------------------------------------------------------------------------------------

    lore::ScanText scan_text() {
        lore::ScanText text;
        for (auto line = visible_.rbegin(); line != visible_.rend(); ++line) {
            const bool named = settings_.lore.include_names;
            text.messages.push_back(named ? texts_.name_of(**line) + ": " + (*line)->text : (*line)->text);
        }
        if (settings_.note.allow_scan) {
            if (!note_.empty()) text.injected.push_back(texts_.expand(note_));
            if (!texts_.card().depth_prompt.empty()) text.injected.push_back(texts_.card().depth_prompt);
        }
        if (input_.persona.position == PersonaPosition::at_depth && !input_.persona.description.empty())
            text.injected.push_back(texts_.expand(input_.persona.description));
        const auto& card = texts_.card();
        text.fields = {card.persona,      card.description, card.personality,
                       card.depth_prompt, card.scenario,    card.creator_notes};
        return text;
    }

    std::size_t lore_budget() const {
        const auto& lore = settings_.lore;
        auto budget =
            static_cast<std::int64_t>(std::llround(lore.budget_percent * static_cast<double>(limit_) / 100));
        budget = std::max<std::int64_t>(budget, 1);
        if (lore.budget_cap > 0) budget = std::min(budget, lore.budget_cap);
        return static_cast<std::size_t>(budget);
    }

    Result<void> scan_books() {
        out_.state = input_.state;
        ++out_.state.turn;
        if (!input_.books) return {};
        const lore::ScanText text = scan_text();
        lore::ScanInput scan;
        scan.books = input_.books;
        const auto& settings = settings_.lore;
        scan.settings = {settings.scan_depth,       lore_budget(),
                         settings.recursive,        settings.max_recursion_steps,
                         settings.min_activations,  settings.min_activations_depth_max,
                         settings.use_group_scoring};
        scan.text = &text;
        scan.trigger = to_text(input_.kind);
        scan.also_trigger = input_.also_kind;
        scan.character = input_.card->name;
        scan.tags = input_.card->tags;
        scan.seed = input_.state.seed;
        scan.timed = input_.state.timed;
        scan.expand = [this](std::string_view one) { return texts_.expand(one); };
        scan.count = [this](const std::string& one) -> Result<std::size_t> {
            LARES_CHECK(check_macros("lore"));
            return input_.count({Role::system, one, {}});
        };
        LARES_TRY(auto found, lore::scan(scan));
        LARES_CHECK(check_macros("lore"));
        out_.state.timed = std::move(found.timed);
        if (found.regex_exhausted)
            out_.warnings.emplace_back("Regex keys took more work than one scan may; some were not tried.");
        sort_lore(std::move(found.activated));
        for (const auto& refused : found.refused) {
            add_lore_part(*refused.item, {}, refused.reason, 0).in = false;
        }
        return {};
    }

    RenderPart& add_lore_part(const lore::Item& item, const std::string& text, const Reason& reason,
                              std::size_t tokens) {
        const auto& entry = *item.entry;
        RenderPart part;
        part.source = "lore";
        part.title = !entry.comment.empty() ? entry.comment
                     : entry.keys.empty()   ? std::string()
                                            : entry.keys.front();
        part.id = item.id;
        if (entry.position) part.position = lore::position_name(*entry.position);
        part.reason = reason;
        part.tokens = tokens;
        part.text = text;
        out_.parts.push_back(std::move(part));
        return out_.parts.back();
    }

    // Ascending order; of equal ones the later goes first. Outlets are joined the other way round.
    void sort_lore(std::vector<lore::Activated> activated) {
        std::vector<std::size_t> places(activated.size());
        for (std::size_t i = 0; i < places.size(); ++i) places[i] = i;
        std::ranges::sort(places, [&](std::size_t a, std::size_t b) {
            const double first = activated[a].item->entry->order, second = activated[b].item->entry->order;
            return first != second ? first < second : a > b;
        });
        for (const auto place : places) {
            const auto& one = activated[place];
            auto& part = add_lore_part(*one.item, one.content, one.reason, one.tokens);
            const auto& entry = *one.item->entry;
            if (one.content.empty() || !entry.position) {
                part.in = false;
                part.reason = one.content.empty() ? Why::empty : Why::unknown_position;
                continue;
            }
            place_lore(entry, {one.content, out_.parts.size() - 1});
        }
        for (const auto& [name, entries] : outlets_) {
            std::string text;
            for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry)
                text += (text.empty() ? "" : "\n") + *entry;
            outlet_texts_[name] = std::move(text);
        }
        texts_.engine().world().outlets = &outlet_texts_;
    }

    void place_lore(const character::LoreEntry& entry, LoreTexts::Entry text) {
        switch (*entry.position) {
            case LorePosition::before:
                return lore_.before.push_back(std::move(text));
            case LorePosition::after:
                return lore_.after.push_back(std::move(text));
            case LorePosition::note_top:
                return place_at_note(lore_.note_top, std::move(text));
            case LorePosition::note_bottom:
                return place_at_note(lore_.note_bottom, std::move(text));
            case LorePosition::at_depth:
                return lore_.at_depth[{entry.depth, entry.role}].push_back(std::move(text));
            case LorePosition::examples_top:
                return lore_.examples_top.push_back(std::move(text));
            case LorePosition::examples_bottom:
                return lore_.examples_bottom.push_back(std::move(text));
            case LorePosition::outlet:
                if (entry.outlet.empty()) {
                    out_.parts[text.part].in = false;
                    out_.parts[text.part].reason = Why::no_outlet;
                    return;
                }
                outlets_[entry.outlet].push_back(std::move(text.text));
        }
    }

    void place_at_note(std::vector<LoreTexts::Entry>& entries, LoreTexts::Entry text) {
        if (!note_due_) {
            out_.parts[text.part].in = false;
            out_.parts[text.part].reason = Why::note_not_due;
            return;
        }
        entries.push_back(std::move(text));
    }

    // --- pieces --------------------------------------------------------------------------------------------

    std::size_t add_part(std::string source, Trust trust, Reason reason, std::string text) {
        RenderPart part;
        part.source = std::move(source);
        part.trust = trust;
        part.reason = std::move(reason);
        part.text = std::move(text);
        out_.parts.push_back(std::move(part));
        return out_.parts.size() - 1;
    }

    Result<Piece> make_piece(Role role, std::string name, std::string content,
                             std::vector<std::size_t> parts) {
        LARES_CHECK(check_macros(parts.empty() ? "main" : out_.parts[parts.front()].source));
        Piece piece;
        piece.message = {role, std::move(name), std::move(content)};
        piece.parts = std::move(parts);
        LARES_TRY(piece.tokens, input_.count({role, piece.message.content, {}}));
        if (piece.message.content.empty()) piece.tokens = 0;
        return piece;
    }

    // A fixed system message; an empty one is none.
    Result<void> add_fixed(std::vector<Piece>& list, const std::string& source, Trust trust,
                           const Reason& reason, std::string text, Role role = Role::system) {
        text = without_returns(std::move(text));
        if (text.empty()) return {};
        const std::size_t part = add_part(source, trust, reason, text);
        LARES_TRY(auto piece, make_piece(role, {}, std::move(text), {part}));
        out_.parts[part].tokens = piece.tokens;
        spend(piece, source);
        list.push_back(std::move(piece));
        return {};
    }

    Result<void> add_lore(std::vector<Piece>& list, const std::vector<LoreTexts::Entry>& entries) {
        if (entries.empty()) return {};
        std::string all;
        std::vector<std::size_t> parts;
        for (const auto& entry : entries) {
            all += (parts.empty() ? "" : "\n") + entry.text;
            parts.push_back(entry.part);
        }
        std::string format = trim(settings_.world_info_format).empty()
                                 ? std::string("{0}")
                                 : texts_.expand(settings_.world_info_format);
        for (std::size_t at = format.find("{0}"); at != format.npos; at = format.find("{0}", at + all.size()))
            format.replace(at, 3, all);
        LARES_TRY(auto piece,
                  make_piece(Role::system, {}, without_returns(std::move(format)), std::move(parts)));
        spend(piece, "lore");
        list.push_back(std::move(piece));
        return {};
    }

    void spend(const Piece& piece, const std::string& source) {
        spent_ += static_cast<std::int64_t>(piece.tokens);
        if (piece.tokens >= largest_) {
            largest_ = piece.tokens;
            largest_source_ = source;
        }
    }

    static std::string field_of(std::string_view source) {
        if (source == "message") return "message";
        const bool of_card = remedy_of(source) == "shorten-character" || source == "creator_notes";
        return (of_card ? "card." : "settings.") + std::string(source);
    }

    Result<void> check_fixed() const {
        if (spent_ <= limit_) return {};
        return overflow(largest_source_, field_of(largest_source_), "the part \"" + largest_source_ + "\"",
                        static_cast<std::size_t>(spent_ - limit_));
    }

    // What macros of this part made is more than the prompt may have.
    Result<void> check_macros(std::string_view source) {
        if (!texts_.engine().budget().spent()) return {};
        return macros_overflow(source, field_of(source));
    }

    // --- layout --------------------------------------------------------------------------------------------

    // Card's system prompt or post-history instructions in the place of ours.
    std::string replaced(const std::string& ours, const std::string& of_card, bool prefer, bool& is_card) {
        std::string expanded = texts_.expand(ours);
        is_card = prefer && !of_card.empty();
        if (!is_card) return expanded;
        macros::Engine::Options options;
        options.card_field = true;
        options.original = expanded;
        return texts_.engine().expand(of_card, options);
    }

    Result<void> lay_out() {
        add_lore_to_note();
        std::vector<Piece> opening, closing, control;
        LARES_CHECK(add_main(opening));
        LARES_CHECK(add_lore(opening, lore_.before));
        if (input_.persona.position == PersonaPosition::in_prompt) {
            LARES_CHECK(add_fixed(opening, "persona", Trust::person, Why::persona,
                                  texts_.expand(input_.persona.description)));
        }
        const auto& card = texts_.card();
        LARES_CHECK(add_fixed(opening, "description", Trust::card, Why::card, card.description));
        LARES_CHECK(add_fixed(opening, "personality", Trust::card, Why::card,
                              formatted(card.personality, settings_.personality_format)));
        LARES_CHECK(add_fixed(opening, "scenario", Trust::card, Why::card,
                              formatted(card.scenario, settings_.scenario_format)));
        LARES_CHECK(add_fixed(opening, "auxiliary", Trust::owner, Why::auxiliary,
                              texts_.expand(settings_.auxiliary_prompt)));
        LARES_CHECK(add_lore(opening, lore_.after));
        bool of_card = false;
        std::string post = replaced(settings_.post_history_prompt, card.post_history,
                                    settings_.prefer_card_post_history, of_card);
        LARES_CHECK(add_fixed(closing, "post_history", of_card ? Trust::card : Trust::owner,
                              of_card ? Why::card_post_history : Why::post_history, std::move(post)));
        if (input_.kind == TurnKind::impersonate) {
            LARES_CHECK(add_fixed(control, "impersonate", Trust::owner, Why::for_person,
                                  texts_.expand(settings_.impersonation_prompt)));
        }
        spent_ += static_cast<std::int64_t>(reply_primer);
        LARES_CHECK(check_fixed());
        std::vector<Piece> examples, history, continued;
        if (settings_.pin_examples) LARES_CHECK(add_examples(examples));
        LARES_CHECK(add_history(history, continued));
        if (!settings_.pin_examples) LARES_CHECK(add_examples(examples));
        for (auto* list : {&opening, &examples, &history, &closing, &continued, &control}) {
            for (auto& piece : *list) pieces_.push_back(std::move(piece));
        }
        return {};
    }

    std::string formatted(const std::string& text, const std::string& format) {
        if (text.empty() || format.empty()) return text;
        return texts_.expand(format);
    }

    Result<void> add_main(std::vector<Piece>& list) {
        const auto& note = settings_.note;
        const auto add_note = [&](NotePosition position) -> Result<void> {
            if (!note_due_ || note.position != position) return {};
            return add_fixed(list, "note", Trust::owner, Why::note, note_, role_of(note.role));
        };
        LARES_CHECK(add_note(NotePosition::before_main));
        bool of_card = false;
        std::string main = replaced(settings_.main_prompt, texts_.card().system,
                                    settings_.prefer_card_system_prompt, of_card);
        LARES_CHECK(add_fixed(list, "main", of_card ? Trust::card : Trust::owner,
                              of_card ? Why::card_main : Why::main, std::move(main)));
        return add_note(NotePosition::after_main);
    }

    // --- examples ------------------------------------------------------------------------------------------

    Result<void> add_examples(std::vector<Piece>& list) {
        struct Block {
            std::string text;
            std::size_t lore_part = no_message;
        };
        std::vector<Block> blocks;
        for (auto& text : dialogue_blocks(texts_.card().examples))
            blocks.push_back({std::move(text), no_message});
        for (const auto& entry : lore_.examples_top) {
            std::vector<Block> above;
            for (auto& text : dialogue_blocks(without_returns(entry.text)))
                above.push_back({std::move(text), entry.part});
            blocks.insert(blocks.begin(), above.begin(), above.end());
        }
        for (const auto& entry : lore_.examples_bottom) {
            for (auto& text : dialogue_blocks(without_returns(entry.text)))
                blocks.push_back({std::move(text), entry.part});
        }
        bool full = false;
        for (const auto& block : blocks) LARES_CHECK(add_block(list, block.text, block.lore_part, full));
        return {};
    }

    // Whole blocks; the first that does not fit is the last that is tried.
    Result<void> add_block(std::vector<Piece>& list, const std::string& block, std::size_t lore_part,
                           bool& full) {
        std::vector<Piece> made;
        std::string marker = texts_.expand(settings_.new_example_marker);
        const std::size_t marker_part = add_part("separator", Trust::owner, Why::parts_examples, marker);
        LARES_TRY(auto separator, make_piece(Role::system, {}, std::move(marker), {marker_part}));
        separator.separator = true;
        made.push_back(std::move(separator));
        for (auto& line : read_dialogue(block, input_.persona.name, input_.card->name)) {
            const std::size_t part =
                lore_part != no_message ? lore_part : add_part("example", Trust::card, Why::card, line.text);
            LARES_TRY(auto piece,
                      make_piece(Role::system, line.of_user ? "example_user" : "example_assistant",
                                 std::move(line.text), {part}));
            made.push_back(std::move(piece));
        }
        std::int64_t tokens = 0;
        for (const auto& piece : made) tokens += static_cast<std::int64_t>(piece.tokens);
        full = full || spent_ + tokens > limit_;
        if (!full) spent_ += tokens;
        for (auto& piece : made) {
            piece.in = !full;
            for (const auto part : piece.parts) {
                if (part != lore_part) out_.parts[part].tokens = piece.tokens;
                out_.parts[part].in = !full;
                if (full) out_.parts[part].reason = Why::no_room_example;
            }
            if (!full) list.push_back(std::move(piece));
        }
        return {};
    }

    // --- history -------------------------------------------------------------------------------------------

    Result<Piece> line_piece(const ChatLine& line, std::size_t place) {
        std::string text = line.text;
        const bool narrator = line.role == Role::system;
        const std::string name = texts_.name_of(line);
        if (settings_.names == Names::content && !narrator) text = name + ": " + text;
        text = without_returns(texts_.expand(text));
        const Trust trust = line.role == Role::assistant ? Trust::model : Trust::person;
        const std::size_t part = add_part("history", trust, Why::said, {});
        out_.parts[part].id = std::to_string(place);
        LARES_TRY(auto piece,
                  make_piece(line.role, settings_.names == Names::field && !narrator ? field_name(name) : "",
                             std::move(text), {part}));
        out_.parts[part].tokens = piece.tokens;
        return piece;
    }

    // What stands in the chat without having been said, by depth from its end.
    using Injections =
        std::map<std::int64_t, std::array<std::vector<std::pair<std::string, std::vector<std::size_t>>>, 3>>;
    Injections injections() {
        Injections at;
        const auto add = [&](std::int64_t depth, std::uint8_t role, const std::string& text,
                             std::vector<std::size_t> parts) {
            const std::string trimmed(trim(text));
            if (!trimmed.empty())
                at[std::max<std::int64_t>(depth, 0)][role].emplace_back(trimmed, std::move(parts));
        };
        const auto& note = settings_.note;
        if (note_due_ && note.position == NotePosition::in_chat && !note_.empty()) {
            std::vector<std::size_t> parts{add_part("note", Trust::owner, Why::note, note_)};
            for (const auto* list : {&lore_.note_top, &lore_.note_bottom}) {
                for (const auto& entry : *list) parts.push_back(entry.part);
            }
            add(note.depth, note.role, note_, std::move(parts));
        }
        const auto& card = texts_.card();
        if (!card.depth_prompt.empty()) {
            add(card.depth, card.role, card.depth_prompt,
                {add_part("depth_prompt", Trust::card, Why::depth_prompt, card.depth_prompt)});
        }
        if (input_.persona.position == PersonaPosition::at_depth && !input_.persona.description.empty()) {
            const std::string text = texts_.expand(input_.persona.description);
            add(input_.persona.depth, input_.persona.role, text,
                {add_part("persona", Trust::person, Why::persona, text)});
        }
        for (const auto& [place, entries] : lore_.at_depth) {
            std::string all;
            std::vector<std::size_t> parts;
            for (const auto& entry : entries) {
                all += (parts.empty() ? "" : "\n") + entry.text;
                parts.push_back(entry.part);
            }
            add(place.first, place.second, all, std::move(parts));
        }
        return at;
    }

    // Newest first: lines of the chat and what is injected between them.
    struct Slot {
        const ChatLine* line = nullptr;
        std::size_t place = 0;
        Role role = Role::system;
        std::string text;
        std::vector<std::size_t> parts;
    };
    std::vector<Slot> slots() {
        const Injections at = injections();
        auto next = at.begin();
        std::vector<Slot> list;
        for (std::size_t depth = 0; depth <= visible_.size(); ++depth) {
            const bool last = depth == visible_.size();
            for (; next != at.end() && (last || next->first <= static_cast<std::int64_t>(depth)); ++next) {
                for (std::uint8_t role = 0; role < 3; ++role) {
                    if (next->second[role].empty()) continue;
                    Slot slot;
                    slot.role = role_of(role);
                    std::vector<std::string> texts;
                    for (const auto& [text, parts] : next->second[role]) {
                        texts.push_back(text);
                        slot.parts.insert(slot.parts.end(), parts.begin(), parts.end());
                    }
                    slot.text = joined(texts, "\n");
                    list.push_back(std::move(slot));
                }
            }
            if (last) break;
            const ChatLine* line = visible_[visible_.size() - 1 - depth];
            list.push_back({line, static_cast<std::size_t>(line - texts_.chat().data()), line->role, {}, {}});
        }
        return list;
    }

    Result<void> add_history(std::vector<Piece>& list, std::vector<Piece>& continued) {
        std::vector<Slot> newest_first = slots();
        std::string marker = texts_.expand(settings_.new_chat_marker);
        const std::size_t marker_part = add_part("separator", Trust::owner, Why::begins, marker);
        LARES_TRY(auto separator, make_piece(Role::system, {}, std::move(marker), {marker_part}));
        separator.separator = true;
        out_.parts[marker_part].tokens = separator.tokens;
        spend(separator, "new_chat_marker");
        if (input_.kind == TurnKind::continue_ && !settings_.continue_nudge.empty())
            LARES_CHECK(add_continued(newest_first, continued));
        LARES_CHECK(check_fixed());
        LARES_CHECK(add_stand_in(newest_first, list));
        LARES_CHECK(walk(newest_first, list, continued.empty()));
        list.push_back(std::move(separator));
        std::ranges::reverse(list);
        return {};
    }

    // The message that goes on stands last, with the nudge after it.
    Result<void> add_continued(std::vector<Slot>& newest_first, std::vector<Piece>& continued) {
        const auto found =
            std::ranges::find_if(newest_first, [](const Slot& slot) { return slot.line != nullptr; });
        macros::Engine::Options options;
        macros::Texts extra;
        if (found != newest_first.end()) {
            LARES_TRY(auto piece, line_piece(*found->line, found->place));
            extra["lastchatmessage"] = std::string(trim(found->line->text));
            spend(piece, "message");
            continued.push_back(std::move(piece));
            newest_first.erase(found);
        }
        options.extra = &extra;
        return add_fixed(continued, "continue", Trust::owner, Why::goes_on,
                         texts_.engine().expand(settings_.continue_nudge, options));
    }

    // For models that will not answer twice in a row. `list` is newest first here.
    Result<void> add_stand_in(const std::vector<Slot>& newest_first, std::vector<Piece>& list) {
        if (settings_.send_if_empty.empty() || newest_first.empty() ||
            newest_first.front().role != Role::assistant)
            return {};
        const std::size_t part =
            add_part("send_if_empty", Trust::owner, Why::character_last, settings_.send_if_empty);
        LARES_TRY(auto piece, make_piece(Role::user, {}, settings_.send_if_empty, {part}));
        out_.parts[part].in = spent_ + static_cast<std::int64_t>(piece.tokens) <= limit_;
        out_.parts[part].tokens = piece.tokens;
        if (!out_.parts[part].in) return {};
        spent_ += static_cast<std::int64_t>(piece.tokens);
        list.push_back(std::move(piece));
        return {};
    }

    // Newest first, until the first that does not fit. The newest message is not left out: it is what is
    // answered.
    Result<void> walk(const std::vector<Slot>& newest_first, std::vector<Piece>& list, bool newest_needed) {
        bool full = false;
        for (const auto& slot : newest_first) {
            if (full) {
                drop(slot);
                continue;
            }
            auto made = slot.line ? line_piece(*slot.line, slot.place)
                                  : make_piece(slot.role, {}, without_returns(slot.text), slot.parts);
            LARES_TRY(auto piece, std::move(made));
            piece.injected = !slot.line;
            const auto tokens = static_cast<std::int64_t>(piece.tokens);
            if (spent_ + tokens > limit_) {
                const auto over = static_cast<std::size_t>(spent_ + tokens - limit_);
                if (newest_needed)
                    return overflow(slot.line ? "message" : "beside", slot.line ? "message" : "settings",
                                    slot.line ? "the message" : "what stands by it", over);
                full = true;
                if (slot.line)
                    leave_out(piece.parts);
                else
                    drop(slot);
                continue;
            }
            if (slot.line) newest_needed = false;
            if (!slot.line && slot.parts.size() == 1) out_.parts[slot.parts[0]].tokens = piece.tokens;
            spent_ += tokens;
            list.push_back(std::move(piece));
        }
        return {};
    }

    void leave_out(const std::vector<std::size_t>& parts) {
        for (const auto part : parts) {
            out_.parts[part].in = false;
            out_.parts[part].reason = Why::older;
        }
    }
    void drop(const Slot& slot) {
        if (!slot.line) return leave_out(slot.parts);
        const std::size_t part =
            add_part("history", slot.role == Role::assistant ? Trust::model : Trust::person, {}, {});
        out_.parts[part].id = std::to_string(slot.place);
        leave_out({part});
    }

    // --- the end -------------------------------------------------------------------------------------------

    void finish() {
        for (const auto& line : texts_.chat()) {
            if (!line.hidden) continue;
            const std::size_t part = add_part("history", Trust::person, Why::hidden, {});
            out_.parts[part].in = false;
            out_.parts[part].id = std::to_string(static_cast<std::size_t>(&line - texts_.chat().data()));
        }
        const Piece* last = nullptr;
        for (const auto& piece : pieces_) {
            if (piece.message.content.empty()) continue;
            const auto plain = [](const Piece& one) {
                return one.message.role == Role::system && one.message.name.empty() && !one.separator;
            };
            if (settings_.squash_system_messages && last && plain(*last) && plain(piece))
                out_.messages.back().content += "\n" + piece.message.content;
            else
                out_.messages.push_back(piece.message);
            last = &piece;
            for (const auto part : piece.parts) out_.parts[part].message = out_.messages.size() - 1;
        }
        out_.tokens = static_cast<std::size_t>(spent_);
        out_.message = texts_.message();
        out_.greeting = texts_.card().greeting;
        out_.state.variables = texts_.engine().world().variables;
        out_.state.global_variables = texts_.engine().world().global_variables;
    }

    const RenderInput& input_;
    const RenderSettings& settings_;
    RenderTexts texts_;
    std::vector<const ChatLine*> visible_;
    bool note_due_ = false;
    std::string note_;
    LoreTexts lore_;
    std::map<std::string, std::vector<std::string>> outlets_;
    macros::Texts outlet_texts_;
    std::int64_t limit_ = 0;
    std::int64_t spent_ = 0;
    std::size_t largest_ = 0;
    std::string largest_source_ = "main";
    std::vector<Piece> pieces_;
    Rendered out_;
};

}  // namespace

std::string_view to_text(TurnKind kind) {
    return kinds[static_cast<std::size_t>(kind)];
}

Result<Rendered> render(const RenderInput& input) {
    return Renderer(input).run();
}

}  // namespace lares::prompt
