#include "delivery/client_reading.hpp"

#include <algorithm>
#include <set>

#include "normalize/normalize.hpp"
#include "portal/card.hpp"
#include "portal/fields.hpp"

namespace b24gate::delivery {
namespace {

constexpr std::size_t page_size = 50;
// A card's time of change is set before it can be read, and the portal has more clocks than one.
constexpr std::chrono::minutes overlap{5};
// A filter in another zone than we mean gives more than was asked for; one that is lost gives everything.
constexpr std::chrono::hours widest_zone_error{26};

std::string joined(std::string first, const std::string& second) {
  if (!first.empty() && !second.empty()) first += ' ';
  return first + second;
}

json::Value fields_of(std::string_view kind) {
  auto out = json::Value::array({"ID", "ASSIGNED_BY_ID", "DATE_MODIFY", "PHONE"});
  const auto add = [&](std::initializer_list<const char*> names) {
    for (const char* name : names) out.push(name);
  };
  if (kind == "company") {
    add({"TITLE"});
  } else {
    add({"NAME", "LAST_NAME", "COMPANY_ID"});
  }
  if (kind == "lead") add({"COMPANY_TITLE", "STATUS_SEMANTIC_ID"});
  return out;
}

std::vector<std::string> phones_of(const json::Value& entries, const std::string& region) {
  std::vector<std::string> out;
  const auto* list = entries.array_if();
  for (const auto& entry : list ? *list : json::Array()) {
    for (auto& phone : normalize::read_phones(entry["VALUE"].text(), region)) {
      if (std::find(out.begin(), out.end(), phone.e164) == out.end()) out.push_back(std::move(phone.e164));
    }
  }
  return out;
}

bool needs_person(portal::Class cls) {
  return cls == portal::Class::auth || cls == portal::Class::permanent || cls == portal::Class::gone;
}

std::optional<TimePoint> time_of(const json::Value& milliseconds) {
  const auto value = milliseconds.integer();
  return value ? std::optional(from_unix_ms(*value)) : std::nullopt;
}

json::Value milliseconds_of(const std::optional<TimePoint>& time) {
  return time ? json::Value(to_unix_ms(*time)) : json::Value();
}

}  // namespace

std::string client_mark(std::string_view kind) { return "clients:" + std::string(kind); }

ClientReading::ClientReading(std::string region, TimeZone zone, const std::array<std::string, 3>& marks)
    : region_(std::move(region)), zone_(std::move(zone)) {
  for (std::size_t i = 0; i < client_kinds.size(); ++i) {
    Kind kind;
    kind.name = client_kinds.at(i);
    const auto mark = json::parse(marks.at(i));
    if (mark && (*mark)["region"].text() == region_) {
      kind.since = time_of((*mark)["since"]);
      kind.begun = time_of((*mark)["begun"]);
      kind.last = (*mark)["last"].integer().value_or(0);
    }
    kinds_.push_back(std::move(kind));
  }
}

std::string ClientReading::mark_of(const Kind& kind) const {
  return json::write(json::Value::object({{"region", region_},
                                          {"since", milliseconds_of(kind.since)},
                                          {"begun", milliseconds_of(kind.begun)},
                                          {"last", kind.last}}));
}

bool ClientReading::done() const {
  return !stepped_ &&
         std::all_of(kinds_.begin(), kinds_.end(), [](const Kind& kind) { return kind.stopped; });
}

bool ClientReading::must_begin() const {
  return std::any_of(kinds_.begin(), kinds_.end(),
                     [](const Kind& kind) { return !kind.stopped && !kind.begun; });
}

portal::Command ClientReading::page(const Kind& kind) const {
  auto filter = json::Value::object({{">ID", kind.last}});
  if (kind.since) filter[">=DATE_MODIFY"] = to_iso(std::chrono::floor<Seconds>(*kind.since), zone_);
  return {"crm." + std::string(kind.name) + ".list",
          json::Value::object({{"filter", std::move(filter)},
                               {"order", json::Value::object({{"ID", "ASC"}})},
                               {"select", fields_of(kind.name)},
                               {"start", -1}})};
}

std::vector<std::int64_t> ClientReading::untitled() const {
  std::set<std::int64_t> out;
  for (const auto& sight : sights_) {
    if (sight.company > 0 && sight.row.company.empty() && !titles_.contains(sight.company))
      out.insert(sight.company);
  }
  return {out.begin(), out.end()};
}

std::vector<portal::Command> ClientReading::next() const {
  std::vector<portal::Command> out;
  if (stepped_) {
    const auto ids = untitled();
    for (std::size_t from = 0; from < ids.size(); from += page_size) {
      json::Value list;
      for (std::size_t i = from; i < std::min(from + page_size, ids.size()); ++i) list.push(ids[i]);
      out.push_back(
          {"crm.item.list", json::Value::object({{"entityTypeId", portal::kCompany},
                                                 {"filter", json::Value::object({{"@id", std::move(list)}})},
                                                 {"select", json::Value::array({"id", "title"})},
                                                 {"start", -1}})});
    }
    return out;
  }
  if (must_begin()) out.push_back({"server.time", json::Value::object()});
  for (const auto& kind : kinds_) {
    if (!kind.stopped) out.push_back(page(kind));
  }
  if (done()) out.clear();
  return out;
}

void ClientReading::take(const std::vector<portal::Outcome>& outcomes, TimePoint asked_at) {
  if (stepped_) {
    take_titles(outcomes);
    return;
  }
  asked_at_ = asked_at;
  take_pages(outcomes);
}

void ClientReading::fail(Kind& kind, std::string method, const portal::Outcome* outcome) {
  const auto was = std::find_if(before_.begin(), before_.end(),
                                [&](const Kind& before) { return before.name == kind.name; });
  if (was != before_.end()) kind = *was;
  kind.stopped = true;
  if (outcome == nullptr) {
    failures_.push_back({kind.name, std::move(method), "unexpected_answer", true});
  } else {
    failures_.push_back({kind.name, std::move(method), outcome->code, needs_person(outcome->cls)});
  }
}

// A pass begins at the portal's time.
void ClientReading::begin(const portal::Outcome& server_time) {
  const auto now = server_time.cls == portal::Class::success ? parse_iso(server_time.result.text(), zone_)
                                                             : std::optional<TimePoint>();
  const bool answered = server_time.cls == portal::Class::success;
  for (auto& kind : kinds_) {
    if (kind.stopped || kind.begun) continue;
    if (now) {
      kind.begun = now;
    } else {
      fail(kind, "server.time", answered ? nullptr : &server_time);
    }
  }
}

void ClientReading::take_pages(const std::vector<portal::Outcome>& outcomes) {
  before_ = kinds_;
  std::size_t at = 0;
  if (must_begin() && !outcomes.empty()) begin(outcomes[at++]);
  for (std::size_t i = 0; i < kinds_.size(); ++i) {
    Kind& kind = kinds_[i];
    if (before_[i].stopped) continue;  // it was not asked about
    const portal::Outcome* outcome = at < outcomes.size() ? &outcomes[at] : nullptr;
    ++at;
    if (kind.stopped) continue;
    const std::string method = "crm." + std::string(kind.name) + ".list";
    if (outcome && outcome->cls != portal::Class::success) {
      fail(kind, method, outcome);
      continue;
    }
    const auto* rows = outcome ? outcome->result.array_if() : nullptr;
    if (rows && plausible(kind, *rows)) {
      take_page(kind, *rows);
      stepped_ = true;
    } else {
      fail(kind, method, nullptr);
    }
  }
}

bool ClientReading::plausible(const Kind& kind, const json::Array& rows) const {
  std::int64_t last = kind.last;
  for (const auto& row : rows) {
    const std::int64_t id = row["ID"].integer().value_or(0);
    if (id <= last) return false;
    last = id;
    const auto changed = parse_iso(row["DATE_MODIFY"].text(), zone_);
    if (kind.since && changed && *changed < *kind.since - widest_zone_error) return false;
  }
  return true;
}

void ClientReading::take_page(Kind& kind, const json::Array& rows) {
  for (const auto& row : rows) add_sight(kind, row);
  if (rows.size() >= page_size) {
    kind.last = rows.back()["ID"].integer().value_or(kind.last);
    return;
  }
  kind.since = *kind.begun - overlap;
  kind.begun.reset();
  kind.last = 0;
  kind.stopped = true;
}

void ClientReading::add_sight(const Kind& kind, const json::Value& row) {
  Sight sight;
  const std::int64_t id = row["ID"].integer().value_or(0);
  sight.row.card = portal::card_text({std::string(kind.name), id, 0});
  sight.row.user_id = row["ASSIGNED_BY_ID"].integer().value_or(0);
  sight.row.seen_at = asked_at_;
  if (kind.name == "company") {
    sight.row.company = row["TITLE"].text();
    titles_[id] = sight.row.company;
  } else {
    sight.row.name = joined(row["NAME"].text(), row["LAST_NAME"].text());
    sight.row.company = row["COMPANY_TITLE"].text();
    sight.company = row["COMPANY_ID"].integer().value_or(0);
  }
  const std::string group = row["STATUS_SEMANTIC_ID"].text();
  sight.row.closed = group == "S" || group == "F";
  sight.phones = phones_of(row["PHONE"], region_);
  // Nobody calls from a card without a phone: its company need not be asked for.
  if (sight.phones.empty()) sight.company = 0;
  sights_.push_back(std::move(sight));
}

// A title that may not be read stays empty; an answer that did not come ends the run, and the same pages are
// asked for in the next.
void ClientReading::take_titles(const std::vector<portal::Outcome>& outcomes) {
  const auto asked = untitled();
  for (const auto& outcome : outcomes) {
    if (outcome.cls == portal::Class::success) {
      const auto* rows = outcome.result["items"].array_if();
      for (const auto& row : rows ? *rows : json::Array()) {
        const auto id = row["id"].integer();
        if (id && std::binary_search(asked.begin(), asked.end(), *id)) titles_[*id] = row["title"].text();
      }
    } else if (!needs_person(outcome.cls)) {
      kinds_ = before_;
      sights_.clear();
      stepped_ = false;
      for (auto& kind : kinds_) {
        if (!kind.stopped) fail(kind, "crm.item.list", &outcome);
      }
      return;
    }
  }
  for (const auto id : asked) titles_.try_emplace(id);
}

journal::Journal::Job ClientReading::change() {
  if (!stepped_ || !untitled().empty()) return nullptr;
  stepped_ = false;
  for (std::size_t i = 0; i < kinds_.size(); ++i) {
    if (!before_[i].since && kinds_[i].since) read_whole_.push_back(kinds_[i].name);
  }
  for (auto& sight : sights_) {
    if (sight.row.company.empty() && sight.company > 0) sight.row.company = titles_[sight.company];
  }
  std::vector<std::pair<std::string, std::string>> marks;
  for (const auto& kind : kinds_) marks.emplace_back(client_mark(kind.name), mark_of(kind));
  return [sights = std::exchange(sights_, {}), marks = std::move(marks)](journal::Tx& tx) -> Done {
    for (const auto& sight : sights) {
      if (Done done = journal::remember_card(tx, sight.row, sight.phones); !done) return done;
    }
    for (const auto& [name, value] : marks) {
      if (Done done = journal::set_mark(tx, name, value); !done) return done;
    }
    return {};
  };
}

}  // namespace b24gate::delivery
