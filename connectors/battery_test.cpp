#include "connectors/battery.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

using namespace b24gate;
using namespace b24gate::connector;
using battery::read_anything;
using battery::Sample;
using battery::Samples;

namespace {

// Runs `test` on every connector of this build.
template <class Test>
void for_each(Test test) {
  for (const Connector* connector : all()) {
    CAPTURE(connector->name());
    test(*connector, battery::load_samples(*connector));
  }
}

Request with_body(const Request& like, std::string body) {
  Request request = like;
  request.body = std::move(body);
  return request;
}

// Requests as this connector knows them, to put hostile bodies into.
std::vector<Request> shapes(const Samples& samples) {
  std::vector<Request> out;
  for (const char* type :
       {"application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", ""}) {
    Request request = samples.samples.front().request;
    request.headers = {{"Content-Type", type}};
    out.push_back(request);
  }
  return out;
}

std::string joined(const std::vector<std::string>& values) {
  std::string out;
  for (const auto& value : values) out += value + "\n";
  return out;
}

std::string expected_list(const Sample& sample, std::string_view key) {
  std::vector<std::string> values;
  for (const auto& [name, value] : sample.expected) {
    if (name == key) values.push_back(value);
  }
  return joined(values);
}

// The text of a member of the event's JSON, by its dotted name; behind "fields." the name is one label.
std::string member_of(const event::Event& event, const std::string& name, const TimeZone& zone) {
  const json::Value whole = event::to_json(event, zone);
  if (name.rfind("fields.", 0) == 0) return whole["fields"][name.substr(7)].text();
  const json::Value* at = &whole;
  for (std::size_t from = 0; from <= name.size();) {
    const std::size_t dot = std::min(name.find('.', from), name.size());
    at = &(*at)[name.substr(from, dot - from)];
    from = dot + 1;
  }
  return at->text();
}

void check_line(const Connector& connector, const Samples& samples, const Sample& sample,
                const Reading& reading, const std::string& key, const std::string& value) {
  CAPTURE(key);
  if (key == "outcome") {
    CHECK(std::string(name(reading.outcome)) == value);
    return;
  }
  if (key == "status") {
    CHECK(std::to_string(reading.status) == value);
    return;
  }
  if (key == "proof") {
    const Proof proof = connector.verify(sample.request, samples.source);
    CHECK(std::string(proof == Proof::good ? "good" : proof == Proof::bad ? "bad" : "absent") == value);
    return;
  }
  if (key == "path" || key == "query" || key == "method" || key == "received_at" || key == "headers") return;
  REQUIRE_FALSE(reading.events.empty());
  const event::Event& event = reading.events.front();
  if (key == "kind") {
    CHECK(std::string(event::name(event.kind)) == value);
  } else if (key == "key") {
    CHECK(event.key == value);
  } else if (key == "events") {
    CHECK(std::to_string(reading.events.size()) == value);
  } else if (key == "name") {
    CHECK(event.contact.name == value);
  } else if (key == "phones") {
    CHECK(joined(event.contact.phones) == expected_list(sample, "phones"));
  } else if (key == "emails") {
    CHECK(joined(event.contact.emails) == expected_list(sample, "emails"));
  } else if (key == "text") {
    CHECK_MESSAGE(event.text.find(value) != std::string::npos, event.text, " has no ", value);
  } else if (key == "page_url") {
    CHECK(event.page.url == value);
  } else if (key == "utm_source") {
    CHECK(event.utm.source == value);
  } else if (key == "utm_term") {
    CHECK(event.utm.term == value);
  } else if (key == "order_total") {
    CHECK(event.order.value().total == value);
  } else if (key == "order_items") {
    CHECK(std::to_string(event.order.value().items.size()) == value);
  } else if (key == "paid") {
    CHECK(event.order.value().paid == (value == "true"));
  } else if (key == "call_id") {
    CHECK(event.call.value().id == value);
  } else if (key == "call_outcome") {
    CHECK(event.call.value().outcome == value);
  } else {
    CHECK(member_of(event, key, samples.source.time_zone) == value);
  }
}

}  // namespace

TEST_CASE("the registry is sorted and finds its connectors") {
  REQUIRE_FALSE(all().empty());
  for (const Connector* connector : all()) CHECK(find(connector->name()) == connector);
  CHECK(std::is_sorted(all().begin(), all().end(), [](auto* a, auto* b) { return a->name() < b->name(); }));
  CHECK(find("no-such-service") == nullptr);
  CHECK(find("") == nullptr);
}

TEST_CASE("every connector has a default mapping") {
  for_each([](const Connector& connector, const Samples&) {
    CHECK(connector.default_mapping().find("\nlead:") != std::string_view::npos);
  });
}

TEST_CASE("every sample is read as index.yaml says") {
  for_each([](const Connector& connector, const Samples& samples) {
    for (const auto& sample : samples.samples) {
      CAPTURE(sample.file);
      const Reading reading = read_anything(connector, sample.request, samples.source);
      for (const auto& [key, value] : sample.expected)
        check_line(connector, samples, sample, reading, key, value);
    }
  });
}

TEST_CASE("the same request gives the same keys, also after it was stored without its secrets") {
  for_each([](const Connector& connector, const Samples& samples) {
    for (const auto& sample : samples.samples) {
      CAPTURE(sample.file);
      Request stored = sample.request;
      connector.redact(stored, samples.source);
      const Reading first = read_anything(connector, sample.request, samples.source);
      const Reading again = read_anything(connector, sample.request, samples.source);
      const Reading later = read_anything(connector, stored, samples.source);
      CHECK(first.outcome == again.outcome);
      CHECK(first.outcome == later.outcome);
      REQUIRE(first.events.size() == again.events.size());
      REQUIRE(first.events.size() == later.events.size());
      for (std::size_t i = 0; i < first.events.size(); ++i) {
        const auto text = [&](const Reading& reading) {
          return json::write(event::to_json(reading.events[i], samples.source.time_zone));
        };
        CHECK(text(first) == text(again));
        CHECK(text(first) == text(later));
      }
    }
  });
}

TEST_CASE("secrets are neither stored nor shown") {
  for_each([](const Connector& connector, const Samples& samples) {
    for (const auto& sample : samples.samples) {
      CAPTURE(sample.file);
      Request stored = sample.request;
      connector.redact(stored, samples.source);
      std::string everything = stored.body + "\n" + stored.query + "\n" + stored.path;
      for (const auto& [key, value] : stored.headers) everything += "\n" + value;
      const Reading reading = read_anything(connector, sample.request, samples.source);
      for (const auto& event : reading.events)
        everything += json::write(event::to_json(event, TimeZone::utc()));
      for (const auto& raw : reading.raw) everything += json::write(raw);
      everything += reading.reason;
      for (const auto& secret : samples.secret_values) CHECK(everything.find(secret) == std::string::npos);
    }
  });
}

TEST_CASE("an empty body, and one that says nothing known") {
  for_each([](const Connector& connector, const Samples& samples) {
    for (const auto& shape : shapes(samples)) {
      for (const char* body :
           {"", " ", "{}", "[]", "[[]]", "null", "\"\"", "0", R"({"event":"no-such-event","cmd":"nonsense"})",
            "event=no-such-event&cmd=nonsense", "=", "&", "--b--", "--b\r\n\r\n\r\n--b--", "<a/>"}) {
        CAPTURE(body);
        read_anything(connector, with_body(shape, body), samples.source);
      }
    }
  });
}

TEST_CASE("samples that are cut off or have broken bytes") {
  for_each([](const Connector& connector, const Samples& samples) {
    for (const auto& sample : samples.samples) {
      CAPTURE(sample.file);
      const std::string& body = sample.request.body;
      const std::size_t step = std::max<std::size_t>(1, body.size() / 40);
      for (std::size_t at = 0; at < body.size(); at += step) {
        CAPTURE(at);
        read_anything(connector, with_body(sample.request, body.substr(0, at)), samples.source);
        for (const char byte : {'\xFF', '\0', '%', '"'}) {
          std::string broken = body;
          broken[at] = byte;
          read_anything(connector, with_body(sample.request, broken), samples.source);
        }
      }
    }
  });
}

TEST_CASE("a megabyte of anything") {
  for_each([](const Connector& connector, const Samples& samples) {
    std::mt19937 random(20261123);
    std::string bytes(1024 * 1024, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random());
    std::string letters = bytes;
    for (auto& byte : letters) byte = "&=%[]{}\":,a1+\n"[static_cast<unsigned char>(byte) % 14];
    for (const auto& shape : shapes(samples)) {
      read_anything(connector, with_body(shape, bytes), samples.source);
      read_anything(connector, with_body(shape, letters), samples.source);
      read_anything(connector, with_body(shape, "a=" + letters), samples.source);
      read_anything(connector, with_body(shape, "phone=" + std::string(1024 * 1024, '1')), samples.source);
      read_anything(connector, with_body(shape, "name=" + std::string(1024 * 1024, '<')), samples.source);
    }
  });
}

TEST_CASE("deep nesting and very many fields") {
  for_each([](const Connector& connector, const Samples& samples) {
    std::string nested(100'000, '[');
    std::string objects;
    for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
    std::string shallow = std::string(60, '[') + std::string(60, ']');
    std::string brackets = "a";
    for (int i = 0; i < 100'000; ++i) brackets += "[b]";
    std::string fields;
    std::string members = "{";
    std::string phones;
    for (int i = 0; i < 20'000; ++i) fields += "f" + std::to_string(i) + "=1&";
    for (int i = 0; i < 4'000; ++i)
      phones += "phone_" + std::to_string(i) + "=8903000" + std::to_string(1000 + i) + "&";
    for (int i = 0; i < 9'000; ++i) members += "\"f" + std::to_string(i) + "\":1,";
    members += "\"z\":1}";
    for (const auto& shape : shapes(samples)) {
      for (const auto& body : {nested, objects, shallow, brackets + "=1", fields}) {
        read_anything(connector, with_body(shape, body), samples.source);
      }
    }
    read_anything(connector, with_body(shapes(samples).front(), members), samples.source);
    read_anything(connector, with_body(shapes(samples).front(), phones), samples.source);
  });
}
