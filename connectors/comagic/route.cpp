#include "connectors/comagic/route.hpp"

#include "connector/key.hpp"
#include "connectors/comagic/notification.hpp"

namespace b24gate::comagic {

bool is_route_path(std::string_view path) { return path == "/route" || path == "/route/"; }

bool is_route(const connector::Request& request, const connector::FreeBody& body) {
  if (is_route_path(request.path)) return true;
  constexpr std::string_view numbers[] = {"numa", "numb"};
  return !body.text("cdr_id").empty() && !body.text(numbers).empty() &&
         happening_of(body, /*table_only=*/true) == Happening::unknown;
}

event::Event read_route(const connector::FreeBody& body, const connector::Source& source) {
  event::Event event;
  event.kind = event::Kind::lookup;
  event.action = event::Action::ignore;
  event.note = "a question of a call scenario; the answer is the result";
  event.channel = "phone";
  event.occurred_at = body.time(times, source.time_zone);
  constexpr std::string_view callers[] = {"numa", "contact_phone_number"};
  const auto phones = connector::free_phones(body, callers);
  if (!phones.empty()) event.contact.phones.push_back(phones.front().text());
  event::Call& call = event.call.emplace();
  call.id = body.text(call_ids);
  call.direction = "in";
  call.client = phones.empty() ? std::string() : phones.front().number;
  const std::string line = body.text(lines);
  const auto phone = connector::free_phone(line);
  call.line = phone ? phone->number : line;
  call.started_at = event.occurred_at;
  // A scenario may ask again after the caller has pressed something.
  std::string id = call.id.empty() ? connector::content_id(body.root()) : call.id;
  if (const auto input = body.text("input_result"); !input.empty()) id += ":" + input;
  event.key = connector::event_key("comagic", "route:" + id);
  return event;
}

json::Value route_answer(const connector::Source& source, const std::optional<connector::Client>& client) {
  if (client && !client->extension.empty())
    return json::Value::object({{"phones", json::Value::array({client->extension})}});
  const json::Value& otherwise = source.options["route_default"];
  if (otherwise.is_object()) return otherwise;
  if (const auto* text = otherwise.string()) {
    if (auto object = json::parse(*text); object && object->is_object()) return std::move(*object);
  }
  const auto code = otherwise.integer();  // also the bare code
  return json::Value::object({{"returned_code", code.value_or(0)}});
}

}  // namespace b24gate::comagic
