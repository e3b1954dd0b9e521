#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "config/configuration.hpp"
#include "normalize/area_codes.hpp"

using namespace b24gate;
namespace fs = std::filesystem;

namespace {

// Secrets as a test wants them: every environment variable exists but those named MISSING….
class TestSecrets final : public yaml::SecretSource {
 public:
  [[nodiscard]] Result<std::string> find(std::string_view kind, std::string_view name) const override {
    if (kind != "env" || name.substr(0, 7) == "MISSING") {
      return fail(ErrorKind::config, "", "the environment variable " + std::string(name) + " is not set");
    }
    if (name == "EMPTY") return std::string();
    if (name == "B24_WEBHOOK_URL") return std::string("https://company.bitrix24.ru/rest/1/portal-secret/");
    return "value-of-" + std::string(name);
  }
};

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The shipped configuration in a folder of its own, where one file may be replaced.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("b24gate-config-" + std::to_string(getpid()))) {
    fs::remove_all(path_);
    fs::create_directories(path_);
    fs::copy(fs::path(B24GATE_SOURCE_DIR) / "mappings", path_ / "mappings");
    fs::copy(fs::path(B24GATE_SOURCE_DIR) / "config.yaml", path_ / "config.yaml");
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  // The small files that those in broken/ are variants of, so that the shipped example may change.
  void use_base() const {
    for (const auto& entry : fs::directory_iterator(fs::path(B24GATE_SOURCE_DIR) / "tests/config/base"))
      fs::copy_file(entry.path(), path_ / "mappings" / entry.path().filename(),
                    fs::copy_options::overwrite_existing);
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
  }
  [[nodiscard]] config::Loaded load() const {
    return config::load((path_ / "config.yaml").string(), TestSecrets());
  }
  // Problems with places relative to the folder.
  [[nodiscard]] std::string problems() const {
    std::string out;
    const std::string prefix = path_.string() + "/";
    for (auto problem : load().problems) {
      if (problem.place.file.rfind(prefix, 0) == 0) problem.place.file.erase(0, prefix.size());
      out += problem.text() + "\n";
    }
    return out;
  }

 private:
  fs::path path_;
};

// "# in: FILE" and "# expect: MESSAGE" lines at the top of a broken file.
struct Broken {
  std::string in = "config.yaml";
  std::string expected;
};

Broken header_of(const std::string& text) {
  Broken out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line) && line.rfind("# ", 0) == 0;) {
    if (line.rfind("# in: ", 0) == 0) out.in = line.substr(6);
    if (line.rfind("# expect: ", 0) == 0) out.expected += line.substr(10) + "\n";
  }
  return out;
}

}  // namespace

TEST_CASE("the shipped configuration is good, and read into typed values") {
  const Folder folder;
  const auto loaded = folder.load();
  REQUIRE_MESSAGE(loaded.configuration, folder.problems());
  const config::Configuration& configuration = *loaded.configuration;
  CHECK(configuration.server.listen.port == 8080);
  CHECK(configuration.server.max_body.count == 10 * 1024 * 1024);
  CHECK(configuration.portal.plan.rate == 2);
  CHECK(configuration.portal.settle == Seconds{60});
  CHECK(configuration.portal.retry.size() == 6);
  CHECK(configuration.portal.time_zone.name() == "Europe/Moscow");
  REQUIRE(configuration.source("site-tilda"));
  CHECK(configuration.source("site-tilda")->secret.reveal() == "value-of-TILDA_SECRET");
  CHECK(configuration.source("site-tilda")->set.find("company")->text() == "ЭнергоСтрой");
  CHECK(configuration.source("nobody") == nullptr);
  CHECK(configuration.roster.employee("ivanov")->user_id == 12);
  CHECK(configuration.storage.keep.events == std::chrono::hours{24 * 1095});
  CHECK(configuration.hash.size() == 12);
}

TEST_CASE("every region that a phone names has its federal district in the shipped dictionary") {
  const Folder folder;
  const auto loaded = folder.load();
  REQUIRE(loaded.configuration);
  for (const auto& code : normalize::area_codes) {
    const std::string_view region = code.second;
    CAPTURE(region);
    CHECK(loaded.configuration->dictionaries.look_up("federal_districts", region));
  }
  const auto* siberia = loaded.configuration->dictionaries.look_up("federal_districts", "Томская область");
  REQUIRE(siberia);
  CHECK(*siberia == "Сибирский");
  // As lists of addresses shorten them.
  for (const auto& spelling :
       {std::pair("Томская обл.", "Сибирский"), std::pair("Томская обл", "Сибирский"),
        std::pair("московская обл.", "Центральный"), std::pair("Респ. Татарстан", "Приволжский"),
        std::pair("г. Москва", "Центральный"), std::pair("Еврейская АО", "Дальневосточный")}) {
    CAPTURE(spelling.first);
    const auto* found = loaded.configuration->dictionaries.look_up("federal_districts", spelling.first);
    REQUIRE(found);
    CHECK(*found == spelling.second);
  }
}

TEST_CASE("the application and the public address, as the shipped configuration offers them") {
  const Folder folder;
  CHECK_FALSE(folder.load().configuration->portal.application);
  CHECK(folder.load().configuration->server.public_url.value.empty());
  std::string text = read_file(fs::path(B24GATE_SOURCE_DIR) / "config.yaml");
  for (const std::string line : {"# public_url:", "# application:", "# secret: ${env:B24_EVENTS_SECRET}"}) {
    const auto at = text.find(line);
    REQUIRE(at != std::string::npos);
    text.erase(at, 2);
  }
  text.replace(text.find("gate.example.com"), 16, "gate.example.com/");
  folder.write("config.yaml", text);
  const auto loaded = folder.load();
  REQUIRE_MESSAGE(loaded.configuration, folder.problems());
  CHECK(loaded.configuration->server.public_url.value == "https://gate.example.com");
  const auto& application = loaded.configuration->portal.application;
  REQUIRE(application);
  CHECK(application->client_id.value == "value-of-B24_CLIENT_ID");
  CHECK(application->client_secret.reveal() == "value-of-B24_CLIENT_SECRET");
  CHECK(application->key.reveal() == "value-of-B24_TOKEN_KEY");
  CHECK(application->oauth_server.value == "https://oauth.bitrix.info/oauth/token/");
}

TEST_CASE("each broken configuration gives exactly its messages") {
  std::size_t seen = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(B24GATE_SOURCE_DIR) / "tests/config/broken")) {
    const std::string name = entry.path().stem().string();
    CAPTURE(name);
    const std::string text = read_file(entry.path());
    const Broken broken = header_of(text);
    const Folder folder;
    folder.use_base();
    folder.write(broken.in, text);
    CHECK_FALSE(folder.load().configuration);
    CHECK(folder.problems() == broken.expected);
    ++seen;
  }
  CHECK(seen >= 40);
}

TEST_CASE("all mistakes of all files at once") {
  const Folder folder;
  std::string employees = read_file(fs::path(B24GATE_SOURCE_DIR) / "mappings/employees.yaml");
  employees += "employes: {}\n";
  folder.write("mappings/employees.yaml", employees);
  std::string rules = read_file(fs::path(B24GATE_SOURCE_DIR) / "mappings/distribution.yaml");
  rules += "rule: []\n";
  folder.write("mappings/distribution.yaml", rules);
  const std::string problems = folder.problems();
  CHECK(problems.find("unknown key 'employes'; did you mean 'employees'?") != std::string::npos);
  CHECK(problems.find("unknown key 'rule'; did you mean 'rules'?") != std::string::npos);
}

TEST_CASE("no secret stands in any message") {
  for (const auto& entry : fs::directory_iterator(fs::path(B24GATE_SOURCE_DIR) / "tests/config/broken")) {
    const Folder folder;
    const std::string text = read_file(entry.path());
    folder.write(header_of(text).in, text);
    const std::string problems = folder.problems();
    CHECK(problems.find("value-of-") == std::string::npos);
    CHECK(problems.find("portal-secret") == std::string::npos);
  }
}

TEST_CASE("the hash follows every byte of every file") {
  const Folder folder;
  const std::string before = folder.load().configuration->hash;
  CHECK(folder.load().configuration->hash == before);
  folder.write("mappings/texts.yaml",
               read_file(fs::path(B24GATE_SOURCE_DIR) / "mappings/texts.yaml") + "# one more line\n");
  CHECK(folder.load().configuration->hash != before);
}

TEST_CASE("a secret that is being rotated is valid until the moment named") {
  config::Source source;
  source.name = "site";
  source.secret = Secret("new");
  source.previous_secret = config::PreviousSecret{Secret("old"), {}, from_unix_ms(1000)};
  const auto valid = [&](std::int64_t at, const char* offered) {
    for (const auto& secret : source.settings(TimeZone::utc(), "RU", from_unix_ms(at)).secrets) {
      if (secret.matches(offered)) return true;
    }
    return false;
  };
  CHECK(valid(999, "new"));
  CHECK(valid(999, "old"));
  CHECK(valid(1000, "new"));
  CHECK_FALSE(valid(1000, "old"));
}
