#include "connectors/tomoru/said.hpp"

#include <algorithm>
#include <unordered_set>

#include "base/utf8.hpp"
#include "connector/labels.hpp"
#include "connectors/tomoru/tables.hpp"

namespace b24gate::tomoru {
namespace {

using connector::add_line;

constexpr int deepest = 8;

enum class Speaker { unknown, robot, client };

Speaker speaker_of(std::string_view role) {
  static const connector::ValueTable<Speaker> table = {
      {"robot", Speaker::robot},    {"bot", Speaker::robot},       {"assistant", Speaker::robot},
      {"agent", Speaker::robot},    {"system", Speaker::robot},    {"ai", Speaker::robot},
      {"робот", Speaker::robot},    {"бот", Speaker::robot},       {"оператор", Speaker::robot},
      {"operator", Speaker::robot}, {"client", Speaker::client},   {"user", Speaker::client},
      {"human", Speaker::client},   {"customer", Speaker::client}, {"contact", Speaker::client},
      {"abonent", Speaker::client}, {"абонент", Speaker::client},  {"клиент", Speaker::client},
      {"человек", Speaker::client}};
  return table.find(role).value_or(Speaker::unknown);
}

// The first member of one of these names that says something.
std::string member(const json::Value& object, connector::Candidates names) {
  const auto* members = object.object_if();
  if (!members) return {};
  for (const auto name : names) {
    for (const auto& [key, value] : *members) {
      if (!value.says_nothing() && connector::plain_key(key) == name)
        return std::string(utf8::trimmed(value.text()));
    }
  }
  return {};
}

class Listener {
 public:
  void answer(std::string_view label, const json::Value& value) {
    constexpr std::string_view matches[] = {"match"};
    constexpr std::string_view transcriptions[] = {"transcription"};
    std::string match = value.is_object() ? member(value, matches) : std::string(utf8::trimmed(value.text()));
    const std::string words = value.is_object() ? member(value, transcriptions) : std::string();
    if (match.empty() && words.empty()) return;
    label = utf8::trimmed(label);
    std::string line = match.empty() ? words : match;
    if (!labels_.insert(std::string(label)).second) label = {};  // said already: to the text only
    if (!label.empty()) said_.answers.append(std::string(label), line);
    if (!match.empty() && !words.empty() && match != words) line += " (" + words + ")";
    add_line(said_.text, label, line);
    said_.phrases.push_back(match + "\n" + words);
  }

  void phrase(Speaker speaker, std::string_view words) {
    words = utf8::trimmed(words);
    if (words.empty()) return;
    add_line(said_.text,
             speaker == Speaker::robot    ? "Робот"
             : speaker == Speaker::client ? "Клиент"
                                          : "",
             words);
    if (speaker != Speaker::robot) said_.phrases.emplace_back(words);
  }

  // A dialog as one text, perhaps with a speaker before each line. Who says nothing of speakers is taken for
  // the client: a person who spoke is not to be lost.
  void lines(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      std::string_view line = text.substr(at, end - at);
      at = end + 1;
      const std::size_t colon = line.find(':');
      const Speaker speaker = colon == std::string_view::npos
                                  ? Speaker::unknown
                                  : speaker_of(utf8::trimmed(line.substr(0, colon)));
      if (speaker != Speaker::unknown) line.remove_prefix(colon + 1);
      phrase(speaker, line);
    }
  }

  void last_phrase(const std::string& words) {
    if (words.empty()) return;
    add_line(said_.text, "Последняя фраза", words);
    said_.phrases.push_back(words);
  }

  Said take() { return std::move(said_); }

 private:
  Said said_;
  std::unordered_set<std::string> labels_;
};

void find_answers(const json::Value& value, Listener& listener, bool in_data, int depth) {
  const auto* members = value.object_if();
  if (!members || depth > deepest) return;
  for (const auto& [key, below] : *members) {
    const std::string plain = connector::plain_key(key);
    if (plain.rfind("data:", 0) == 0) {
      listener.answer(std::string_view(key).substr(key.find(':') + 1), below);
    } else if (in_data && is_answer(below)) {
      listener.answer(key, below);
    } else if (in_data && !below.is_object() && !below.is_array() && !is_known_name(plain)) {
      listener.answer(key, below);
    } else if (!is_closed(plain, below)) {
      find_answers(below, listener, plain == "data", depth + 1);
    }
  }
}

void find_dialog(const connector::FreeBody& body, Listener& listener) {
  for (const auto candidate : dialogs) {
    const auto* dialog = body.find(candidate);
    if (!dialog || dialog->is_object()) continue;
    const auto* list = dialog->array_if();
    if (!list) return listener.lines(dialog->text());
    constexpr std::string_view roles[] = {"role", "speaker", "author"};
    constexpr std::string_view words[] = {"text", "phrase", "message"};
    for (const auto& one : *list) {
      if (one.is_object()) {
        listener.phrase(speaker_of(member(one, roles)), member(one, words));
      } else {
        listener.lines(one.text());
      }
    }
    return;
  }
}

// Words in lower case, without punctuation.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> out(1);
  for (const char c : utf8::folded(text)) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_letter = byte >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (is_letter) {
      out.back() += c;
    } else if (!out.back().empty()) {
      out.emplace_back();
    }
  }
  if (out.back().empty()) out.pop_back();
  return out;
}

// "абонент" is in "абонента"; short words are compared whole.
bool is_word(const std::string& expected, const std::string& said) {
  constexpr std::size_t bytes_of_stem = 10;
  return expected.size() >= bytes_of_stem ? said.compare(0, expected.size(), expected) == 0
                                          : said == expected;
}

// Whether the words come in this order, with at most two others between two of them: "после звукового
// сигнала".
bool holds(const std::vector<std::string>& said, const std::vector<std::string>& phrase) {
  constexpr std::size_t most_between = 2;
  for (std::size_t start = 0; start < said.size() && !phrase.empty(); ++start) {
    std::size_t matched = 0;
    std::size_t between = 0;
    for (std::size_t at = start; at < said.size() && matched < phrase.size(); ++at) {
      if (is_word(phrase[matched], said[at])) {
        ++matched;
        between = 0;
      } else if (matched == 0 || ++between > most_between) {
        break;
      }
    }
    if (matched == phrase.size()) return true;
  }
  return false;
}

}  // namespace

Said said_in(const connector::FreeBody& body) {
  Listener listener;
  find_answers(body.root(), listener, false, 0);
  find_dialog(body, listener);
  listener.last_phrase(body.text("last_phrase"));
  return listener.take();
}

bool is_machine(const std::vector<std::string>& phrases, const json::Value& more_phrases) {
  std::vector<std::vector<std::string>> known;
  for (const auto* phrase :
       {"оставьте сообщение", "после сигнала", "абонент недоступен", "абонент не может ответить",
        "автоответчик", "голосовая почта", "голосовой помощник", "виртуальный секретарь"})
    known.push_back(words_of(phrase));
  if (const auto* list = more_phrases.array_if()) {
    for (const auto& phrase : *list) known.push_back(words_of(phrase.text()));
  } else if (!more_phrases.says_nothing()) {
    known.push_back(words_of(more_phrases.text()));
  }
  return !phrases.empty() && std::all_of(phrases.begin(), phrases.end(), [&](const std::string& phrase) {
    const auto said = words_of(phrase);
    return std::any_of(known.begin(), known.end(), [&](const auto& one) { return holds(said, one); });
  });
}

}  // namespace b24gate::tomoru
