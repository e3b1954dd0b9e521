#include "connectors/comagic/contact.hpp"

#include "connector/labels.hpp"
#include "connectors/comagic/notification.hpp"
#include "text/form.hpp"

namespace b24gate::comagic {
namespace {

using connector::FreeBody;

struct Mark {
  std::string_view name;
  std::string event::Utm::*place;
};
constexpr Mark marks[] = {
    {"utm_source", &event::Utm::source},     {"utm_medium", &event::Utm::medium},
    {"utm_campaign", &event::Utm::campaign}, {"utm_content", &event::Utm::content},
    {"utm_term", &event::Utm::term},
};

// Fills what the variables left empty from the query of a page's address.
void fill_from_page(event::Utm& utm, std::string_view url) {
  const std::size_t mark = url.find('?');
  if (mark == std::string_view::npos) return;
  url = url.substr(mark + 1);
  const auto query = text::parse_form(url.substr(0, url.find('#')));
  if (!query) return;
  const FreeBody values(*query);
  for (const auto& one : marks) {
    if (std::string& place = utm.*one.place; place.empty()) place = values.text(one.name);
  }
}

}  // namespace

void read_contact(event::Event& event, const FreeBody& body, connector::Candidates phones,
                  connector::Candidates names) {
  // One phone: the candidates are names of the same number, and a visitor's is not always the caller's.
  const auto found = connector::free_phones(body, phones);
  if (!found.empty()) event.contact.phones.push_back(found.front().text());
  event.contact.name = person(body, names);
  if (auto email = body.text(emails); !email.empty()) event.contact.emails.push_back(std::move(email));
}

void read_origin(event::Event& event, const FreeBody& body) {
  event.page.url = body.text(pages);
  event.page.referrer = body.text("referrer");
  for (const auto& one : marks) {
    std::string& place = event.utm.*one.place;
    place = body.text(one.name);
    if (place.empty()) place = body.text("eq_" + std::string(one.name));
  }
  for (const auto page : pages_with_utm) fill_from_page(event.utm, body.text(page));
  connector::take(event, connector::Role::city, body.text("visitor_city"));
  connector::take(event, connector::Role::region, body.text("cpn_region_name"));
  for (const auto id : {"yclid", "gclid", "ym_client_id", "visitor_id"}) {
    if (auto value = body.text(id); !value.empty()) event.fields.set(id, std::move(value));
  }
}

void add_origin_lines(std::string& text, const FreeBody& body) {
  connector::add_line(text, "Поисковый запрос", body.text("search_query"));
  connector::add_line(text, "Рекламная кампания", body.text("campaign_name"));
  connector::add_line(text, "Сайт", body.text("site_domain_name"));
}

}  // namespace b24gate::comagic
