#include "connectors/b2bfamily/status.hpp"

namespace b24gate::b2bfamily {

Status status_of(const connector::FreeBody& body) {
  // Only message_open and not_open_timeout were seen; the others are likely.
  static const connector::ValueTable<Status> table = {
      {"message_sent", Status::sent},
      {"mail_sent", Status::sent},
      {"sent", Status::sent},
      {"отправлено", Status::sent},
      {"delivered", Status::delivered},
      {"message_delivered", Status::delivered},
      {"доставлено", Status::delivered},
      {"message_open", Status::opened},
      {"opened", Status::opened},
      {"open", Status::opened},
      {"read", Status::opened},
      {"viewed", Status::opened},
      {"просмотрено", Status::opened},
      {"прочитано", Status::opened},
      {"link_open", Status::link_clicked},
      {"link_click", Status::link_clicked},
      {"click", Status::link_clicked},
      {"clicked", Status::link_clicked},
      {"переход по ссылке", Status::link_clicked},
      {"attachment_open", Status::attachment_viewed},
      {"attachment_view", Status::attachment_viewed},
      {"file_open", Status::attachment_viewed},
      {"document_open", Status::attachment_viewed},
      {"открыто вложение", Status::attachment_viewed},
      {"reply", Status::replied},
      {"replied", Status::replied},
      {"message_reply", Status::replied},
      {"ответ получен", Status::replied},
      {"message_not_open", Status::not_opened},
      {"not_open", Status::not_opened},
      {"not_opened", Status::not_opened},
      {"not_open_timeout", Status::not_opened},
      {"не просмотрено", Status::not_opened},
      {"unsubscribe", Status::unsubscribed},
      {"unsubscribed", Status::unsubscribed},
      {"отписка", Status::unsubscribed},
      {"bounce", Status::bounced},
      {"bounced", Status::bounced},
      {"hard_bounce", Status::bounced},
      {"soft_bounce", Status::bounced},
      {"undelivered", Status::bounced},
      {"не доставлено", Status::bounced},
      {"spam", Status::complained},
      {"complaint", Status::complained},
      {"complained", Status::complained},
      {"abuse", Status::complained},
      // The contract's own names of statuses.
      {"link_clicked", Status::link_clicked},
      {"attachment_viewed", Status::attachment_viewed},
  };
  constexpr std::string_view candidates[] = {"/event",   "/event_type", "/type",
                                             "/trigger", "/action",     "/status"};
  return table.find(body, candidates).value_or(Status::unknown);
}

std::string_view email_status(Status status) {
  switch (status) {
    case Status::unknown:
      return "";
    case Status::link_clicked:
      return "clicked";
    case Status::attachment_viewed:
      return "attachment_opened";
    case Status::complained:
      return "unsubscribed";
    default:
      return name(status);
  }
}

std::string_view name(Status status) {
  switch (status) {
    case Status::unknown:
      return "unknown";
    case Status::sent:
      return "sent";
    case Status::delivered:
      return "delivered";
    case Status::opened:
      return "opened";
    case Status::link_clicked:
      return "link_clicked";
    case Status::attachment_viewed:
      return "attachment_viewed";
    case Status::replied:
      return "replied";
    case Status::not_opened:
      return "not_opened";
    case Status::unsubscribed:
      return "unsubscribed";
    case Status::bounced:
      return "bounced";
    case Status::complained:
      return "complained";
  }
  return "unknown";
}

}  // namespace b24gate::b2bfamily
