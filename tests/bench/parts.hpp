// The parts of the bench. Each prints its tables and returns the process's exit code: 0 when it worked,
// whatever the figures say.
#pragma once

#include "bench/report.hpp"

namespace b24gate::bench {

int decide(const Options& options, Report& report);    // one decision: rules, employees
int growth(const Options& options, Report& report);    // the journal, and the index of clients, as they grow
int intake(const Options& options, Report& report);    // durable answers per second
int overload(const Options& options, Report& report);  // more than can be stored; connections that waste time
int size(const Options& options, Report& report);      // memory, the program's file, the start
int own_time(const Options& options, Report& report);  // from the webhook to the portal
int drain(const Options& options, Report& report);     // a backlog, a surge, an outage
int other(const Options& options, Report& report);     // the same load on another server
int instructions(const Options& options, Report& report);  // processor's instructions, under callgrind

}  // namespace b24gate::bench
