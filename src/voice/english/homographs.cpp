// Two kinds of rule. Where the lexicon has a noun and a verb, the words around may show more surely than the
// tagger which it is: then the tag is set right. Where senses differ beyond that, each has words that speak
// for it.
#include "voice/english/homographs.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "voice/english/letters.h"

namespace lares::voice::english {
namespace {

using View = std::u32string_view;

constexpr int window = 8;  // tokens to either side that may speak for a sense

// A sense speaks when its words give two points or more, and more than any other sense.
struct Sense {
    View word;
    View sounds;           // empty: as the lexicon has it
    View before, after;    // right beside it, three points
    View near;             // within the window, two points each
    bool capital = false;  // only written with a capital, not at the start
    char use = 0;          // V or N: counts only where the words around show a verb or none
};

constexpr Sense senses[] = {
    {U"lead", U"lˈɛd", U"molten liquid cast",
     U"poisoning pipe pipes paint weight weights pencil bullet roof shot ore acid exposure contamination "
     U"glass sinker",
     U"pipe pipes poisoning bullet bullets tin zinc copper solder toxic metal metals mercury arsenic "
     U"gasoline plumbing plumber paint element ore smelting alloy"},
    {U"lead", U"lˈid",
     U"to will would can could might may must shall should 'll n't take took takes taking early comfortable",
     U"to us me him them you actor actress singer role guitar guitarist character the by a",
     U"role team march charge race points expedition dance singer way actor"},
    {U"tear", U"tˈɛɹ", U"to will would can could 'll n't you they we",
     U"it apart down up off out open the through into them your my his her our away",
     U"sleeve dress shirt pants fabric cloth paper jeans curtain tent sail muscle ligament cartilage jacket "
     U"coat stocking seam net canvas trousers skirt knee page wear"},
    {U"tear", U"tˈɪɹ", U"single happy sad salty lone",
     U"gas duct ducts rolled fell ran slid dropped trickled",
     U"eye eyes cheek cheeks cry cried crying wept weep wipe wiped shed sob sobbed face grief sorrow"},
    {U"bow", U"bˈW", U"to must will should 'll", U"before down out to",
     U"ship stern boat waves deck queen king audience actor actors curtain hull prow sailor sailors applause "
     U"ovation anchor boats head ships sailed yacht performers took take takes taking dancer singer pianist "
     U"conductor actress"},
    {U"bow", U"bˈO", U"red pink blue silk hair violin cello long", U"tie and legged",
     U"arrow arrows violin cello ribbon tied archer archers hunter rosin gift wrapped knot string strings "
     U"quiver hair viola fiddle"},
    {U"bows", U"bˈWz", U"he she takes", U"before to down",
     U"ship ships boats queen king audience applause head heads actors"},
    {U"bowed", U"bˈWd", U"", U"", U"head heads king queen audience deeply before politely"},
    {U"minute", U"mInˈut", U"so too very most more extremely incredibly almost",
     U"detail details amount amounts quantity quantities traces trace particle particles fraction fractions "
     U"differences difference crystals organisms creatures scale changes crack cracks adjustments hole holes "
     U"dose doses fragments droplets grains inspection examination insects specks variations movements",
     U"microscope microscopic lens crystals traces specks"},
    {U"minute", U"", U"a one per this any first next wait half",
     U"or later ago long please walk before after drive of by and", U"wait hour hours seconds clock"},
    {U"content", U"kəntˈɛnt",
     U"was is were are am 'm 're be been felt feel feels seem seemed seems look looked looks perfectly quite "
     U"not n't very so remained more grew stay",
     U"with to just", U"happy satisfied smile smiled purred peaceful sigh"},
    {U"content", U"kˈɑntɛnt",
     U"the its of fat alcohol web sugar video online original new water protein their this digital some more "
     U"create salt your our my",
     U"of creator creators is management on marketing",
     U"website page video videos book letter fat alcohol sugar online creators"},
    {U"invalid", U"ˈɪnvəlɪd", U"",
     U"mother father husband wife brother sister aunt uncle child daughter son who lay chair",
     U"wheelchair nurse bed bedridden cared nursing sick mother father aunt crippled"},
    {U"invalid", U"ɪnvˈælɪd", U"", U"argument password input code",
     U"ticket password argument code input card contract vote email claim license passport address number"},
    {U"dove", U"dˈOv", U"he she it they we i who submarine whale swimmer plane boy girl diver then and",
     U"into off under beneath headfirst for down deep through straight overboard below in right",
     U"pool submarine swimmer diver cliff whale water lake"},
    {U"dove", U"dˈʌv", U"a the white turtle mourning peace gray grey one", U"of is cooed sat flew",
     U"peace white olive wings nest cooed birds pigeon"},
    {U"bass", U"bˈAs", U"double electric upright acoustic deep",
     U"guitar guitarist drum drums line lines player clef note notes solo boost voice singer part",
     U"guitar guitarist play plays played playing player sing sang sings singing singer soprano tenor alto "
     U"baritone band jazz drums clef voice speaker speakers music song orchestra choir amp treble sound "
     U"sounds hear loud louder"},
    {U"bass", U"bˈæs", U"sea striped largemouth smallmouth caught", U"fishing boat lake",
     U"fish fishing caught catch lake river grilled fillet hook pond trout angler menu salmon fried "
     U"fisherman"},
    {U"moped", U"mˈOpˌɛd", U"a the his her my your electric red old new rented this our their blue little",
     U"to and was is", U"ride rides rode riding parked scooter helmet street drove"},
    {U"moped", U"mˈOpt", U"he she they i we and just", U"around about for all in", U"sad sadly gloomily"},
    {U"does", U"dˈOz", U"two three four five several female", U"grazed graze grazing ran",
     U"buck bucks fawn fawns deer stag stags grazed hunters herd meadow"},
    {U"resume", U"ɹˈɛzəmˌA", U"your my his her their a the our updated impressive strong good own this",
     U"and lists shows builder was is says looks for",
     U"job cover employer hire hiring skills experience interview application career degree"},
    {U"resume", U"ɹəzˈum", U"to will would can could may might must should 'll n't we they",
     U"the our his their at after shortly soon on", U""},
    {U"resumes", U"ɹˈɛzəmˌAz", U"the of our many their your two hundred hundreds these", U"and from were",
     U"job hiring applicants candidates employer interview"},
    {U"learned", U"lˈɜɹnɪd", U"",
     U"friend friends professor man men scholar scholars judge doctor gentleman colleague colleagues society "
     U"counsel monk monks woman people person journal discourse treatise",
     U""},
    {U"blessed", U"blˈɛsɪd", U"every this whole",
     U"virgin mother sacrament are is be saint trinity lord day thing event relief silence peace mary soul",
     U""},
    {U"aged", U"ˈAʤɪd", U"",
     U"parents parent mother father man woman men women people couple grandmother grandfather aunt uncle "
     U"king monk priest relative relatives servant face poet",
     U""},
    {U"aged", U"", U"", U"between", U""},
    {U"protest", U"pɹətˈɛst", U"", U"", U"", false, 'V'},
    {U"frequent", U"fɹikwˈɛnt", U"", U"", U"", false, 'V'},
    {U"nice", U"nˈis", U"to in from near of at visit visited via through and", U"", U"france riviera", true},
    {U"reading", U"ɹˈɛdɪŋ", U"to in from near at via", U"", U"", true},
    {U"job", U"ʤˈOb", U"of", U"", U"book bible patience suffering god satan scripture", true},
    {U"slough", U"slˈʌf", U"", U"off", U"skin snake snakes cells"},
    {U"live", U"lˈIv",
     U"broadcast going goes went streamed streaming aired performed recorded perform sing play appear "
     U"reporting",
     U"music wire wires performance performances show shows audience concert concerts stream streams "
     U"broadcast recording album band ammunition animals bait coverage television tv chat update updates "
     U"game entertainment from theater",
     U"air tv television radio"},
    {U"live", U"lˈɪv", U"to will would can could 'll n't we they you i who people must should",
     U"in with near here there alone together by without for happily on forever", U""},
    {U"wind", U"wˈInd", U"to will would must can could you n't 'll and",
     U"the up through around your it along between down",
     U"clock watch yarn wool spool path road river trail thread bobbin key"},
    {U"wind", U"wˈɪnd", U"the a cold strong north south east west icy warm howling gentle bitter no this",
     U"blew blows blowing howled is was turbine turbines power speed chime chimes instrument instruments "
     U"farm rattled whistled and",
     U"storm blew rain trees sail sails snow breeze"},
    {U"wound", U"wˈWnd", U"he she it they we i road path river trail and had",
     U"up the around through down its along it his her", U"clock scarf yarn string bandage path road river"},
    {U"wound", U"wˈund", U"a the deep open bullet gunshot stab head flesh this old fresh his gaping",
     U"was is took healed bled had would",
     U"bullet heal healed blood bleeding bandage doctor nurse knife infection surgeon"},
    {U"sow", U"sˈW", U"old huge fat pregnant", U"and had",
     U"pig pigs piglet piglets boar mud sty pigsty trough litter"},
    {U"sow", U"sˈO", U"to they we you farmers will", U"the seeds seed discord doubt their",
     U"seed seeds wheat reap crop grain field spring oats"},
    {U"row", U"ɹˈW", U"blazing furious heated bitter terrible flaming", U"", U"quarrel argument shouting"},
    {U"putting", U"pˈʌTɪŋ", U"", U"green greens", U"golf golfer golfers"},
    {U"primer", U"pɹˈɪməɹ", U"", U"on", U"grammar textbook latin schoolbook reader alphabet lessons"},
    {U"sewer", U"sˈOəɹ", U"", U"", U"needle needles thread sewing seamstress stitches fabric"},
};

// Written alike as noun (or adjective) and verb.
constexpr View nouns_and_verbs =
    U" abuse abstract accent addict affix alloy ally annex attribute augment combat combine compact compound "
    U"compress concert conduct confine conflict "
    U"conscript consort console construct contest contract contrast converse convert convict decrease defect "
    U"desert dictate digest discard discharge discount document "
    U"entrance escort estimate excuse exploit export extract ferment graduate house implant import impress "
    U"imprint incense incline increase insert insult intern "
    U"invite mouth object offset overlap permit pervert produce progress project prospect protest rebel "
    U"recall record recount refund refuse reject relapse "
    U"remake segment subject suspect survey torment transfer transplant transport upset use advocate "
    U"articulate associate coordinate delegate degenerate duplicate "
    U"predicate subordinate syndicate initiate designate aggregate certificate implement supplement "
    U"compliment experiment frequent ";
constexpr View adjectives_and_verbs =
    U" close perfect present separate moderate alternate deliberate appropriate elaborate animate "
    U"approximate intimate frequent live diffuse incarnate ";

constexpr View modals =
    U" will would can could may might must shall should 'll 'd do does did cannot let let's please n't "
    U"help helped ";
constexpr View subjects = U" i we they ";
constexpr View small_adverbs =
    U" never always often also really just only then still even usually sometimes not n't simply actually "
    U"rarely seldom ever both all gladly "
    U"probably certainly definitely soon regularly strongly ";
constexpr View nobodies = U" anyone anybody everyone everybody someone somebody nobody ";

bool in_list(View list, View word) {
    for (std::size_t at = list.find(word); at != View::npos && !word.empty(); at = list.find(word, at + 1)) {
        const bool starts = at == 0 || list[at - 1] == ' ';
        const bool ends = at + word.size() == list.size() || list[at + word.size()] == ' ';
        if (starts && ends) return true;
    }
    return false;
}

class Sentence {
public:
    explicit Sentence(std::vector<Token>& tokens) : tokens_(tokens) {
        for (const Token& token : tokens) lower_.push_back(to_lower(token.text));
    }

    View word(std::ptrdiff_t i) const {
        return i >= 0 && i < size() ? View(lower_[static_cast<std::size_t>(i)]) : View();
    }
    std::string_view tag(std::ptrdiff_t i) const {
        return i >= 0 && i < size() ? tokens_[static_cast<std::size_t>(i)].tag : std::string_view();
    }
    std::ptrdiff_t size() const { return static_cast<std::ptrdiff_t>(tokens_.size()); }
    bool is_word(std::ptrdiff_t i) const {
        return !word(i).empty() && is_letter(word(i)[word(i).size() - 1]);
    }
    // The first token of a sentence: nothing but an opening quote between it and the end of the one before.
    bool starts(std::ptrdiff_t i) const {
        while (--i >= 0) {
            if (is_word(i) || word(i) == U",") return false;
            if (in_list(U". ! ? … : ; -", word(i))) return true;
        }
        return true;
    }
    // What stands before i, small adverbs skipped; -1 at the start of a clause.
    std::ptrdiff_t before(std::ptrdiff_t i) const {
        while (--i >= 0 && (in_list(small_adverbs, word(i)) || tag(i) == "RB") && !in_list(modals, word(i))) {
        }
        return i >= 0 && is_word(i) ? i : -1;
    }

    bool reads_as_verb(std::ptrdiff_t i) const;
    bool reads_as_noun(std::ptrdiff_t i) const;
    View read(std::ptrdiff_t i) const;
    View used(std::ptrdiff_t i) const;
    int points(std::ptrdiff_t i, const Sense& sense) const;
    View sense(std::ptrdiff_t i) const;

private:
    bool opens_an_object(std::ptrdiff_t i) const {
        const auto t = tag(i);
        return t == "DT" || t == "PRP" || t == "PRP$" || t == "NNP";
    }

    std::vector<Token>& tokens_;
    std::vector<std::u32string> lower_;
};

bool Sentence::reads_as_verb(std::ptrdiff_t i) const {
    const auto at = before(i);
    const View next = word(i + 1);
    if (at < 0) return opens_an_object(i + 1) && (starts(i) || i > 0);
    const View previous = word(at);
    if (in_list(modals, previous)) return true;
    const bool last = !is_word(i + 1);
    if (previous == U"to") {
        if (opens_an_object(i + 1)) return true;
        // "learn to project.", but "due to conflict."
        return last && !in_list(
                           U"due according contrary respect regard response addition relation subject access "
                           U"close next",
                           word(at - 1));
    }
    if (in_list(subjects, previous)) return true;
    if ((previous == U"you" || previous == U"who") && opens_an_object(i + 1)) return true;
    if (in_list(nobodies, previous)) return in_list(modals, word(at - 1));
    // "When do the banks close?": a modal before the subject, and no other verb between.
    if (tag(at).starts_with("NN") || tag(at).starts_with("PRP")) {
        for (auto back = at; back >= 0 && at - back < 5; --back) {
            if (in_list(U"do does did will would can could should might must", word(back)))
                return word(i) != U"use" || !last;
            const auto t = tag(back);
            if (!t.starts_with("NN") && !t.starts_with("PRP") && t != "DT" && !t.starts_with("JJ")) break;
        }
    }
    const bool pair = tag(at).starts_with("NN") && tag(at - 1) == "CC" && tag(at - 2).starts_with("NN");
    const bool many = tag(at).starts_with("NN") &&
                      (tag(at).ends_with("S") || (previous.ends_with(U"s") && !previous.ends_with(U"ss")));
    if (!many && !pair) return false;
    if (next == U"to") return word(i) != U"subject";
    if (opens_an_object(i + 1) || in_list(U"when while against between because if that with", next))
        return true;
    if (last) return in_list(U"conflict rebel object protest increase decrease progress converse", word(i));
    if (next == U"as") return in_list(U"contract increase decrease progress", word(i));
    return (next == U"on" && tag(i) != "NN") || (tag(i + 1).starts_with("NN") && starts(pair ? at - 2 : at));
}

bool Sentence::reads_as_noun(std::ptrdiff_t i) const {
    const auto at = i - 1;
    const auto t = tag(at);
    if (t == "DT" && word(at) != U"that" && word(at) != U"this" && word(at) != U"these" &&
        word(at) != U"those")
        return true;
    if (t == "PRP$" && word(at) != U"her") return true;
    if (in_list(U"of no every each", word(at))) return true;
    return t.starts_with("JJ") && (tag(at - 1) == "DT" || tag(at - 1) == "PRP$");
}

// Present and past of "read" are written alike.
View Sentence::read(std::ptrdiff_t i) const {
    constexpr View now = U"ɹˈid", then = U"ɹˈɛd";
    if (word(i - 1) == U"-" || word(i - 1) == U"well") return then;
    bool third = false, first = false;
    for (auto at = i - 1; at >= 0 && i - at <= 6; --at) {
        const View w = word(at);
        if (!is_word(at)) break;
        if (in_list(U"have has had having 've was were is are am be been being 's 're 'm ain", w)) {
            // "what is there to read" was decided at "to".
            if (w == U"'s" && tag(at) == "POS") {
                third = true;
                continue;
            }
            return then;
        }
        if (in_list(modals, w) || w == U"to") {
            // "I'd read it before": had.
            if (w == U"'d" || w == U"n't") {
                if (w == U"n't") continue;
                return in_list(U"already never just", word(i - 1)) ? then : now;
            }
            return now;
        }
        if (in_list(U"hear heard watch watched make made see saw", w) && at < i - 1) return now;
        if (at == i - 1 || in_list(small_adverbs, word(i - 1))) {
            if (in_list(U"a an the this that good quick long great", w) && at == i - 1) return now;
            third = third || in_list(U"he she it", w) || tag(at) == "NN" || tag(at) == "NNP" ||
                    in_list(nobodies, w);
            first = first || in_list(U"i you we they who", w) || tag(at) == "NNS";
        }
        if (w == U"and" || w == U"or" || w == U"but") break;
    }
    if (third && !first) return then;
    if (starts(i)) return word(i + 1) == U"by" ? then : now;
    int past = 0;
    for (std::ptrdiff_t at = 0; at < size(); ++at) {
        if (at == i) continue;
        if (in_list(U"yesterday ago last once earlier already previously when finished then was were had",
                    word(at)))
            past += 2;
        if (word(at) == U"before" && !is_word(at + 1)) past += 2;
        if (tag(at) == "VBD") ++past;
        if (in_list(U"every always usually often sometimes never tomorrow daily whenever each now today "
                    U"please tonight next",
                    word(at)))
            past -= 2;
        if (tag(at) == "VBP" || tag(at) == "VBZ" || tag(at) == "MD") --past;
    }
    if (past > 0) return then;
    return past < 0 ? now : View();
}

// "used to it" and "used to live", but "used to make things".
View Sentence::used(std::ptrdiff_t i) const {
    if (word(i + 1) != U"to") return U"jˈuzd";
    const auto at = before(i);
    const bool be = in_list(U"am is are was were be been being 'm 're 's", word(at));
    const bool get = in_list(U"get gets got getting become becoming became grow grew grown", word(at));
    // "a tool used to cut": a participle; "Used to mark …": one too.
    if (!be && !get) return at < 0 || tag(i) == "VBN" ? U"jˈuzd" : U"jˈust";
    if (get) return U"jˈust";
    return tag(i + 2) == "VB" ? U"jˈuzd" : U"jˈust";
}

int Sentence::points(std::ptrdiff_t i, const Sense& sense) const {
    if (sense.use == 'V') return reads_as_verb(i) || tag(i).starts_with("VB") ? 2 : 0;
    int sum = 0;
    if (in_list(sense.before, word(before(i)))) sum += 3;
    if (in_list(sense.after, word(i + 1))) sum += 3;
    for (auto at = std::max<std::ptrdiff_t>(0, i - window); at < std::min(size(), i + window + 1); ++at) {
        if (at != i && in_list(sense.near, word(at))) sum += 2;
    }
    return sum;
}

View Sentence::sense(std::ptrdiff_t i) const {
    const View own = word(i);
    if (own == U"read") return read(i);
    if (own == U"used") return used(i);
    const bool alone = !is_word(i + 1) || word(i + 1) == U"and" || word(i + 1) == U"or";
    const View previous = word(i - 1);
    if (own == U"live" && in_list(U"is are was were be 's 're 'm", word(before(i)))) return U"lˈIv";
    if (own == U"lead" && alone &&
        in_list(U"of from with contain contains contained containing into like", previous))
        return U"lˈɛd";
    if (own == U"minute" && !is_word(i + 1) &&
        in_list(U"is are was were be been seem seemed looked", word(before(i))))
        return U"mInˈut";
    if (own == U"invalid" && tag(i - 1) == "DT" && !tag(i + 1).starts_with("NN") &&
        !tag(i + 1).starts_with("JJ"))
        return U"ˈɪnvəlɪd";
    const Sense* best = nullptr;
    int most = 1;
    bool tie = false;
    for (const Sense& sense : senses) {
        if (sense.word != own) continue;
        if (sense.capital && (!is_upper(tokens_[static_cast<std::size_t>(i)].text[0]) || starts(i))) continue;
        const int sum = points(i, sense);
        if (sum > most) {
            best = &sense;
            most = sum;
            tie = false;
        } else if (sum == most && best != nullptr) {
            tie = true;
        }
    }
    return best == nullptr || tie ? View() : best->sounds;
}

}  // namespace

void decide_homographs(std::vector<Token>& tokens) {
    Sentence sentence(tokens);
    for (std::ptrdiff_t i = 0; i < sentence.size(); ++i) {
        Token& token = tokens[static_cast<std::size_t>(i)];
        const View word = sentence.word(i);
        if (token.sounds || word.size() < 3) continue;
        if (const View sounds = sentence.sense(i); !sounds.empty()) {
            token.meant = Sounds(sounds);
            continue;
        }
        // "Polish the table" is no people.
        if (word == U"polish" && sentence.starts(i) &&
            (sentence.tag(i + 1) == "DT" || sentence.tag(i + 1) == "PRP$"))
            token.meant = U"pˈɑlɪʃ";
        const bool adjective = in_list(adjectives_and_verbs, word);
        if (!adjective && !in_list(nouns_and_verbs, word)) continue;
        const bool verb = token.tag.starts_with("VB");
        if (!verb && sentence.reads_as_verb(i)) {
            token.tag = "VB";
        } else if (verb && sentence.reads_as_noun(i)) {
            token.tag = adjective ? "JJ" : "NN";
        }
    }
}

}  // namespace lares::voice::english
