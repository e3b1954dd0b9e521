// What every part of the bench shares: its options, and the table that it prints and writes to a file.
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

namespace b24gate::bench {

struct Options {
  std::string folder = ".";  // on the disk that is meant; each part makes a folder of its own in it
  int runs = 5;              // of each figure, in turn with those of its reference
  double seconds = 3;        // of each run
  std::int64_t count = 0;    // how many; 0: the part's own number
  std::uint16_t port = 0;    // of another server that is measured
  std::string path = "/";    // where it takes webhooks
  bool keep = false;         // the folders stay, to be looked at
  bool quick = false;        // a few of everything: does the bench itself work?
};

// Least, median, most of several figures.
struct Spread {
  double least = 0;
  double median = 0;
  double most = 0;
};
// REQUIRES: not empty.
Spread spread(std::vector<double> figures);
// The figure that so many of a hundred are not above. REQUIRES: not empty.
double percentile(std::vector<double> figures, double percent);

// To standard output, line by line, and to a file. Used by one thread.
class Report {
 public:
  // `file`: empty: none. Gives up when it cannot be written.
  explicit Report(const std::string& file);
  ~Report();
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;

  void line(const std::string& text);
  // Begins a table. Its rows have a unit each.
  void table(const std::string& title);
  // `reference`: the same of the reference, in the same run; the ratio is that of the medians.
  void row(const std::string& what, const std::string& unit, const Spread& figure,
           std::optional<double> reference = std::nullopt);
  // One figure.
  void row(const std::string& what, const std::string& unit, double figure,
           std::optional<double> reference = std::nullopt);

 private:
  std::FILE* file_ = nullptr;
};

// The bench cannot go on: thrown to main(), so that processes and folders go first.
[[noreturn]] void give_up(const std::string& why);

}  // namespace b24gate::bench
