#include "intake/intake.hpp"

#include <doctest/doctest.h>

#include "intake/rate.hpp"
#include "intake/understand.hpp"

using namespace b24gate;

namespace {

std::vector<yaml::Network> networks(std::initializer_list<const char*> texts) {
  std::vector<yaml::Network> out;
  for (const char* text : texts) {
    yaml::Problems problems;
    const yaml::SystemSecrets secrets;
    yaml::Context context{problems, secrets};
    const auto node = yaml::parse("'" + std::string(text) + "'", "test", problems);
    yaml::read(*node, context, out.emplace_back());
    REQUIRE(problems.empty());
  }
  return out;
}

std::string address(const std::string& peer, const std::vector<http::Header>& headers,
                    const std::vector<yaml::Network>& trusted) {
  http::Request request;
  request.peer = peer;
  request.headers = headers;
  return intake::client_address(request, trusted);
}

connector::Source source_with(std::initializer_list<const char*> secrets) {
  connector::Source out;
  out.name = "site";
  for (const char* secret : secrets) out.secrets.emplace_back(std::string(secret));
  return out;
}

// What admit says of a path, and what is left of it.
std::pair<intake::Admission, std::string> admit(const connector::Source& source, std::string_view rest,
                                                const std::vector<connector::Header>& headers = {}) {
  connector::Request request;
  request.method = "POST";
  request.headers = headers;
  const auto admitted = intake::admit(*connector::find("webhook"), source, request, rest);
  return {admitted.admission, admitted.path};
}

}  // namespace

TEST_CASE("the visitor's address: only trusted proxies are believed, from the end") {
  const auto trusted = networks({"127.0.0.1", "10.0.0.0/8"});
  CHECK(address("203.0.113.5", {{"X-Forwarded-For", "1.2.3.4"}}, trusted) == "203.0.113.5");
  CHECK(address("127.0.0.1", {{"X-Forwarded-For", "198.51.100.7"}}, trusted) == "198.51.100.7");
  CHECK(address("127.0.0.1", {{"X-Forwarded-For", "6.6.6.6, 198.51.100.7, 10.1.1.1"}}, trusted) ==
        "198.51.100.7");
  CHECK(address("127.0.0.1", {{"x-forwarded-for", "6.6.6.6"}, {"X-Forwarded-For", "198.51.100.7"}},
                trusted) == "198.51.100.7");
  CHECK(address("127.0.0.1", {}, trusted) == "127.0.0.1");
  CHECK(address("127.0.0.1", {{"X-Forwarded-For", ", ,"}}, trusted) == "127.0.0.1");
}

TEST_CASE("a rate is refilled with time and says when to come again") {
  intake::RateLimits limits;
  const config::Rate rate{2, Milliseconds{1000}};
  SteadyPoint now{Milliseconds{1'000'000}};
  CHECK_FALSE(limits.take("a", rate, now));
  CHECK_FALSE(limits.take("a", rate, now));
  const auto wait = limits.take("a", rate, now);
  REQUIRE(wait);
  CHECK(*wait == Milliseconds{500});
  CHECK_FALSE(limits.take("b", rate, now));  // every source has its own
  now += Milliseconds{499};
  CHECK(limits.take("a", rate, now));
  now += Milliseconds{1};
  CHECK_FALSE(limits.take("a", rate, now));
  now += std::chrono::hours{1};
  CHECK_FALSE(limits.take("a", rate, now));
  CHECK_FALSE(limits.take("a", rate, now));
  CHECK(limits.take("a", rate, now));  // idle time is not saved up
}

TEST_CASE("the secret: in the path, in X-Api-Key, as a bearer; any of those valid now") {
  using intake::Admission;
  const auto source = source_with({"new", "old"});
  CHECK(admit(source, "/new") == std::pair(Admission::admitted, std::string()));
  CHECK(admit(source, "/old/events/call") == std::pair(Admission::admitted, std::string("/events/call")));
  CHECK(admit(source, "/wrong/events").first == Admission::wrong);
  CHECK(admit(source, "").first == Admission::missing);
  CHECK(admit(source, "/").first == Admission::missing);
  CHECK(admit(source, "/events", {{"x-api-key", "new"}}) ==
        std::pair(Admission::admitted, std::string("/events")));
  CHECK(admit(source, "", {{"Authorization", "Bearer old"}}).first == Admission::admitted);
  CHECK(admit(source, "", {{"Authorization", "Bearer "}}).first == Admission::wrong);
  CHECK(admit(source_with({}), "/", {{"X-Api-Key", ""}}).first == Admission::missing);
  CHECK(admit(source_with({}), "/anything").first == Admission::wrong);
}

TEST_CASE("one client is known by every address of theirs") {
  event::Event event;
  event.contact.phones = {"+79030001101"};
  event.contact.emails = {"a@example.com"};
  event.contact.messengers = {{"telegram", "@a"}};
  const auto identities = intake::identities_of(event, "s");
  REQUIRE(identities.size() == 3);
  CHECK(identities[0].kind == "phone");
  CHECK(identities[2].kind == "telegram");
  CHECK(identities[2].value == "@a");
}
