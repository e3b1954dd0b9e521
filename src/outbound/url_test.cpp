#include "outbound/url.hpp"

#include <doctest/doctest.h>

#include "outbound/address.hpp"
#include "outbound/allowed_hosts.hpp"

using namespace b24gate::outbound;

namespace {

std::string text(const b24gate::Result<Url>& url) {
  if (!url) return "MISTAKE: " + url.error().what;
  return (url->secure ? "https " : "http ") + url->host + " " + std::to_string(url->port) + " " + url->target;
}

std::string parsed(std::string_view url) { return text(parse_url(url)); }
std::string followed(std::string_view location) {
  return text(follow(*parse_url("https://a.example:444/one/two?x=/1"), location));
}

bool allowed(const std::vector<std::string>& hosts, const char* url) {
  return allows(hosts, *parse_url(url));
}

}  // namespace

TEST_CASE("addresses are taken apart") {
  CHECK(parsed("https://A.Example") == "https a.example 443 /");
  CHECK(parsed("HTTP://a.example:8080/x?y=z#f") == "http a.example 8080 /x?y=z");
  CHECK(parsed("https://a.example.?y") == "https a.example 443 /?y");
  CHECK(parsed("https://[2001:DB8::1]:444/x") == "https 2001:db8::1 444 /x");
  CHECK(parsed("https://a.example/Запись 1.mp3%20") ==
        "https a.example 443 /%D0%97%D0%B0%D0%BF%D0%B8%D1%81%D1%8C%201.mp3%20");
  CHECK(parse_url("https://[::1]:443/")->authority() == "[::1]");
  CHECK(parse_url("http://a.example:443/")->authority() == "a.example:443");
}

TEST_CASE("addresses that cannot be asked") {
  for (const char* url : {"",
                          "a.example/x",
                          "/x",
                          "ftp://a.example/",
                          "file:///etc/passwd",
                          "https:/a.example",
                          "https://",
                          "https:///x",
                          "https://user@a.example/",
                          "https://a.example@evil.example/",
                          "https://a.example:0/",
                          "https://a.example:65536/",
                          "https://a.example:/",
                          "https://a.example:x/",
                          "https://[::1/",
                          "https://[a.example]/",
                          "https://::1/",
                          "https://a b/",
                          "https://приём.example/",
                          "https://a.example/\r\nX: y",
                          "https://a.example/\x7F",
                          "gopher://a.example/?https://b.example"}) {
    CAPTURE(url);
    CHECK_FALSE(parse_url(url));
  }
  CHECK_FALSE(parse_url("https://a.example/" + std::string(9'000, 'x')));
  // What stands before a backslash is the host, as browsers have it.
  CHECK(parsed("https://a.example\\@evil.example/") == "https a.example 443 /%5C@evil.example/");
  const auto wrong = parse_url("https://user:SECRET@a.example/SECRET");
  CHECK(wrong.error().text().find("SECRET") == std::string::npos);
}

TEST_CASE("redirects lead somewhere") {
  CHECK(followed("http://b.example/z") == "http b.example 80 /z");
  CHECK(followed("//b.example:1/z") == "https b.example 1 /z");
  CHECK(followed("/z?q#f") == "https a.example 444 /z?q");
  CHECK(followed("z") == "https a.example 444 /one/z");
  CHECK(followed("?q") == "https a.example 444 /one/two?q");
  CHECK(followed("z?u=https://b.example/") == "https a.example 444 /one/z?u=https://b.example/");
  CHECK(followed("") == "https a.example 444 /one/two?x=/1");
  CHECK(followed("#f") == "https a.example 444 /one/two?x=/1");
  for (const char* location :
       {"javascript:x", "file:///etc/passwd", "mailto:a@b", "/x\r\nY: z", "//user@b/"}) {
    CAPTURE(location);
    CHECK(followed(location).rfind("MISTAKE", 0) == 0);
  }
}

TEST_CASE("allowed hosts") {
  CHECK(allowed({"a.example"}, "https://a.example:8443/"));
  CHECK(allowed({"https://A.example/"}, "https://a.example/"));
  CHECK_FALSE(allowed({}, "https://a.example/"));
  CHECK_FALSE(allowed({"a.example"}, "http://a.example/"));
  CHECK_FALSE(allowed({"a.example"}, "https://b.a.example/"));
  CHECK_FALSE(allowed({"a.example"}, "https://xa.example/"));
  CHECK(allowed({"http://a.example"}, "http://a.example/"));
  CHECK(allowed({"http://a.example"}, "https://a.example/"));
  CHECK(allowed({"b.example", "*.a.example"}, "https://x.y.a.example/"));
  CHECK_FALSE(allowed({"*.a.example"}, "https://a.example/"));
  CHECK_FALSE(allowed({"*.a.example"}, "https://xa.example/"));
  CHECK_FALSE(allowed({"*.a.example"}, "https://a.example.evil.example/"));
  CHECK(allowed({"http://*.a.example"}, "http://x.a.example/"));
  CHECK(allowed({"a.example:8443"}, "https://a.example:8443/"));
  CHECK_FALSE(allowed({"a.example:8443"}, "https://a.example/"));
  CHECK(allowed({"http://[::1]"}, "http://[::1]:80/"));
  for (const char* entry : {"*", "*.", "", "http://", "a*.example", "://a.example", "a.example:x"})
    CHECK_FALSE(allowed({entry}, "https://a.example/"));
}

TEST_CASE("whom an address belongs to") {
  for (const char* address : {"8.8.8.8", "81.88.80.132", "100.63.255.255", "100.128.0.1", "172.15.0.1",
                              "172.32.0.1", "192.167.1.1", "2a00:1450:4010::1", "2606:4700::1111"}) {
    CAPTURE(address);
    CHECK(reach_of(address) == Reach::everyone);
  }
  for (const char* address : {"127.0.0.1", "127.255.0.1", "::1", "::ffff:127.0.0.1"}) {
    CAPTURE(address);
    CHECK(reach_of(address) == Reach::loopback);
  }
  for (const char* address : {"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
                              "100.64.0.1", "100.127.255.255", "fc00::1", "fdff::1", "fe80::1", "febf::1",
                              "::ffff:10.0.0.1", "::ffff:169.254.169.254"}) {
    CAPTURE(address);
    CHECK(reach_of(address) == Reach::inside);
  }
  for (const char* address : {"0.0.0.0",         "0.1.2.3",     "224.0.0.1",
                              "239.255.255.255", "240.0.0.1",   "255.255.255.255",
                              "192.0.2.1",       "198.18.0.1",  "198.51.100.1",
                              "203.0.113.1",     "::",          "ff02::1",
                              "::ffff:8.8.8.8",  "::127.0.0.1", "64:ff9b::a00:1",
                              "2002:7f00:1::1",  "2001:0::1",   "2001:db8::1",
                              "3fff::1",         "fec0::1",     "",
                              "a.example",       "127.1",       "0x7f.0.0.1",
                              "8.8.8.8 ",        "fe80::1%lo"}) {
    CAPTURE(address);
    CHECK(reach_of(address) == Reach::nobody);
  }
}
