#include "connectors/b2bfamily/letter.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "connector/key.hpp"
#include "connector/labels.hpp"
#include "connectors/b2bfamily/status.hpp"

namespace b24gate::b2bfamily {
namespace {

using connector::add_line;
using connector::FreeBody;
using event::Action;

constexpr std::string_view mail_ids[] = {"mail_id", "message_id", "email_id"};
constexpr std::string_view letter_ids[] = {"mail_id", "message_id", "email_id", "custom_data.b24gate_ref"};
constexpr std::string_view event_ids[] = {"event_id"};
constexpr std::string_view root_ids[] = {"/id"};
constexpr std::string_view recipients[] = {"to",        "to_email",     "/email",
                                           "recipient", "client_email", "to_emails[0].email"};
constexpr std::string_view times[] = {"date", "time", "timestamp", "event_time", "created_at"};
constexpr std::string_view templates[] = {"template_name", "template_id"};
constexpr std::string_view files[] = {"attachment.name", "attachment_name", "file_name"};
constexpr std::string_view links[] = {"url", "link", "href"};
constexpr std::string_view counts[] = {"open_count", "count"};
constexpr std::string_view replies[] = {"reply.text", "text"};
constexpr std::string_view reasons[] = {"reason", "error"};

std::string card(std::string_view entity, const json::Value& id) {
  const auto number = id.integer();
  return number && *number > 0 ? std::string(entity) + ":" + std::to_string(*number) : std::string();
}

// crm_data of the letter: the service's numbers of types are not Bitrix24's.
std::string card_of_crm_data(const FreeBody& body) {
  const auto* data = body.find("crm_data");
  if (!data) return {};
  const auto card_of_type = [&](std::int64_t type, std::string_view entity) -> std::string {
    const auto read = [&](const json::Value& one) {
      return one["element_type"].integer() == type ? card(entity, one["element_id"]) : std::string();
    };
    if (!data->is_array()) return read(*data);
    for (const auto& one : *data->array_if()) {
      if (auto found = read(one); !found.empty()) return found;
    }
    return {};
  };
  auto deal = card_of_type(0, "deal");
  return deal.empty() ? card_of_type(2, "contact") : deal;
}

std::string reference_of(const FreeBody& body) {
  static const connector::ValueTable<std::string> entities = {
      {"deal", "deal"},   {"lead", "lead"}, {"contact", "contact"}, {"company", "company"},
      {"сделка", "deal"}, {"лид", "lead"},  {"контакт", "contact"}, {"компания", "company"}};
  if (const auto entity = entities.find(body.text("b24_entity"))) {
    if (auto found = card(*entity, json::Value(body.text("b24_id"))); !found.empty()) return found;
  }
  return card_of_crm_data(body);
}

std::string recipient_of(const FreeBody& body) {
  for (const auto candidate : recipients) {
    const std::string address = utf8::folded(body.text(candidate));
    if (address.find('@') != std::string::npos) return address;
  }
  return {};
}

// "открыто 3 раза".
std::string times_of(const FreeBody& body) {
  const auto count = body.seconds(counts);
  if (!count || *count < 2) return {};
  const int last = *count % 10;
  const int last_two = *count % 100;
  const bool is_few = last >= 2 && last <= 4 && (last_two < 12 || last_two > 14);
  return " " + std::to_string(*count) + (is_few ? " раза" : " раз");
}

std::string happened(const FreeBody& body, Status status) {
  switch (status) {
    case Status::sent:
      return "Письмо отправлено";
    case Status::delivered:
      return "Письмо доставлено";
    case Status::opened:
      return "Письмо открыто" + times_of(body);
    case Status::link_clicked:
      return "Переход по ссылке из письма";
    case Status::attachment_viewed:
      return "Открыто вложение";
    case Status::replied:
      return "Получен ответ на письмо";
    case Status::not_opened: {
      const std::string days = body.text("timeout_days");
      return days.empty() ? "Письмо не открыто в срок" : "Письмо не открыто за " + days + " дн.";
    }
    case Status::unsubscribed:
      return "Получатель отписался от писем";
    case Status::bounced:
      return "Письмо не доставлено";
    case Status::complained:
      return "Получатель пожаловался на письмо как на спам: больше не писать";
    case Status::unknown:
      return "Неизвестное событие письма";
  }
  return {};
}

void add_lines(event::Event& event, const FreeBody& body, Status status) {
  std::string& text = event.text;
  add_line(text, "", happened(body, status));
  add_line(text, "Тема", event.subject);
  add_line(text, "Шаблон", event.email->template_name);
  add_line(text, "Получатель", event.email->to);
  if (status == Status::attachment_viewed) add_line(text, "Файл", body.text(files));
  if (status == Status::link_clicked) add_line(text, "Ссылка", body.text(links));
  add_line(text, "Просмотрено страниц", body.text("pages_viewed"));
  if (const auto seconds = body.text("view_seconds"); !seconds.empty())
    add_line(text, "Время просмотра", seconds + " с");
  if (status == Status::replied || status == Status::unknown) add_line(text, "Ответ", body.text(replies));
  if (status != Status::opened && status != Status::sent && status != Status::delivered)
    add_line(text, "Причина", body.text(reasons));
}

std::string id_of(const FreeBody& body, const event::Event& event, Status status) {
  if (auto id = body.text(event_ids); !id.empty()) return id;
  if (!body.text(mail_ids).empty()) {  // else /id may be the letter's
    if (auto id = body.text(root_ids); !id.empty()) return id;
  }
  const std::string letter = event.email->id.empty() ? event.email->to : event.email->id;
  if (letter.empty() || status == Status::unknown || !event.occurred_at)
    return connector::content_id(body.root());
  std::string id =
      letter + ":" + std::string(name(status)) + ":" + std::to_string(to_unix_ms(*event.occurred_at));
  // Two files of one letter may be opened in the same second.
  const std::string target = status == Status::link_clicked        ? body.text(links)
                             : status == Status::attachment_viewed ? body.text(files)
                                                                   : std::string();
  return target.empty() ? id : id + ":" + connector::content_id(json::Value(target));
}

void decide(event::Event& event, Status status) {
  const auto set = [&](Action action, const char* note) {
    event.action = action;
    event.note = note;
  };
  if (status == Status::unknown) return set(Action::ignore, "the event of the letter is not in the table");
  if (!event.reference.empty()) return set(Action::update, "what became of a letter, on the card it names");
  if (!event.email->to.empty())
    return set(Action::attach,
               "what became of a letter, for a client who is there already; letters make no leads");
  if (!event.email->id.empty())
    return set(Action::update, "what became of a letter, on the card of the letter's other events");
  set(Action::ignore, "it does not say which letter");
}

}  // namespace

event::Event read_letter(const FreeBody& body, const connector::Source& source) {
  const Status status = status_of(body);
  event::Event event;
  event.kind = status == Status::unknown ? event::Kind::other : event::Kind::email_status;
  event.channel = "mail";
  event.occurred_at = body.time(times, source.time_zone);
  event.subject = body.text("/subject");
  if (event.subject.empty()) event.subject = body.text("subject");
  event.reference = reference_of(body);
  event::EmailStatus& email = event.email.emplace();
  email.id = body.text(letter_ids);
  email.status = email_status(status);
  email.template_name = body.text(templates);
  email.to = recipient_of(body);
  if (!email.to.empty()) event.contact.emails.push_back(email.to);
  add_lines(event, body, status);
  decide(event, status);
  event.key = connector::event_key("b2bfamily", id_of(body, event, status));
  return event;
}

}  // namespace b24gate::b2bfamily
