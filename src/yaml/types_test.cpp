#include "yaml/types.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

using namespace b24gate;
using std::chrono::hours;

namespace {

class NoSecrets final : public yaml::SecretSource {
 public:
  [[nodiscard]] Result<std::string> find(std::string_view, std::string_view) const override {
    return fail(ErrorKind::config, "", "no secret");
  }
};

template <class T>
std::string read(std::string_view text, T& out) {
  yaml::Problems problems;
  const NoSecrets secrets;
  yaml::Context context{problems, secrets};
  const auto node = yaml::parse(text, "f", problems);
  REQUIRE(node);
  yaml::read(*node, context, out);
  return problems.text();
}

template <class T>
T good(std::string_view text) {
  T out{};
  CHECK_MESSAGE(read(text, out) == "", text);
  return out;
}

template <class T>
std::string wrong(std::string_view text) {
  T out{};
  return read(text, out);
}

}  // namespace

TEST_CASE("texts, booleans, numbers") {
  CHECK(good<std::string>("12") == "12");
  CHECK(wrong<std::string>("[a]") == "f:1:1: expected a text, found a list\n");
  CHECK(good<bool>("yes"));
  CHECK_FALSE(good<bool>("off"));
  CHECK(wrong<bool>("maybe") == "f:1:1: expected true or false, found 'maybe'\n");
  CHECK(good<int>("-5") == -5);
  CHECK(wrong<int>("5.5") == "f:1:1: expected a whole number, found '5.5'\n");
  CHECK(wrong<int>("99999999999") == "f:1:1: expected a whole number, found '99999999999'\n");
  CHECK(good<std::int64_t>("99999999999") == 99'999'999'999);
  CHECK(good<double>("0.5") == 0.5);
  CHECK(wrong<double>("half") == "f:1:1: expected a number, found 'half'\n");
  CHECK(wrong<double>("nan") == "f:1:1: expected a number, found 'nan'\n");
  CHECK(wrong<double>("inf") == "f:1:1: expected a number, found 'inf'\n");
}

TEST_CASE("a secret is not empty") {
  CHECK(good<Secret>("x").reveal() == "x");
  CHECK(wrong<Secret>("\"\"") == "f:1:1: the secret is empty; an empty secret protects nothing\n");
  CHECK(wrong<Secret>("${env:X}") == "f:1:1: no secret\n");
}

TEST_CASE("durations") {
  CHECK(good<Milliseconds>("500ms") == Milliseconds{500});
  CHECK(good<Milliseconds>("30s") == Seconds{30});
  CHECK(good<Milliseconds>("10 m") == std::chrono::minutes{10});
  CHECK(good<Milliseconds>("7d") == hours{7 * 24});
  CHECK(yaml::parse_duration("1h") == hours{1});
  for (const char* text : {"", "5", "s", "-5s", "1w", "5s ", "1.5h", "9999999999s"}) {
    CHECK_MESSAGE(!yaml::parse_duration(text), text);
  }
  CHECK(wrong<Milliseconds>("5") == "f:1:1: expected a duration like 30s, 10m, 1h or 7d, found '5'\n");
}

TEST_CASE("sizes") {
  CHECK(good<yaml::Bytes>("512").count == 512);
  CHECK(good<yaml::Bytes>("64KiB").count == 65536);
  CHECK(good<yaml::Bytes>("10 MiB").count == 10'485'760);
  CHECK(good<yaml::Bytes>("999999999GiB").count == 999'999'999ULL << 30);
  CHECK(wrong<yaml::Bytes>("10MB") == "f:1:1: expected a size like 64KiB or 10MiB, found '10MB'\n");
  CHECK(wrong<yaml::Bytes>("MiB") == "f:1:1: expected a size like 64KiB or 10MiB, found 'MiB'\n");
}

TEST_CASE("addresses") {
  CHECK(good<yaml::Address>("0.0.0.0:8080").port == 8080);
  CHECK(good<yaml::Address>("\"[::1]:80\"").host == "::1");
  CHECK(good<yaml::Address>("\"[::1]:80\"").loopback());
  CHECK(good<yaml::Address>("127.1.2.3:1").loopback());
  CHECK(good<yaml::Address>("localhost:1").loopback());
  CHECK_FALSE(good<yaml::Address>("10.0.0.1:1").loopback());
  for (const char* text :
       {"8080", "\":80\"", "host:80", "1.2.3.4:70000", "1.2.3.4:", "1.2.3.4:x", "1.2.3:80"}) {
    CHECK_MESSAGE(wrong<yaml::Address>(text).find("expected an address with a port like 0.0.0.0:8080") == 7,
                  text);
  }
}

TEST_CASE("networks") {
  const auto ten = good<yaml::Network>("10.0.0.0/8");
  CHECK(ten.contains("10.255.0.1"));
  CHECK_FALSE(ten.contains("11.0.0.1"));
  CHECK_FALSE(ten.contains("::1"));
  CHECK_FALSE(ten.contains("nonsense"));
  CHECK(ten.contains("::ffff:10.1.1.1"));
  CHECK(good<yaml::Network>("192.168.1.128/25").contains("192.168.1.200"));
  CHECK_FALSE(good<yaml::Network>("192.168.1.128/25").contains("192.168.1.100"));
  CHECK(good<yaml::Network>("127.0.0.1").contains("127.0.0.1"));
  CHECK_FALSE(good<yaml::Network>("127.0.0.1").contains("127.0.0.2"));
  CHECK(good<yaml::Network>("2001:db8::/32").contains("2001:db8:1::1"));
  CHECK(good<yaml::Network>("0.0.0.0/0").contains("8.8.8.8"));
  for (const char* text : {"10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "::1/129", "host", "\"\""}) {
    CHECK_MESSAGE(wrong<yaml::Network>(text).find("expected a network like 10.0.0.0/8 or an address") == 7,
                  text);
  }
}

TEST_CASE("time zones") {
  CHECK(good<TimeZone>("Europe/Moscow").name() == "Europe/Moscow");
  CHECK(wrong<TimeZone>("Moscow") == "f:1:1: unknown time zone 'Moscow'; write one like Europe/Moscow\n");
}

TEST_CASE("anything becomes JSON; quoted and leading zeros stay texts") {
  const auto value = good<json::Value>(
      "{a: 1, b: '1', c: true, d: yes, e: 1.5, f: 007, g: +79030006108, h: [x, ~], i: 2026-03-02, j: 1.2.3, "
      "k: 0, l: -5, m: -05}");
  CHECK(
      json::write(value) ==
      R"({"a":1,"b":"1","c":true,"d":"yes","e":1.5,"f":"007","g":"+79030006108","h":["x",null],"i":"2026-03-02",)"
      R"("j":"1.2.3","k":0,"l":-5,"m":"-05"})");
}

TEST_CASE("the system's secrets") {
  const yaml::SystemSecrets secrets;
  setenv("B24GATE_TEST_SECRET", "from env", 1);
  CHECK(secrets.find("env", "B24GATE_TEST_SECRET").value() == "from env");
  CHECK(secrets.find("env", "B24GATE_TEST_ABSENT").error().what ==
        "the environment variable B24GATE_TEST_ABSENT is not set");
  char folder[] = "/tmp/b24gate-secrets-XXXXXX";
  REQUIRE(mkdtemp(folder));
  const std::string path = std::string(folder) + "/token";
  std::ofstream(path) << "from file\n";
  CHECK(secrets.find("file", path).value() == "from file");
  unsetenv("CREDENTIALS_DIRECTORY");
  CHECK(secrets.find("credential", "token").error().what.find("LoadCredential=token:") != std::string::npos);
  setenv("CREDENTIALS_DIRECTORY", folder, 1);
  CHECK(secrets.find("credential", "token").value() == "from file");
  CHECK(secrets.find("credential", "../token").error().what == "'../token' is no name of a credential");
  CHECK_FALSE(secrets.find("credential", "absent"));
  std::remove(path.c_str());
  CHECK_FALSE(secrets.find("file", path));
  CHECK_FALSE(secrets.find("file", folder));
  std::remove(folder);
  unsetenv("CREDENTIALS_DIRECTORY");
  CHECK(secrets.find("vault", "x").error().what.find("unknown kind of secret 'vault'") == 0);
}

TEST_CASE("what the environment lacks stands in the environment file") {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("b24gate-environment-" + std::to_string(getpid()))).string();
  std::ofstream(path)
      << "# a comment\nB24GATE_TEST_A=plain\nB24GATE_TEST_AB=other\nB24GATE_TEST_B=\"in quotes\"\n";
  const yaml::SystemSecrets secrets(path);
  CHECK(secrets.find("env", "B24GATE_TEST_A").value() == "plain");
  CHECK(secrets.find("env", "B24GATE_TEST_B").value() == "in quotes");
  CHECK_FALSE(secrets.find("env", "B24GATE_TEST_C"));
  CHECK_FALSE(yaml::SystemSecrets("/nowhere").find("env", "B24GATE_TEST_A"));
  std::filesystem::remove(path);
}
