#include "cli/commands.hpp"

int main(int argc, char** argv) { return b24gate::cli::main(argc, argv); }
