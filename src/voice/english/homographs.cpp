#include "voice/english/homographs.h"

namespace lares::voice::english {

void decide_homographs(std::vector<Token>&) {}

}  // namespace lares::voice::english
