// What the journal costs as it grows: storing a request durably, and claiming the next delivery, with a
// thousand, a hundred thousand and a million delivered events in it, and with a backlog of a hundred
// thousand; and the index of clients, with as many clients.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "bench/grown.hpp"
#include "bench/parts.hpp"
#include "bench/report.hpp"

namespace b24gate::bench {
namespace {

// The same of the smallest is what each is compared with.
class Rows {
 public:
  Rows(Report& report, std::string title) : report_(report) { report_.table(title); }
  void add(const std::string& what, std::vector<double> micros) {
    const double p99 = percentile(micros, 99);
    const Spread figure = spread(std::move(micros));
    if (first_ == 0) first_ = figure.median;
    report_.row(what, "us", {figure.least, figure.median, p99}, first_);
  }

 private:
  Report& report_;
  double first_ = 0;
};

}  // namespace

int growth(const Options& options, Report& report) {
  const std::filesystem::path folder =
      std::filesystem::path(options.folder) / ("bench-growth-" + std::to_string(getpid()));
  const std::int64_t most = options.quick ? 1'000 : options.count > 0 ? options.count : 1'000'000;
  std::filesystem::create_directories(folder);
  report.line("the third figure is p99 here; ratios to the smallest journal");
  {
    Grown grown(folder.string());
    std::vector<std::pair<std::int64_t, std::vector<double>>> claims;
    std::vector<std::pair<std::int64_t, std::vector<double>>> remembered;
    std::vector<std::pair<std::int64_t, std::vector<double>>> looked_up;
    std::int64_t there = 0;
    Rows stores(report, "storing one request, with its own commit");
    for (const std::int64_t size : {std::int64_t{1'000}, std::int64_t{100'000}, std::int64_t{1'000'000}}) {
      if (size > most) break;
      grown.add(size - there, true);
      grown.add_clients(there, size);
      there = size;
      stores.add(fmt::format("{} delivered", size), grown.store());
      claims.emplace_back(size, grown.claim());
      remembered.emplace_back(size, grown.remember(size));
      looked_up.emplace_back(size, grown.look_up(size));
      grown.deliver_stored();
    }
    const std::int64_t backlog = options.quick ? 1'000 : 100'000;
    grown.add(backlog, false);
    stores.add(fmt::format("{} wait besides", backlog), grown.store());
    Rows claim_rows(report, "claiming the next 25 of a backlog of 300");
    for (auto& [size, micros] : claims) claim_rows.add(fmt::format("{} delivered", size), std::move(micros));
    claim_rows.add(fmt::format("{} wait besides", backlog), grown.claim());
    Rows remember_rows(report, "remembering 50 cards of a page, with its own commit");
    for (auto& [size, micros] : remembered)
      remember_rows.add(fmt::format("{} clients", size), std::move(micros));
    Rows look_up_rows(report, "who is calling: looking up 100 phones");
    for (auto& [size, micros] : looked_up)
      look_up_rows.add(fmt::format("{} clients", size), std::move(micros));
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  return 0;
}

}  // namespace b24gate::bench
