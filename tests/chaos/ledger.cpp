#include "chaos/ledger.hpp"

#include "json/value.hpp"
#include "text/percent.hpp"

namespace b24gate::chaos {
namespace {

struct Mark {
  std::string_view method;
  std::string_view outer;  // empty: the parameter stands at the top
  std::string_view name;
};
constexpr std::array<Mark, 6> marks{{{"telephony.externalCall.register", "", "EXTERNAL_CALL_ID"},
                                     {"crm.item.add", "fields", "originId"},
                                     {"crm.timeline.comment.add", "fields", "COMMENT"},
                                     {"tasks.task.add", "fields", "XML_ID"},
                                     {"tasks.task.add", "fields", "xmlId"},  // REST 3.0
                                     {"im.notify.system.add", "", "TAG"}}};

// A comment is known by its last line.
std::string last_line(std::string text) {
  const std::size_t at = text.rfind('\n');
  return at == std::string::npos ? text : text.substr(at + 1);
}

std::string in_json(const Mark& mark, const json::Value& params) {
  const json::Value& place = mark.outer.empty() ? params : params[mark.outer];
  return place[mark.name].text();
}

std::string in_query(const Mark& mark, std::string_view query) {
  const std::string wanted = mark.outer.empty()
                                 ? std::string(mark.name)
                                 : std::string(mark.outer) + "[" + std::string(mark.name) + "]";
  for (std::size_t from = 0; from < query.size();) {
    const std::size_t to = std::min(query.find('&', from), query.size());
    const std::string_view one = query.substr(from, to - from);
    const std::size_t equals = std::min(one.find('='), one.size());
    if (text::percent_decoded(one.substr(0, equals), text::Plus::space) == wanted && equals < one.size())
      return text::percent_decoded(one.substr(equals + 1), text::Plus::space);
    from = to + 1;
  }
  return {};
}

}  // namespace

std::vector<std::string> operations_in(const std::string& target, const std::string& body) {
  std::vector<std::string> out;
  const auto params = json::parse(body);
  if (!params) return out;
  const std::string method = target.substr(target.rfind('/') + 1);
  const auto take = [&](std::string_view called, const auto& value_of) {
    for (const auto& mark : marks) {
      if (mark.method != called) continue;
      if (const std::string value = last_line(value_of(mark)); !value.empty()) out.push_back(value);
    }
  };
  if (method != "batch") {
    take(method, [&](const Mark& mark) { return in_json(mark, *params); });
    return out;
  }
  const json::Value& commands = (*params)["cmd"];
  const auto one = [&](const std::string& command) {
    const std::size_t question = std::min(command.find('?'), command.size());
    const std::string_view query =
        question < command.size() ? std::string_view(command).substr(question + 1) : std::string_view();
    take(command.substr(0, question), [&](const Mark& mark) { return in_query(mark, query); });
  };
  if (const auto* object = commands.object_if()) {
    for (const auto& [name, command] : *object) one(command.text());
  } else if (const auto* array = commands.array_if()) {
    for (const auto& command : *array) one(command.text());
  }
  return out;
}

void Ledger::note(const Gate::Passing& passing) {
  const auto operations = operations_in(passing.target, passing.body);
  const std::lock_guard lock(mutex_);
  for (const auto& operation : operations) ++sent_[operation];
}

std::map<std::string, int> Ledger::sent() const {
  const std::lock_guard lock(mutex_);
  return sent_;
}

}  // namespace b24gate::chaos
