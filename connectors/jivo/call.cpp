#include "connectors/jivo/call.hpp"

#include "connector/labels.hpp"
#include "connector/member.hpp"
#include "connectors/jivo/chat.hpp"

namespace b24gate::jivo {
namespace {

using connector::add_line;
using connector::text_at;

const char* type_text(const std::string& type) {
  if (type == "callback") return "обратный звонок, заказан на сайте";
  if (type == "incoming") return "входящий";
  if (type == "outgoing") return "исходящий";
  return "";
}

const char* status_text(const std::string& status) {
  if (status == "start") return "начат";
  if (status == "agent_connected") return "оператор на линии";
  if (status == "client_connected") return "клиент на линии";
  if (status == "end") return "завершён";
  if (status == "error") return "не состоялся";
  return "";
}

// A final status says how the call went; the others are states of a live one.
void read_status(const std::string& status, event::Call& call) {
  const bool is_incoming = call.direction == "in";
  if (status == "start" || status == "agent_connected") {
    call.state = "ringing";
  } else if (status == "client_connected") {
    // Both are on the line: what `end` leaves open when nothing was recorded is known from here.
    call.state = "talking";
    call.outcome = "answered";
  } else if (status == "end") {
    call.final = true;
    call.outcome = call.recording ? "answered" : "unknown";
  } else if (status == "error") {
    call.final = true;
    call.outcome = is_incoming ? "missed" : "no_answer";
  }
}

}  // namespace

void read_call(const json::Value& body, event::Event& event) {
  const json::Value& came = body["call"];
  const std::string type = text_at(came, "type");
  const std::string status = text_at(came, "status");
  event::Call& call = event.call.emplace();
  call.id = text_at(body, "chat_id");
  call.direction = type == "incoming" ? "in" : type == "callback" || type == "outgoing" ? "out" : "";
  call.client = text_at(came, "phone");
  connector::fill(call.client, text_at(body["visitor"], "phone"));
  call.employee = agent_of(body);
  if (auto url = text_at(came, "record_url"); !url.empty()) call.recording = event::Recording{"", url};
  read_status(status, call);

  const std::string type_shown = type_text(type);
  const std::string status_shown = status_text(status);
  add_line(event.text, "Звонок", type_shown.empty() ? type : type_shown);
  add_line(event.text, "Состояние", status_shown.empty() ? status : status_shown);
  add_line(event.text, "Причина", text_at(came, "reason"));
  if (call.recording) add_line(event.text, "Запись", call.recording->url);

  if (!call.final) {
    event.action = event::Action::ignore;
    event.note = "a state of a live call; its last status decides";
  } else if (type == "outgoing") {
    event.action = event::Action::attach;
    event.note = "an outgoing call is no enquiry";
  }
}

}  // namespace b24gate::jivo
