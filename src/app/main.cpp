#include "app/commands.h"

int main(int argc, char** argv) {
    return lares::app::run(argc, argv);
}
