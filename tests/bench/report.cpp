#include "bench/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace b24gate::bench {
namespace {

std::string number(double value) {
  const double size = std::fabs(value);
  return fmt::format("{:.{}f}", value, size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

}  // namespace

Spread spread(std::vector<double> figures) {
  std::sort(figures.begin(), figures.end());
  return {figures.front(), figures[figures.size() / 2], figures.back()};
}

double percentile(std::vector<double> figures, double percent) {
  std::sort(figures.begin(), figures.end());
  const auto at = static_cast<std::size_t>(static_cast<double>(figures.size()) * percent / 100);
  return figures[std::min(at, figures.size() - 1)];
}

Report::Report(const std::string& file) {
  if (file.empty()) return;
  file_ = std::fopen(file.c_str(), "we");
  if (file_ == nullptr) give_up("cannot write " + file);
}

Report::~Report() {
  if (file_ != nullptr) std::fclose(file_);
}

void Report::line(const std::string& text) {
  for (std::FILE* to : {stdout, file_}) {
    if (to == nullptr) continue;
    fmt::print(to, "{}\n", text);
    std::fflush(to);
  }
}

void Report::table(const std::string& title) {
  line("");
  line(fmt::format("{:<64} {:<8} {:>9} {:>9} {:>9} {:>7}", title, "", "min", "median", "max", "ratio"));
}

void Report::row(const std::string& what, const std::string& unit, const Spread& figure,
                 std::optional<double> reference) {
  line(fmt::format("{:<64} {:<8} {:>9} {:>9} {:>9} {:>7}", what, unit, number(figure.least),
                   number(figure.median), number(figure.most),
                   reference && *reference != 0 ? fmt::format("{:.2f}", figure.median / *reference) : ""));
}

void Report::row(const std::string& what, const std::string& unit, double figure,
                 std::optional<double> reference) {
  line(fmt::format("{:<64} {:<8} {:>9} {:>9} {:>9} {:>7}", what, unit, "", number(figure), "",
                   reference && *reference != 0 ? fmt::format("{:.2f}", figure / *reference) : ""));
}

void give_up(const std::string& why) { throw std::runtime_error(why); }

}  // namespace b24gate::bench
