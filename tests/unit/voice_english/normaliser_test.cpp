// One case or two for each domain; the many lie in tests/conformance/src/g2p.
#include "voice/english/normaliser.h"

#include <gtest/gtest.h>

#include "unit/voice_english/english.h"
#include "voice/english/letters.h"

namespace lares::voice::english {
namespace {

struct Reading {
    const char* text;
    const char* words;
};

class Normaliser : public testing::TestWithParam<Reading> {};

TEST_P(Normaliser, Reads) {
    EXPECT_EQ(words_of(GetParam().text), GetParam().words);
}

INSTANTIATE_TEST_SUITE_P(
    Domains, Normaliser,
    testing::Values(
        Reading{"1,250 cats", "one thousand two hundred fifty cats"}, Reading{"the 21st", "the twenty first"},
        Reading{"in 1987", "in nineteen eighty seven"}, Reading{"the 1990s", "the nineteen nineties"},
        Reading{"on 2024-03-15", "on march fifteenth twenty twenty four"},
        Reading{"5 May 2019", "the fifth of may twenty nineteen"},
        Reading{"at 6:05 am", "at six oh five a m"}, Reading{"odds of 3:1", "odds of three to one"},
        Reading{"$3.50 each", "three dollars and fifty cents each"},
        Reading{"$1.5 million", "one point five million dollars"}, Reading{"£0.50", "fifty pence"},
        Reading{"a $20 bill", "a twenty dollar bill"}, Reading{"15%", "fifteen percent"},
        Reading{"10 km/h", "ten kilometers per hour"}, Reading{"72°F", "seventy two degrees fahrenheit"},
        Reading{"20 m²", "twenty square meters"}, Reading{"6'2\"", "six foot two"},
        Reading{"2 1/2 cups", "two and a half cups"}, Reading{"½ of it", "one half of it"},
        Reading{"555-0123", "five five five zero one two three"},
        Reading{"pages 10–15", "pages ten to fifteen"}, Reading{"v2.0.1", "version two point zero point one"},
        Reading{"2 + 2 = 4", "two plus two equals four"}, Reading{"x ≤ 5", "x less than or equal to five"},
        Reading{"Henry VIII", "henry the eighth"}, Reading{"Chapter IV", "chapter four"},
        Reading{"Dr. Lee", "doctor lee"}, Reading{"Elm St. burned", "elm street burned"},
        Reading{"St. Peter", "saint peter"}, Reading{"cats, e.g. mine", "cats for example mine"},
        Reading{"www.example.com", "w w w dot example dot com"}, Reading{"jo@city.gov", "jo at city dot gov"},
        Reading{"#MondayMood", "hashtag monday mood"}, Reading{"report.pdf", "report dot p d f"},
        Reading{"H2O", "h two o"}, Reading{"nice 👍", "nice"}, Reading{"I ❤️ tea", "i love tea"},
        Reading{"done :)", "done"}, Reading{"salt & pepper", "salt and pepper"},
        Reading{"**bold** and `code`", "bold and code"}, Reading{"ｆｕｌｌ １２", "full twelve"},
        Reading{"- one\n- two", "one two"}, Reading{"the answer is no.", "the answer is no"},
        Reading{"2h15m", "two hours fifteen minutes"},
        Reading{"9:00-17:00", "nine o'clock to seventeen hundred"},
        Reading{"10%-20%", "ten percent to twenty percent"}, Reading{"Psalm 23:1", "psalm twenty three one"},
        Reading{"10 000 people", "ten thousand people"}, Reading{"the .com bubble", "the dot com bubble"},
        Reading{"B\u266d minor", "b flat minor"}, Reading{"Mon-Fri", "monday to friday"},
        Reading{"221B Baker St.", "two twenty one b baker street"},
        Reading{"100s of people", "hundreds of people"},
        Reading{"9.8 m/s^2", "nine point eight meters per second squared"}));

// Written without a space before or behind it, as people do in chats.
INSTANTIATE_TEST_SUITE_P(
    BesideAnEmoji, Normaliser,
    testing::Values(Reading{"I ran 5 km🚀 today", "i ran five kilometers today"},
                    Reading{"the 90s🎶", "the nineties"}, Reading{"Henry VIII👑", "henry the eighth"},
                    Reading{"May 5😀", "may fifth"}, Reading{"🎉Dr. Smith won", "doctor smith won"},
                    Reading{"👉https://example.com is it", "example dot com is it"},
                    Reading{"at 7:30pm😊 or 5kg💪", "at seven thirty p m or five kilograms"}));

INSTANTIATE_TEST_SUITE_P(
    Chat, Normaliser,
    testing::Values(
        Reading{"wait 30s please", "wait thirty seconds please"},
        Reading{"it takes 10s to load", "it takes ten seconds to load"},
        Reading{"for 30 s", "for thirty seconds"}, Reading{"a man in his 30s", "a man in his thirties"},
        Reading{"80s music of the 90s", "eighties music of the nineties"},
        Reading{"Henry VIII's wives", "henry the eighth's wives"},
        Reading{"World War II's end", "world war two's end"},
        Reading{"lines 100-1250", "lines one hundred to twelve fifty"},
        Reading{"10-3=7", "ten minus three equals seven"}, Reading{"1e6", "one times ten to the sixth"},
        Reading{"5e-3", "five times ten to the minus three"},
        Reading{"8.5/10, 4.5/5 stars", "eight point five out of ten four point five out of five stars"},
        Reading{"2/3rds of it", "two thirds of it"}, Reading{"a 3-in-1 pen", "a three in one pen"},
        Reading{"at 10.30pm", "at ten thirty p m"}, Reading{"10.30 people", "ten point three zero people"},
        Reading{"I don′t", "i don't"}, Reading{"5′ tall", "five feet tall"},
        Reading{"2*3=6", "two times three equals six"}));

INSTANTIATE_TEST_SUITE_P(
    Europe, Normaliser,
    testing::Values(
        Reading{"€1.234,56 in all", "one thousand two hundred thirty four euros and fifty six cents in all"},
        Reading{"1.234,56 € today", "one thousand two hundred thirty four euros and fifty six cents today"},
        Reading{"€1.234.567.", "one million two hundred thirty four thousand five hundred sixty seven euros"},
        Reading{"€12,50", "twelve euros and fifty cents"}, Reading{"12,5 €", "twelve point five euros"},
        Reading{"$1.234", "one point two three four dollars"},
        Reading{"1 234,5 people", "one thousand two hundred thirty four point five people"},
        Reading{"1'000'000 francs", "one million francs"},
        Reading{"192.168.100.100",
                "one hundred ninety two dot one hundred sixty eight dot one hundred dot "
                "one hundred"},
        Reading{"version 1.234.567",
                "version one point two hundred thirty four point five hundred sixty "
                "seven"}));

INSTANTIATE_TEST_SUITE_P(Formulas, Normaliser,
                         testing::Values(Reading{"Let $x$ be", "let x be"},
                                         Reading{"$x + y = z$ holds", "x plus y equals z holds"},
                                         Reading{"$$a^2$$ is", "a squared is"},
                                         Reading{"the $\\alpha$ of it", "the alpha of it"},
                                         Reading{"$5 and $10", "five dollars and ten dollars"},
                                         Reading{"$2x = 4$ so", "two x equals four so"},
                                         Reading{"-½ of it", "minus one half of it"},
                                         Reading{"at -¾", "at minus three quarters"},
                                         Reading{"-1/2 or 1/2", "minus one half or one half"},
                                         Reading{"3½ lb of it", "three and a half pounds of it"}));

TEST(NormaliserMarks, AFullStopOfTheHourEndsNoSentenceThatHasNotBegun) {
    const auto text_of = [](std::u32string_view text) { return to_utf8(normalise(text, {}).text); };
    EXPECT_EQ(text_of(U"At 3 p.m. I left."), "At three P.M I left.");
    EXPECT_EQ(text_of(U"It rained. From 9 a.m. to 5 p.m. Anna slept."),
              "It rained. From nine A.M to five P.M Anna slept.");
    EXPECT_EQ(text_of(U"It was 3 p.m. I left."), "It was three P.M. I left.");
}

TEST(NormaliserSources, EveryCharacterHasOne) {
    const std::u32string text = U"On July 4, 2026 she paid $5.50 (½ price) 👍 at 7:30 pm.";
    const auto normal = normalise(text, {});
    ASSERT_EQ(normal.text.size(), normal.source.size());
    for (const auto& span : normal.source) {
        EXPECT_LE(span.begin, span.end);
        EXPECT_LE(span.end, text.size());
    }
}

TEST(NormaliserSources, LinesAreApart) {
    const auto normal = normalise(U"first line\nsecond line", {});
    EXPECT_EQ(to_utf8(normal.text), "first line, second line");
}

TEST(NormaliserSources, NoDigitIsLeft) {
    for (const char32_t* text : {U"1a2b3c4", U"0x1F", U"3,14,15", U"1.2.3.4.5.6.7.8.9.10", U"--5--",
                                 U"5'5'5'5", U"1/2/3/4", U"12:34:56:78", U"$$5$$"}) {
        for (const char32_t c : normalise(text, {}).text) EXPECT_FALSE(is_digit(c)) << to_utf8(text);
    }
}

}  // namespace
}  // namespace lares::voice::english
