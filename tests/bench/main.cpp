// bench PART [--folder FOLDER] [--out FILE] [--runs N] [--seconds S] [--count N] [--quick]
//
// Figures, not tests: nothing here fails because something is slow. docs/performance.md explains each.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <exception>
#include <map>

#include "bench/load.hpp"
#include "bench/parts.hpp"
#include "bench/world.hpp"

using namespace b24gate::bench;

int main(int argc, char** argv) try {
  if (argc == 4 && std::string(argv[1]) == "serve-bare")
    return serve_bare(static_cast<std::uint16_t>(std::atoi(argv[2])), std::atoi(argv[3]));

  using Part = int (*)(const Options&, Report&);
  const std::map<std::string, Part> parts{
      {"intake", intake}, {"overload", overload}, {"size", size},     {"own-time", own_time},
      {"drain", drain},   {"decide", decide},     {"growth", growth}, {"instructions", instructions},
      {"other", other}};
  CLI::App app("Figures of b24gate; docs/performance.md explains them");
  Options options;
  std::string part;
  std::string out;
  app.add_option("part", part, "intake, overload, size, own-time, drain, decide, growth, instructions, other")
      ->required();
  app.add_option("--folder", options.folder, "A folder on the disk that is meant; default: here");
  app.add_option("--out", out, "The table goes to this file too");
  app.add_option("--runs", options.runs, "Runs of each figure");
  app.add_option("--seconds", options.seconds, "Seconds of each run");
  app.add_option("--count", options.count,
                 "How many requests, leads or events; each part has its own default");
  app.add_option("--port", options.port, "Of the other server, on this machine");
  app.add_option("--path", options.path, "Where the other server takes webhooks");
  app.add_flag("--keep", options.keep, "The folders stay, to be looked at: journals, logs, profiles");
  app.add_flag("--quick", options.quick, "A few of everything: does the bench work?");
  CLI11_PARSE(app, argc, argv);
  const auto found = parts.find(part);
  if (found == parts.end()) {
    fmt::print(stderr, "bench: no part is called {}\n", part);
    return 1;
  }
  if (options.quick) {
    options.runs = 1;
    options.seconds = 0.2;
  }
  raise_file_limit();
  Report report(out);
  return found->second(options, report);
} catch (const std::exception& error) {
  fmt::print(stderr, "bench: {}\n", error.what());
  return 1;
}
