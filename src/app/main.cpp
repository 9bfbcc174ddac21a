#include "app/commands.h"
#include "base/memory.h"

int main(int argc, char** argv) {
    lares::prepare_memory();
    return lares::app::run(argc, argv);
}
