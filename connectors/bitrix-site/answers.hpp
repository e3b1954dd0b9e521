// Answers of a visitor under labels that the site's owner made up: which of them is a name, a phone, an
// e-mail.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "connector/labels.hpp"
#include "event/event.hpp"

namespace b24gate::bitrix_site {

struct Answer {
  std::string code;
  std::string title;
  std::string type;  // as in the form module; empty when nobody said it
  std::string value;
  [[nodiscard]] const std::string& label() const { return title.empty() ? code : title; }
};

// By the type, then the code, then the title.
connector::Role role_of(const Answer& answer);
// Whether code or title says that this is the number of a taxpayer: "INN", "KPP", "ИНН".
bool is_called(const Answer& answer, std::string_view latin, std::string_view russian);

// Fills what the event does not know yet: name, phones, e-mails by role, then by the look of a value, then
// from anywhere in the values. The rest goes to the text and to `fields` by label. Answers of one code are
// one.
void take_answers(event::Event& event, std::vector<Answer> answers);

// Phones and e-mails where the event has none, from anywhere in a text that people wrote.
void take_contacts_from(event::Event& event, std::string_view text);

}  // namespace b24gate::bitrix_site
