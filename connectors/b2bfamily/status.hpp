// What happened to a letter.
#pragma once

#include <string_view>

#include "connector/free_body.hpp"

namespace b24gate::b2bfamily {

enum class Status {
  unknown,
  sent,
  delivered,
  opened,
  link_clicked,
  attachment_viewed,
  replied,
  not_opened,
  unsubscribed,
  bounced,
  complained,
};

Status status_of(const connector::FreeBody& body);

// As email.status is named; a complaint is a kind of unsubscribing.
std::string_view email_status(Status status);
// The service's own name of it, for keys.
std::string_view name(Status status);

}  // namespace b24gate::b2bfamily
