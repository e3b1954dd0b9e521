// The daemon: wires everything together and lives until it is told to stop.
//
// Signals are taken by the main thread alone: HUP reloads, TERM and INT stop within ten seconds with nothing
// lost: the listener finishes requests that have begun, the journal commits what it has, and what was under
// way to the portal is looked for after the next start.
#pragma once

#include <string>

namespace b24gate::cli {

// Runs with the configuration in `file`; returns the exit code.
int run_daemon(const std::string& file);

}  // namespace b24gate::cli
