// Runs a fuzz target without libFuzzer: over every file of the folders named, whole, cut at each eighth, and
// with bytes flipped by a fixed generator. So the seeds are an ordinary test with any compiler.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void feed(const std::string& bytes) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

std::size_t run(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  feed(bytes);
  for (std::size_t part = 1; part < 8; ++part) feed(bytes.substr(0, bytes.size() * part / 8));
  std::mt19937 random(20261125);  // NOLINT: the same flips in every run, so that a failure can be seen again
  constexpr int rounds = 64;
  for (int round = 0; round < rounds && !bytes.empty(); ++round) {
    std::string flipped = bytes;
    for (std::size_t i = 0; i < 1 + bytes.size() / 100; ++i) {
      flipped[random() % flipped.size()] = static_cast<char>(random() & 0xFF);
    }
    feed(flipped);
  }
  return 8 + rounds;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t inputs = 1;
  feed("");
  const std::vector<std::string> folders(argv + 1, argv + argc);
  for (const auto& folder : folders) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file()) inputs += run(entry.path());
    }
  }
  std::printf("%zu inputs\n", inputs);
  return inputs > 1 ? 0 : 1;  // no seeds: the test would test nothing
}
