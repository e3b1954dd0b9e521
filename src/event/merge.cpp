#include "event/merge.hpp"

#include <algorithm>
#include <array>

namespace b24gate::event {
namespace {

// The position in a list from the least to the most telling, from 1.
template <std::size_t N>
int rank_in(const std::array<std::string_view, N>& order, std::string_view text) {
  const auto it = std::find(order.begin(), order.end(), text);
  return it == order.end() ? 0 : static_cast<int>(it - order.begin()) + 1;
}

void fill(std::string& member, const std::string& later) {
  if (member.empty()) member = later;
}

template <class T>
void fill(std::optional<T>& member, const std::optional<T>& later) {
  if (!member) member = later;
}

void unite(std::vector<std::string>& member, const std::vector<std::string>& later) {
  for (const auto& one : later) {
    if (std::find(member.begin(), member.end(), one) == member.end()) member.push_back(one);
  }
}

// Text grows by what it does not say yet; a text that holds all of the other takes its place.
void grow(std::string& text, const std::string& later) {
  if (later.empty() || text.find(later) != std::string::npos) return;
  if (text.empty() || later.find(text) != std::string::npos) {
    text = later;
  } else {
    text += "\n" + later;
  }
}

void merge_contact(Contact& whole, const Contact& later) {
  if (whole.name.empty()) {
    whole.name = later.name;
    whole.first_name = later.first_name;
    whole.second_name = later.second_name;
    whole.last_name = later.last_name;
  }
  unite(whole.phones, later.phones);
  unite(whole.extensions, later.extensions);
  unite(whole.emails, later.emails);
  for (const auto& one : later.messengers) {
    if (std::none_of(whole.messengers.begin(), whole.messengers.end(),
                     [&](const Messenger& known) { return known.type == one.type && known.id == one.id; }))
      whole.messengers.push_back(one);
  }
  fill(whole.company, later.company);
  fill(whole.position, later.position);
}

int state_rank(std::string_view state) {
  constexpr std::array<std::string_view, 4> order = {"ringing", "talking", "on_hold", "ended"};
  return rank_in(order, state);
}

// The final record says who talked and how long; before it, what is known first stays.
void merge_call(Call& whole, const Call& later) {
  const bool better = outcome_rank(later.outcome) > outcome_rank(whole.outcome);
  const bool decides = better || (later.final && !whole.final);
  const auto take = [&](auto& member, const auto& other, bool says) {
    if (says && decides) member = other;
  };
  fill(whole.id, later.id);
  fill(whole.ordered_by, later.ordered_by);
  if (!later.id.empty() && later.id != whole.id) unite(whole.joined, {later.id});
  for (const auto& id : later.joined) {
    if (id != whole.id) unite(whole.joined, {id});
  }
  take(whole.extension, later.extension, !later.extension.empty());
  take(whole.employee, later.employee, !later.employee.empty());
  take(whole.direction, later.direction, !later.direction.empty() && later.direction != "internal");
  take(whole.wait_s, later.wait_s, later.wait_s.has_value());
  fill(whole.extension, later.extension);
  fill(whole.employee, later.employee);
  // What has a client is no call between colleagues, whoever of them it was handed to.
  if (whole.direction == "internal" && !later.direction.empty()) whole.direction = later.direction;
  fill(whole.direction, later.direction);
  fill(whole.client, later.client);
  fill(whole.line, later.line);
  fill(whole.wait_s, later.wait_s);
  if (later.started_at && (!whole.started_at || *later.started_at < *whole.started_at))
    whole.started_at = later.started_at;
  if (later.talk_s && (!whole.talk_s || *later.talk_s > *whole.talk_s)) whole.talk_s = later.talk_s;
  if (better) whole.outcome = later.outcome;
  if (state_rank(later.state) > state_rank(whole.state)) whole.state = later.state;
  whole.final = whole.final || later.final;
  if (whole.final) whole.state.clear();
  if (!whole.recording) {
    whole.recording = later.recording;
  } else if (later.recording) {
    fill(whole.recording->id, later.recording->id);
    fill(whole.recording->url, later.recording->url);
  }
}

void merge_order(Order& whole, const Order& later) {
  const auto take = [](std::string& member, const std::string& other) {
    if (!other.empty()) member = other;
  };
  take(whole.id, later.id);
  take(whole.total, later.total);
  take(whole.currency, later.currency);
  if (!later.items.empty()) whole.items = later.items;
  whole.paid = whole.paid || later.paid;
  whole.canceled = whole.canceled || later.canceled;
}

template <class Part, class Merge>
void merge_part(std::optional<Part>& whole, const std::optional<Part>& later, Merge merge) {
  if (!later) return;
  if (whole) {
    merge(*whole, *later);
  } else {
    whole = later;
  }
}

}  // namespace

int outcome_rank(std::string_view outcome) {
  constexpr std::array<std::string_view, 8> order = {"unknown",  "no_answer", "missed",  "unavailable",
                                                     "rejected", "busy",      "blocked", "answered"};
  return rank_in(order, outcome);
}

int letter_rank(std::string_view status) {
  constexpr std::array<std::string_view, 5> order = {"sent", "delivered", "opened", "clicked",
                                                     "attachment_opened"};
  return rank_in(order, status);
}

int robot_rank(std::string_view result) {
  constexpr std::array<std::string_view, 11> order = {
      "pending",     "failed",      "invalid_number", "busy",        "no_answer", "voicemail",
      "interrupted", "do_not_call", "refused",        "transferred", "completed"};
  return rank_in(order, result);
}

void merge(Event& whole, const Event& later) {
  if (whole.kind == Kind::other || whole.kind == Kind::call_recording || whole.kind == Kind::lookup)
    whole.kind = later.kind;
  if (later.occurred_at && (!whole.occurred_at || *later.occurred_at < *whole.occurred_at))
    whole.occurred_at = later.occurred_at;
  if (later.action < whole.action) {  // create is the first
    whole.action = later.action;
    whole.note = later.note;
  }
  whole.creates_lead = whole.creates_lead || later.creates_lead;
  fill(whole.thread, later.thread);
  merge_contact(whole.contact, later.contact);
  fill(whole.subject, later.subject);
  grow(whole.text, later.text);
  if (whole.form.id.empty() && whole.form.name.empty()) whole.form = later.form;
  if (whole.page.url.empty()) whole.page = later.page;
  if (whole.utm.empty()) whole.utm = later.utm;
  if (whole.geo.region.empty() && whole.geo.city.empty() && !later.geo.from.empty()) whole.geo = later.geo;
  fill(whole.channel, later.channel);
  fill(whole.company, later.company);
  fill(whole.enquiry_type, later.enquiry_type);
  for (const auto& [name, value] : later.fields) {
    if (!whole.fields.find(name)) whole.fields.append(name, value);
  }
  merge_part(whole.call, later.call, merge_call);
  merge_part(whole.chat, later.chat, [](Chat& chat, const Chat& other) {
    fill(chat.id, other.id);
    fill(chat.agent, other.agent);
    if (other.messages.size() > chat.messages.size()) chat.messages = other.messages;
  });
  merge_part(whole.order, later.order, merge_order);
  merge_part(whole.email, later.email, [](EmailStatus& email, const EmailStatus& other) {
    fill(email.id, other.id);
    fill(email.template_name, other.template_name);
    fill(email.to, other.to);
    // What says nothing of how far the letter was read (a reply, a bounce) does not take a rank back.
    if (email.status.empty() || letter_rank(other.status) > letter_rank(email.status))
      email.status = other.status;
  });
  merge_part(whole.robot, later.robot, [](Robot& robot, const Robot& other) {
    if (robot_rank(other.result) > robot_rank(robot.result)) {
      robot.result = other.result;
      robot.attempt = other.attempt;
    }
    robot.stop = robot.stop || other.stop;
  });
  fill(whole.reference, later.reference);
  fill(whole.created_by, later.created_by);
  fill(whole.client_ip, later.client_ip);
}

Event merged(std::vector<Event> events) {
  std::stable_sort(events.begin(), events.end(),
                   [](const Event& a, const Event& b) { return a.occurred_at < b.occurred_at; });
  Event whole = std::move(events.front());
  for (std::size_t i = 1; i < events.size(); ++i) merge(whole, events[i]);
  return whole;
}

}  // namespace b24gate::event
