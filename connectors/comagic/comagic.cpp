// Calls, forms and chats of CoMagic and UIS. Facts: README.md beside.
#include "connector/connector.hpp"
#include "connector/free_body.hpp"
#include "connectors/comagic/call.hpp"
#include "connectors/comagic/data_api.hpp"
#include "connectors/comagic/enquiry.hpp"
#include "connectors/comagic/notification.hpp"
#include "connectors/comagic/route.hpp"
#include "connectors/default_mapping.hpp"

namespace b24gate::connector {
namespace {

class CoMagic final : public Connector {
 public:
  [[nodiscard]] std::string_view name() const override { return "comagic"; }

  // A constant in the body that is one of the source's secrets proves the sender. Another one may be a
  // leftover for another receiver: it proves nothing and refuses nothing.
  [[nodiscard]] Proof verify(const Request& request, const Source& source) const override {
    if (source.secrets.empty()) return Proof::absent;
    const auto events = free_events(request);
    if (!events || events->empty()) return Proof::absent;
    const FreeBody body(events->front(), comagic::is_closed);
    bool good = false;
    for (const auto name : {"integration_key", "token", "secret"}) {
      for (const auto* value : body.all(name)) {
        constexpr std::size_t longest = 512;
        const std::string offered = value->is_string() || value->is_number() ? value->text() : std::string();
        if (offered.empty() || offered.size() > longest) continue;
        for (const auto& secret : source.secrets) good = secret.matches(offered) || good;
      }
    }
    return good ? Proof::good : Proof::absent;
  }

  [[nodiscard]] Reading read(const Request& request, const Source& source) const override {
    Reading out;
    const bool asks = comagic::is_route_path(request.path);
    if (asks) wait_for_answer(out, source);
    auto events = free_events(request, comagic::is_secret);
    if (!events) {
      out.outcome = Outcome::unreadable;
      out.reason = events.error().text();
      out.status = 200;  // coming again would bring the same bytes
      return out;
    }
    for (auto& root : *events) {
      const FreeBody body(std::move(root), comagic::is_closed);
      const auto add = [&](event::Event event) {
        out.events.push_back(std::move(event));
        out.raw.push_back(body.root());
      };
      if (comagic::is_route(request, body)) {
        wait_for_answer(out, source);
        event::Event event = comagic::read_route(body, source);
        if (!event.contact.phones.empty()) out.question = Question{event.contact.phones.front()};
        add(std::move(event));
        continue;
      }
      const auto happening = comagic::happening_of(body);
      if (comagic::is_call(happening)) {
        for (auto& event : comagic::read_call(body, happening, source)) add(std::move(event));
      } else {
        add(comagic::read_enquiry(body, happening, source));
      }
    }
    if (out.events.empty()) {
      out.outcome = Outcome::ignored;
      out.reason = "the request has no fields";
    }
    return out;
  }

  [[nodiscard]] std::optional<Answer> answer(const Reading& reading, const Source& source,
                                             const Stored& stored) const override {
    if (!reading.reply["route"].boolean().value_or(false)) return std::nullopt;
    Answer out;
    out.body = comagic::route_answer(source, stored.client);
    return out;
  }

  [[nodiscard]] std::optional<HttpCall> recording(const event::Call& call, const Source& /*source*/,
                                                  TimePoint /*now*/) const override {
    if (!call.recording) return std::nullopt;
    const std::string& url = call.recording->url;
    if (url.rfind("https://", 0) != 0 && url.rfind("http://", 0) != 0) return std::nullopt;
    HttpCall out;
    out.url = url;
    return out;
  }

  [[nodiscard]] std::vector<std::string> recording_hosts() const override {
    return {"*.comagic.ru", "*.uiscom.ru"};
  }

  [[nodiscard]] std::unique_ptr<Pull> pull(const Source& source, const json::Value& mark,
                                           TimePoint now) const override {
    return comagic::read_reports(source, mark, now);
  }

  [[nodiscard]] std::string_view default_mapping() const override { return default_mapping_of("comagic"); }

  void redact(Request& request, const Source& source) const override {
    redact_free(request, comagic::is_secret, source.secrets);
  }

  [[nodiscard]] std::vector<std::string> option_names() const override {
    return {"route_default", "data_api_token", "data_api_url"};
  }

 private:
  static void wait_for_answer(Reading& out, const Source& source) {
    out.reply["route"] = true;
    out.answer = comagic::route_answer(source, std::nullopt);
  }
};

}  // namespace

const Connector& comagic_connector();
const Connector& comagic_connector() {
  static const CoMagic connector;
  return connector;
}

}  // namespace b24gate::connector
