#include "engine/llm/model.h"

#include <algorithm>
#include <array>
#include <random>
#include <utility>

#include <llama-common/chat.h>
#include <llama-common/json-schema-to-grammar.h>
#include <llama.h>

#include "base/memory.h"
#include "base/text.h"
#include "engine/llm/backend.h"

namespace lares::engine::llm {
namespace {

struct Special {
    Token token;
    std::string text;
    bool strips_left, strips_right;
};

struct Trims {
    bool left = false, right = false;
};

const char* role_name(Role role) {
    switch (role) {
        case Role::system:
            return "system";
        case Role::assistant:
            return "assistant";
        case Role::user:
            break;
    }
    return "user";
}

std::string make_secret() {
    std::random_device random;
    std::string bytes;
    for (int i = 0; i < 12; ++i) bytes += static_cast<char>(random() & 0xFF);
    return to_hex(bytes);
}

std::uint64_t meta_number(const llama_model* model, const std::string& key, std::uint64_t otherwise) {
    std::array<char, 64> text{};
    if (llama_model_meta_val_str(model, key.c_str(), text.data(), text.size()) <= 0) return otherwise;
    const auto value = std::strtoull(text.data(), nullptr, 10);
    return value == 0 ? otherwise : value;
}

}  // namespace

struct Model::Parts {
    std::string file;
    ::llama_model* model = nullptr;
    const ::llama_vocab* vocab = nullptr;
    common_chat_templates_ptr templates;
    std::vector<Special> specials;  // those that the template writes, longest first
    Trims trims[3];                 // by role: does the template strip white space off the content?
    std::vector<Token> behind_an_answer;
    bool keeps_all = true;

    ~Parts() {
        templates.reset();
        if (model) llama_model_free(model);
    }

    std::string render(const std::vector<common_chat_msg>& messages) const {
        common_chat_templates_inputs inputs;
        inputs.messages = messages;
        inputs.force_pure_content = true;  // no tools: their analysis renders the template dozens of times
        return common_chat_templates_apply(templates.get(), inputs).prompt;
    }

    void find_specials() {
        const std::string source = common_chat_templates_source(templates.get());
        const auto count = llama_vocab_n_tokens(vocab);
        const std::array ends = {llama_vocab_bos(vocab), llama_vocab_eos(vocab), llama_vocab_eot(vocab)};
        for (Token token = 0; token < count; ++token) {
            const auto attributes = llama_vocab_get_attr(vocab, token);
            if (!(attributes & (LLAMA_TOKEN_ATTR_CONTROL | LLAMA_TOKEN_ATTR_UNKNOWN))) continue;
            const std::string text = llama_vocab_get_text(vocab, token);
            const bool written =
                source.find(text) != std::string::npos || std::ranges::count(ends, token) > 0;
            // Templates may build a token from pieces ('<|' + role + '|>'): the family is known by its
            // opening.
            const bool built =
                text.size() > 4 && text.starts_with("<|") && source.find("<|") != std::string::npos;
            if (!text.empty() && (written || built))
                specials.push_back({token, text, (attributes & LLAMA_TOKEN_ATTR_LSTRIP) != 0,
                                    (attributes & LLAMA_TOKEN_ATTR_RSTRIP) != 0});
        }
        std::sort(specials.begin(), specials.end(), [](const Special& a, const Special& b) {
            return a.text.size() != b.text.size() ? a.text.size() > b.text.size() : a.token < b.token;
        });
    }

    void find_trims() {
        const auto probe = [this](Role role, const std::vector<Role>& order) {
            std::vector<common_chat_msg> messages;
            for (const Role each : order) {
                common_chat_msg message;
                message.role = role_name(each);
                message.content = each == role ? "  mark7f3a  " : "word";
                messages.push_back(std::move(message));
            }
            try {
                const std::string text = render(messages);
                if (text.find("mark7f3a") == std::string::npos) return;
                trims[static_cast<int>(role)] = {text.find("  mark7f3a") == std::string::npos,
                                                 text.find("mark7f3a  ") == std::string::npos};
            } catch (const std::exception&) {
                return;  // the template does not take this role: prompt() will say so
            }
        };
        probe(Role::system, {Role::system, Role::user});
        probe(Role::user, {Role::user});
        probe(Role::assistant, {Role::user, Role::assistant, Role::user});
    }
};

Model::Model() : parts_(std::make_unique<Parts>()) {}
Model::~Model() = default;

Result<std::shared_ptr<const Model>> Model::load(const std::string& file,
                                                 const std::function<bool(float)>& progress) {
    backend::prepare();
    backend::take_complaints();
    const auto broken = [&file](std::string why) {
        auto error = fail(Code::unprocessable, "model-broken",
                          "The model file " + file + " cannot be used. Replace it by a whole GGUF file.");
        error.value().detail = std::move(why);
        return error;
    };
    try {
        std::shared_ptr<Model> model(new Model);
        auto& parts = *model->parts_;
        auto parameters = llama_model_default_params();
        parameters.progress_callback = [](float value, void* user) {
            return (*static_cast<const std::function<bool(float)>*>(user))(value);
        };
        parameters.progress_callback_user_data = const_cast<std::function<bool(float)>*>(&progress);
        parts.file = file;
        parts.model = llama_model_load_from_file(file.c_str(), parameters);
        if (!parts.model) return broken(backend::take_complaints());
        if (!llama_model_has_decoder(parts.model) || llama_model_has_encoder(parts.model))
            return broken("not a text generation model");
        parts.vocab = llama_model_get_vocab(parts.model);
        parts.keeps_all = llama_model_n_swa(parts.model) == 0 && !llama_model_is_recurrent(parts.model) &&
                          !llama_model_is_hybrid(parts.model);
        parts.templates = common_chat_templates_init(parts.model, "");
        parts.find_specials();
        parts.find_trims();
        parts.behind_an_answer = model->find_behind_an_answer();
        // The processor's library may have copied the weights into an order of its own: then the pages of the
        // file only fill memory beside them. What is used of it comes back with the first step.
        release_pages_of(file);
        return std::shared_ptr<const Model>(std::move(model));
    } catch (const std::exception& problem) {
        return broken(problem.what());
    }
}

void Runs::begin() {
    before_ = std::exchange(now_, {});
}

std::vector<Token> Model::tokenize(std::string_view text) const {
    std::vector<Token> tokens(text.size() + 8);
    const auto length = static_cast<std::int32_t>(text.size());
    const auto count = llama_tokenize(parts_->vocab, text.data(), length, tokens.data(),
                                      static_cast<std::int32_t>(tokens.size()), false, false);
    tokens.resize(static_cast<std::size_t>(std::max(count, 0)));
    return tokens;
}

namespace {

// Collects template text and contents into runs between special tokens; a run is tokenised as one, as the
// whole prompt would be, but never looked at for special tokens.
class Assembler {
public:
    Assembler(const Model& model, const std::vector<Special>& specials, Runs* known)
        : model_(model), specials_(specials), known_(known) {
        if (known_) known_->begin();
    }

    void literal(std::string_view text) {  // of the template
        while (!text.empty()) {
            std::size_t at = std::string_view::npos;
            const Special* found = nullptr;
            for (const auto& special : specials_) {
                const std::size_t place = text.find(special.text);
                if (place < at) at = place, found = &special;
            }
            if (!found) return content(text);
            content(text.substr(0, at));
            if (found->strips_left)
                while (!run_.empty() && is_space(run_.back())) run_.pop_back();
            flush();
            tokens.push_back(found->token);
            strip_ = found->strips_right;
            text.remove_prefix(at + found->text.size());
        }
    }

    void content(std::string_view text) {
        if (strip_ && run_.empty())
            while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
        run_.append(text);
    }

    void ids(const std::vector<Token>& known) {
        flush();
        tokens.insert(tokens.end(), known.begin(), known.end());
    }

    void flush() {
        if (run_.empty()) return;
        const auto more = known_ ? known_->of(run_, [this](const auto& run) { return model_.tokenize(run); })
                                 : model_.tokenize(run_);
        if (!opening_.empty()) {
            const auto opening = model_.tokenize(std::exchange(opening_, {}));
            shared += static_cast<std::size_t>(std::ranges::mismatch(opening, more).in1 - opening.begin());
        }
        tokens.insert(tokens.end(), more.begin(), more.end());
        run_.clear();
        strip_ = false;
    }

    // What stands here is shared, of the run that has begun as far as it is the same whatever follows.
    void share() {
        shared = tokens.size();
        opening_ = run_;
    }

    std::vector<Token> tokens;
    std::size_t shared = 0;  // leading tokens

private:
    static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
    const Model& model_;
    const std::vector<Special>& specials_;
    Runs* const known_;
    std::string run_, opening_;
    bool strip_ = false;
};

}  // namespace

// The next message opens with the same text whatever it says; its first words may only change the last of
// these tokens.
std::vector<Token> Model::find_behind_an_answer() const {
    const std::string answer = "mark7f3a", next = "mark9c2e";
    std::vector<common_chat_msg> messages;
    for (const auto& [role, content] :
         {std::pair(Role::user, std::string("word")), {Role::assistant, answer}, {Role::user, next}}) {
        common_chat_msg message;
        message.role = role_name(role);
        message.content = content;
        messages.push_back(std::move(message));
    }
    std::string text;
    try {
        text = parts_->render(messages);
    } catch (const std::exception&) {
        return {};  // the template does not take these roles: prompt() will say so
    }
    const auto said = text.find(answer), says = text.find(next);
    if (said == std::string::npos || says == std::string::npos || says < said) return {};
    const auto begin = said + answer.size();
    Assembler out(*this, parts_->specials, nullptr);
    out.literal(std::string_view(text).substr(begin, says - begin));
    out.share();
    out.content("Word");
    out.flush();
    out.tokens.resize(out.shared);
    return std::move(out.tokens);
}

const std::vector<Token>& Model::behind_an_answer() const {
    return parts_->behind_an_answer;
}

Result<Prompt> Model::prompt(const std::vector<Message>& messages, std::size_t shared_messages,
                             Runs* known) const {
    const std::string secret = "q" + make_secret();
    std::vector<common_chat_msg> marked;
    for (std::size_t i = 0; i < messages.size(); ++i) {
        common_chat_msg message;
        message.role = role_name(messages[i].role);
        message.content = secret + "n" + std::to_string(i) + "z";
        marked.push_back(std::move(message));
    }
    const auto refused = [](std::string why) {
        auto error = fail(Code::unprocessable, "template-refused",
                          "The model's chat template does not take these messages in this order.");
        error.value().detail = std::move(why);
        return error;
    };
    std::string text;
    try {
        text = parts_->render(marked);
    } catch (const std::exception& problem) {
        return refused(problem.what());
    }

    Assembler out(*this, parts_->specials, known);
    if (llama_vocab_get_add_bos(parts_->vocab)) out.tokens.push_back(llama_vocab_bos(parts_->vocab));
    Prompt prompt;
    bool shared_known = shared_messages == 0;
    std::vector<bool> seen(messages.size());
    std::string_view rest(text);
    for (;;) {
        const std::size_t mark = rest.find(secret);
        if (mark == std::string_view::npos) break;
        out.literal(rest.substr(0, mark));
        rest.remove_prefix(std::min(rest.size(), mark + secret.size() + 1));
        const std::size_t index = std::strtoull(std::string(rest.substr(0, 20)).c_str(), nullptr, 10);
        rest.remove_prefix(rest.find('z') + 1);
        if (index >= messages.size())
            return fail(Code::unprocessable, "template-refused",
                        "The model's chat template cuts messages into pieces.");
        const auto& message = messages[index];
        seen[index] = true;
        if (!shared_known && index >= shared_messages) out.share(), shared_known = true;
        const bool own_ids =
            message.role == Role::assistant && !message.tokens.empty() &&
            std::ranges::none_of(message.tokens, [this](Token token) {
                return token < 0 || token >= static_cast<Token>(vocabulary()) || is_special(token);
            });
        if (own_ids) {
            out.ids(message.tokens);
        } else {
            std::string_view content(message.content);
            const Trims trims = parts_->trims[static_cast<int>(message.role)];
            const auto space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
            while (trims.left && !content.empty() && space(content.front())) content.remove_prefix(1);
            while (trims.right && !content.empty() && space(content.back())) content.remove_suffix(1);
            out.content(content);
        }
    }
    // An answer that stands last is to go on: nothing closes it, and no other answer is opened.
    if (messages.empty() || messages.back().role != Role::assistant) out.literal(rest);
    out.flush();
    if (std::ranges::count(seen, false) > 0) return refused("the template left a message out");
    prompt.shared = shared_known ? out.shared : out.tokens.size();
    prompt.tokens = std::move(out.tokens);
    return prompt;
}

std::string Model::piece(Token token) const {
    std::string text(32, '\0');
    auto length = llama_token_to_piece(parts_->vocab, token, text.data(),
                                       static_cast<std::int32_t>(text.size()), 0, false);
    if (length < 0) {
        text.resize(static_cast<std::size_t>(-length));
        length = llama_token_to_piece(parts_->vocab, token, text.data(),
                                      static_cast<std::int32_t>(text.size()), 0, false);
    }
    text.resize(static_cast<std::size_t>(std::max(length, 0)));
    return text;
}

bool Model::ends_turn(Token token) const {
    return llama_vocab_is_eog(parts_->vocab, token);
}
bool Model::is_special(Token token) const {
    return (llama_vocab_get_attr(parts_->vocab, token) &
            (LLAMA_TOKEN_ATTR_CONTROL | LLAMA_TOKEN_ATTR_UNKNOWN)) != 0;
}

Result<std::string> Model::grammar(const std::string& json_schema) const {
    try {
        const std::string text = json_schema_to_grammar(common_json::parse(json_schema));
        llama_sampler* check = llama_sampler_init_grammar(parts_->vocab, text.c_str(), "root");
        if (check) {
            llama_sampler_free(check);
            return text;
        }
    } catch (const std::exception& problem) {
        auto error = fail(Code::bad_request, "invalid-schema",
                          "json_schema: cannot be followed: " + std::string(problem.what()), "json_schema");
        return error;
    }
    return fail(Code::bad_request, "invalid-schema", "json_schema: cannot be turned into a grammar.",
                "json_schema");
}

std::uint32_t Model::vocabulary() const {
    return static_cast<std::uint32_t>(llama_vocab_n_tokens(parts_->vocab));
}
std::uint32_t Model::trained_context() const {
    return static_cast<std::uint32_t>(std::max(llama_model_n_ctx_train(parts_->model), 1));
}

std::uint32_t Model::attention_heads() const {
    return static_cast<std::uint32_t>(std::max(llama_model_n_head(parts_->model), 1));
}

std::uint64_t Model::bytes_per_cell() const {
    const auto* model = parts_->model;
    std::array<char, 128> name{};
    llama_model_meta_val_str(model, "general.architecture", name.data(), name.size());
    const std::string arch(name.data());
    const auto heads = static_cast<std::uint64_t>(std::max(llama_model_n_head(model), 1));
    const auto width = static_cast<std::uint64_t>(llama_model_n_embd(model)) / heads;
    const auto key = meta_number(model, arch + ".attention.key_length", width);
    const auto value = meta_number(model, arch + ".attention.value_length", width);
    const auto layers = static_cast<std::uint64_t>(llama_model_n_layer(model));
    return layers * static_cast<std::uint64_t>(std::max(llama_model_n_head_kv(model), 1)) * (key + value) * 2;
}

bool Model::keeps_all_positions() const {
    return parts_->keeps_all;
}
const std::string& Model::file() const {
    return parts_->file;
}
::llama_model* Model::handle() const {
    return parts_->model;
}
const ::llama_vocab* Model::vocabulary_handle() const {
    return parts_->vocab;
}

}  // namespace lares::engine::llm
