#pragma once
// Words written alike and spoken differently ("read", "lead", "tear"): which one is meant, by the words
// around.
#include <vector>

#include "voice/english/tokens.h"

namespace lares::voice::english {

// Sets Token::meant where a rule is surer than the lexicon's choice by part of speech.
void decide_homographs(std::vector<Token>& tokens);

}  // namespace lares::voice::english
