#include "cli/enquiries.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <string>

#include "json/value.hpp"

namespace b24gate::cli {
namespace {

// Sets that grow together.
class Groups {
 public:
  explicit Groups(std::size_t size) : parents_(size) { std::iota(parents_.begin(), parents_.end(), 0); }

  std::size_t of(std::size_t one) {
    while (parents_[one] != one) one = parents_[one] = parents_[parents_[one]];
    return one;
  }
  // The lower one stands for both.
  void join(std::size_t a, std::size_t b) {
    const auto [low, high] = std::minmax({of(a), of(b)});
    parents_[high] = low;
  }

 private:
  std::vector<std::size_t> parents_;
};

}  // namespace

std::vector<Enquiry> enquiries_of(const std::vector<journal::EventRow>& rows, const TimeZone& zone) {
  std::vector<const journal::EventRow*> ordered;
  for (const auto& row : rows) ordered.push_back(&row);
  std::sort(ordered.begin(), ordered.end(), [](const auto* a, const auto* b) { return a->id < b->id; });

  std::vector<event::Event> events;
  Groups groups(ordered.size());
  std::map<std::string, std::size_t> first_of;  // source and conversation -> its first event
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    const auto data = json::parse(ordered[i]->data);
    events.push_back(data ? event::from_json(*data, zone) : event::Event());
    for (const auto& name : event::conversations_of(events.back())) {
      const auto [first, is_new] = first_of.emplace(ordered[i]->source + "/" + name, i);
      if (!is_new) groups.join(first->second, i);
    }
  }
  std::map<std::size_t, Enquiry> made;  // by the first event
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    Enquiry& enquiry = made[groups.of(i)];
    enquiry.rows.push_back(ordered[i]);
    enquiry.events.push_back(std::move(events[i]));
  }
  std::vector<Enquiry> out;
  for (auto& [first, enquiry] : made) out.push_back(std::move(enquiry));
  return out;
}

}  // namespace b24gate::cli
