// What a form's field is, told from its label: "Ваш телефон", "E-mail", "Phone_2", "utm_source". Labels are
// typed by people: case, spaces, punctuation, a trailing number and look-alike letters of the other alphabet
// do not matter.
//
// Pure functions, thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "event/event.hpp"

namespace b24gate::connector {

enum class Role {
  other,
  name,
  first_name,
  second_name,
  last_name,
  phone,
  email,
  company,
  position,
  comment,
  telegram,
  whatsapp,
  viber,
  max,
  vk,
  country,
  region,
  city,
  page_url,
  page_title,
  referrer,
  form_id,
  form_name,
  subject,
  utm_source,
  utm_medium,
  utm_campaign,
  utm_content,
  utm_term,
  client_ip,
};

// The role of a field. `value` helps with labels that only contain a telling word: "Телефон для связи" with
// digits is a phone, "Модель телефона" with letters is not.
Role role_of(std::string_view label, std::string_view value);
// By the label alone: only what is nothing but the telling words.
Role role_of(std::string_view label);

// Whether it is a name, a phone or an e-mail of the client.
bool is_contact(Role role);

// Puts `value` where the role belongs and says whether it did; a place that is filled already stays as it is,
// except lists, which grow. Role::other and Role::comment are never taken: they are text.
bool take(event::Event& event, Role role, std::string_view value);

// A label as a person reads it: _ as a space, trimmed.
std::string shown(std::string_view label);
// Appends "Label: value" (or the value alone when the label is empty) as a new line; line breaks become \n.
void add_line(std::string& text, std::string_view label, std::string_view value);

// The label reduced to what counts when labels are compared.
std::string skeleton(std::string_view label);

}  // namespace b24gate::connector
