#include <fmt/format.h>

#include <algorithm>

#include "base/nearest.hpp"
#include "event/event.hpp"
#include "mapping/mapping.hpp"
#include "mapping/same.hpp"

namespace b24gate::mapping {
namespace {

// What scope_of adds to the event's own members.
const std::vector<std::string> added = {"source.name", "source.title", "connector"};
// Members that hold lists of objects: what stands below them is not checked.
const std::vector<std::string> open_members = {"contact.messengers", "chat.messages", "order.items"};

bool begins_with(std::string_view path, std::string_view name) {
  return path == name ||
         (path.size() > name.size() && path.substr(0, name.size()) == name && path[name.size()] == '.');
}

std::vector<std::string> heads_of(const std::vector<std::string>& names) {
  std::vector<std::string> out;
  for (const auto& name : names) {
    std::string head = name.substr(0, name.find('.'));
    if (std::find(out.begin(), out.end(), head) == out.end()) out.push_back(std::move(head));
  }
  return out;
}

const std::vector<std::string>& known_paths() {
  static const auto all = [] {
    std::vector<std::string> out = event::member_names();
    out.insert(out.end(), added.begin(), added.end());
    return out;
  }();
  return all;
}

std::string dotted(const std::vector<std::string>& keys) {
  std::string out;
  for (const auto& key : keys) out += (out.empty() ? "" : ".") + key;
  return out;
}

}  // namespace

json::Value scope_of(json::Value event_json, std::string_view source, std::string_view source_title,
                     std::string_view connector) {
  json::Value out = event_json.is_object() ? std::move(event_json) : json::Value(json::Object());
  json::Object about;
  about.append("name", source);
  about.append("title", source_title.empty() ? source : source_title);
  out["source"] = std::move(about);
  out["connector"] = connector;
  return out;
}

void check_paths(const std::vector<std::string>& paths, const std::vector<std::string>& also,
                 const yaml::Place& place, yaml::Context& context) {
  for (const auto& text : paths) {
    const auto path = Path::parse(text);
    if (!path) continue;  // reported where it was compiled
    const std::string& head = path->head();
    if (head == "fields" || std::find(also.begin(), also.end(), head) != also.end()) continue;
    const std::string keys = dotted(path->keys());
    const auto& known = known_paths();
    const bool good = std::any_of(known.begin(), known.end(),
                                  [&](const std::string& name) { return begins_with(name, keys); }) ||
                      std::any_of(open_members.begin(), open_members.end(),
                                  [&](const std::string& name) { return begins_with(keys, name); });
    if (good) continue;
    std::vector<std::string> heads = heads_of(known);
    if (std::find(heads.begin(), heads.end(), head) != heads.end()) {
      context.problems.unknown(place, "path", text, [&] {
        std::vector<std::string> below;
        for (const auto& name : known) {
          if (begins_with(name, head)) below.push_back(name);
        }
        return below;
      }());
      continue;
    }
    heads.emplace_back("fields");
    heads.insert(heads.end(), also.begin(), also.end());
    std::vector<std::string> candidates = heads;
    if (keys != head) candidates.insert(candidates.end(), known.begin(), known.end());
    std::string what = unknown_name("path", text, candidates);
    if (what.find("; known: ") != std::string::npos) {
      // Nothing is near as a whole: perhaps the first step is ("feilds.power"), else the list of those is
      // enough.
      const auto near = nearest(head, heads);
      what =
          near ? fmt::format("unknown path '{}'; did you mean '{}{}'?", text, *near, text.substr(head.size()))
               : unknown_name("path", text, heads);
    }
    context.problems.add(place, std::move(what));
  }
}

}  // namespace b24gate::mapping
