#include "voice/english/homographs.h"

#include <gtest/gtest.h>

#include "unit/voice_english/english.h"

namespace lares::voice::english {
namespace {

TEST(Homographs, WordsAroundDecide) {
    EXPECT_TRUE(phonemes_of("The pipes were made of lead.").ends_with("lˈɛd."));
    EXPECT_NE(phonemes_of("I will lead the way.").find("lˈid"), std::string::npos);
    EXPECT_NE(phonemes_of("She has read it."), phonemes_of("She will read it."));
    EXPECT_NE(phonemes_of("He plays bass guitar.").find("bˈAs"), std::string::npos);
}

TEST(Homographs, AVerbIsSeenByItsSubject) {
    EXPECT_NE(phonemes_of("The neighbors object to the noise.").find("əbʤˈɛkt"), std::string::npos);
    EXPECT_NE(phonemes_of("A strange object fell.").find("ˈɑbʤəkt"), std::string::npos);
}

TEST(Homographs, UsedToIsAHabitOrATool) {
    EXPECT_NE(phonemes_of("She used to dance.").find("jˈust"), std::string::npos);
    EXPECT_NE(phonemes_of("A hammer is used to drive nails.").find("jˈuzd"), std::string::npos);
}

}  // namespace
}  // namespace lares::voice::english
