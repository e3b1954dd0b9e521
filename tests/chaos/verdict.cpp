#include "chaos/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

namespace b24gate::chaos {
namespace {

const json::Array& rows(const json::Value& list) {
  static const json::Array none;
  return list.array_if() ? *list.array_if() : none;
}

// The number of the event in "… (b24gate e42)"; empty: not ours.
std::string marked_event(const std::string& text) {
  constexpr std::string_view mark = "(b24gate e";
  const std::size_t at = text.rfind(mark);
  if (at == std::string::npos) return {};
  return text.substr(at + mark.size() - 1, text.find(')', at) - at - mark.size() + 1);
}

struct Comment {
  std::int64_t id = 0;
  std::int64_t owner = 0;
};

class Judge {
 public:
  Judge(const e2e::World& world, const std::vector<Enquiry>& enquiries,
        const std::map<std::string, int>& sent)
      : world_(world), enquiries_(enquiries), sent_(sent) {}

  Verdict run() {
    read_journal();
    read_portal();
    read_stories();
    std::map<int, std::vector<const Enquiry*>> by_client;
    for (const auto& enquiry : enquiries_) {
      by_client[enquiry.client].push_back(&enquiry);
      each(enquiry);
    }
    for (auto& [client, list] : by_client) one_lead(client, list);
    for (auto& [client, list] : by_client) in_order(client, list);
    nothing_else();
    return std::move(out_);
  }

 private:
  void wrong(const std::string& what, const std::string& event = {}) {
    constexpr std::size_t shown = 5;  // the first few tell what to look at
    std::string text = what;
    if (!event.empty() && out_.wrong.size() < shown) text += "\n" + world_.run({"show", event}).text;
    out_.wrong.push_back(std::move(text));
  }

  void read_journal() {
    for (const auto& event : world_.event_list()) {
      const std::string key = event["key"].text();
      if (events_.count(key)) wrong(fmt::format("{}: two events", key), event["id"].text());
      events_[key] = event;
      key_of_[event["id"].text()] = key;
    }
    out_.counts["events"] = events_.size();
  }

  void read_portal() {
    const json::Value state = world_.portal();
    for (const auto& lead : rows(state["leads"])) {
      if (lead["item"]["originatorId"].text() != "b24gate") continue;
      leads_[lead["item"]["originId"].text()].push_back(lead["id"].integer().value_or(0));
      auto& contacts = contacts_[lead["id"].integer().value_or(0)];
      for (const auto& entry : rows(lead["item"]["fm"])) ++contacts[entry["value"].text()];
      ++out_.counts["leads"];
    }
    for (const auto& comment : rows(state["comments"])) {
      const std::string event = marked_event(comment["text"].text());
      if (event.empty()) continue;
      comments_[event].push_back(
          {comment["id"].integer().value_or(0), comment["ownerId"].integer().value_or(0)});
      ++out_.counts["comments"];
    }
    for (const auto& task : rows(state["tasks"])) {
      ++tasks_[task["xmlId"].text()];
      ++out_.counts["tasks"];
    }
    for (const auto& call : rows(state["finished_calls"])) {
      ++calls_[call["externalId"].text()];
      ++out_.counts["calls"];
    }
    for (const auto& one : rows(state["notifications"])) {
      ++notifications_[one["tag"].text()];
      ++out_.counts["notifications"];
    }
  }

  // By lead rather than one by one: as people look, and a process each would take minutes.
  void read_stories() {
    std::set<std::string> leads;
    for (const auto& [key, event] : events_) {
      const std::string lead = event["lead"]["id"].text();
      if (!lead.empty()) leads.insert(lead);
    }
    for (const auto& lead : leads) {
      const auto told = json::parse(world_.run({"show", "lead:" + lead, "--json"}).text, {64, 10'000'000});
      if (!told) {
        wrong(fmt::format("lead {}: b24gate show tells nothing", lead));
        continue;
      }
      if (told->is_object()) stories_[(*told)["id"].text()] = *told;
      for (const auto& story : rows(*told)) stories_[story["id"].text()] = story;
    }
  }

  // One enquiry: stored once, delivered, one set of objects, told in full.
  void each(const Enquiry& enquiry) {
    const auto found = events_.find(enquiry.key);
    if (found == events_.end()) {
      if (enquiry.acknowledged) wrong(fmt::format("{}: acknowledged, but not in the journal", enquiry.key));
      if (!leads_[enquiry.key].empty()) wrong(fmt::format("{}: a lead, but no event", enquiry.key));
      return;
    }
    const std::string id = found->second["id"].text();
    const auto bad = [&](const std::string& what) { wrong(fmt::format("{}: {}", enquiry.key, what), id); };
    if (found->second["state"].text() != "delivered") {
      bad("the event is " + found->second["state"].text());
      return;
    }
    const std::size_t own = leads_[enquiry.key].size();
    if (own > 1) bad(fmt::format("{} leads", own));
    const auto& comments = comments_[id];
    if (comments.size() != 1) {
      bad(fmt::format("{} comments", comments.size()));
    } else if (std::to_string(comments[0].owner) != found->second["lead"]["id"].text()) {
      bad(fmt::format("its comment stands on lead {}", comments[0].owner));
    }
    const int tasks = tasks_["b24gate:" + id];
    const int wanted = own > 0 && enquiry.wants_task ? 1 : 0;
    if (tasks != wanted) bad(fmt::format("{} tasks instead of {}", tasks, wanted));
    const std::string tag = fmt::format("B24GATE|{}|{}", id, own > 0 ? "new" : "repeat");
    if (notifications_[tag] != 1) bad(fmt::format("{} notifications {}", notifications_[tag], tag));
    if (!enquiry.call.empty() && calls_[enquiry.call] != 1)
      bad(fmt::format("{} calls in the portal's statistics", calls_[enquiry.call]));
    told_in_full(enquiry, id);
  }

  void told_in_full(const Enquiry& enquiry, const std::string& id) {
    const auto story = stories_.find(id);
    if (story == stories_.end()) {
      wrong(fmt::format("{}: its lead does not tell of it", enquiry.key), id);
      return;
    }
    for (const auto& delivery : rows(story->second["deliveries"])) {
      const std::string name = delivery["name"].text();
      if (name == "contacts") ++out_.counts["contacts added"];
      // What was completed by another word of the client, and what a lost answer makes the portal refuse.
      const bool may_be_given_up = name == "close" || name == "bind";
      if (may_be_given_up && delivery["state"].text() == "discarded") continue;
      if (delivery["state"].text() != "confirmed")
        wrong(fmt::format("{}: {} is {}", enquiry.key, name, delivery["state"].text()), id);
      int attempts = 0;
      for (const auto& attempt : rows(delivery["attempts"])) {
        const bool look = attempt["outcome"].text() == "looked_up";
        attempts += look ? 0 : 1;
        out_.counts["look-ups"] += look ? 1 : 0;
      }
      if (delivery["method"].text().rfind("api/", 0) == 0) ++out_.counts["operations by REST 3.0"];
      if (rows(delivery["attempts"]).empty())
        wrong(fmt::format("{}: no attempt at {} is told", enquiry.key, name), id);
      const auto passed = sent_.find(delivery["key"].text());
      const int seen = passed == sent_.end() ? 0 : passed->second;
      // These have no mark of their own: the portal knows them by the call's, the task's, the lead's number.
      if (may_be_given_up || name == "finish" || name == "contacts") continue;
      if (name != "enquiry" && seen > attempts)
        wrong(fmt::format("{}: {} left {} times, told are {}", enquiry.key, name, seen, attempts), id);
      if (name != "enquiry" && seen == 0)
        wrong(fmt::format("{}: {} is confirmed and was never sent", enquiry.key, name), id);
      out_.counts["attempts"] += rows(delivery["attempts"]).size();
    }
  }

  void one_lead(int client, const std::vector<const Enquiry*>& list) {
    std::size_t leads = 0;
    bool any = false;
    std::string which;
    for (const auto* enquiry : list) {
      any = any || events_.count(enquiry->key) > 0;
      for (const auto id : leads_[enquiry->key]) which += fmt::format(" {} by {}", id, enquiry->key);
      leads += leads_[enquiry->key].size();
    }
    if (leads != (any ? 1U : 0U))
      wrong(fmt::format("client {}: {} leads:{}", client, leads, which), Load::phone(client));
    one_of_each_contact(client, list);
    ++out_.counts["clients"];
  }

  // The portal adds a phone or an e-mail as often as it is told.
  void one_of_each_contact(int client, const std::vector<const Enquiry*>& list) {
    std::map<std::string, int> wanted;
    std::map<std::string, int> there;
    for (const auto* enquiry : list) {
      if (!events_.count(enquiry->key)) continue;
      wanted[Load::phone(client)] = 1;
      if (!enquiry->email.empty()) wanted[enquiry->email] = 1;
      for (const auto id : leads_[enquiry->key]) {
        for (const auto& [value, times] : contacts_[id]) there[value] += times;
      }
    }
    if (there == wanted) return;
    std::string which;
    for (const auto& [value, times] : there) which += fmt::format(" {} x {}", value, times);
    wrong(fmt::format("client {}: its lead has{}", client, which), Load::phone(client));
  }

  // The lead by one of the first generation, then each generation's comments after those of the one before.
  void in_order(int client, std::vector<const Enquiry*> list) {
    list.erase(std::remove_if(list.begin(), list.end(), [](const auto* one) { return !one->acknowledged; }),
               list.end());
    std::stable_sort(list.begin(), list.end(),
                     [](const auto* a, const auto* b) { return a->generation < b->generation; });
    std::int64_t before = 0;  // the highest comment of earlier generations
    std::int64_t highest = 0;
    int generation = 0;
    for (const auto* enquiry : list) {
      if (enquiry->generation != generation) {
        before = highest;
        generation = enquiry->generation;
      }
      const auto event = events_.find(enquiry->key);
      if (event == events_.end()) continue;
      const auto& comments = comments_[event->second["id"].text()];
      if (comments.empty()) continue;
      if (comments[0].id < before)
        wrong(fmt::format("{}: written before an earlier enquiry of client {}", enquiry->key, client),
              event->second["id"].text());
      highest = std::max(highest, comments[0].id);
    }
  }

  // Nothing in the portal or the journal that nobody sent.
  void nothing_else() {
    std::set<std::string> known;
    for (const auto& enquiry : enquiries_) known.insert(enquiry.key);
    for (const auto& [key, event] : events_) {
      if (!known.count(key)) wrong(fmt::format("{}: nobody sent it", key), event["id"].text());
    }
    for (const auto& [key, ids] : leads_) {
      if (!ids.empty() && !known.count(key)) wrong(fmt::format("{}: a lead that nobody asked for", key));
    }
    for (const auto& [event, list] : comments_) {
      if (!list.empty() && !key_of_.count(event)) wrong(fmt::format("{}: a comment of no event", event));
    }
  }

  const e2e::World& world_;
  const std::vector<Enquiry>& enquiries_;
  const std::map<std::string, int>& sent_;
  Verdict out_;
  std::map<std::string, json::Value> events_;   // by key
  std::map<std::string, std::string> key_of_;   // by event
  std::map<std::string, json::Value> stories_;  // by event
  std::map<std::string, std::vector<std::int64_t>> leads_;
  std::map<std::int64_t, std::map<std::string, int>> contacts_;  // by lead
  std::map<std::string, std::vector<Comment>> comments_;         // by event
  std::map<std::string, int> tasks_;
  std::map<std::string, int> calls_;  // finished, by EXTERNAL_CALL_ID
  std::map<std::string, int> notifications_;
};

}  // namespace

Verdict judge(const e2e::World& world, const std::vector<Enquiry>& enquiries,
              const std::map<std::string, int>& sent) {
  return Judge(world, enquiries, sent).run();
}

}  // namespace b24gate::chaos
