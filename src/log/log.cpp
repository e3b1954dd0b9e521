#include "log/log.hpp"

#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <vector>

#include "base/utf8.hpp"

namespace b24gate::log {
namespace {

std::atomic<Level> threshold{Level::info};
std::mutex sink_mutex;
std::function<void(Level, std::string_view)> sink;

std::string_view word(Level level) {
  switch (level) {
    case Level::error:
      return "error";
    case Level::warning:
      return "warning";
    case Level::info:
      return "info";
    case Level::debug:
      return "debug";
  }
  return "info";
}

// syslog's numbers.
int priority(Level level) {
  switch (level) {
    case Level::error:
      return 3;
    case Level::warning:
      return 4;
    case Level::info:
      return 6;
    case Level::debug:
      return 7;
  }
  return 6;
}

// One word, or quoted with the few characters escaped that would break a line or a reader.
std::string quoted(std::string_view value) {
  const std::string clean = utf8::repaired(value);
  bool plain = !clean.empty();
  for (const char c : clean) {
    if (static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7F) plain = false;
  }
  if (plain) return clean;
  std::string out = "\"";
  for (const char c : clean) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < ' ' || c == 0x7F) {
      out += ' ';
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string line_of(const Message& message, std::initializer_list<Field> fields) {
  std::string line = "level=" + std::string(word(message.level)) + " id=" + std::string(message.id) +
                     " msg=" + quoted(message.text);
  for (const auto& field : fields) line += " " + field.key() + "=" + quoted(field.value());
  return line;
}

// Journal fields are upper-case ASCII; ours get a prefix of their own.
std::string journal_key(std::string_view key) {
  std::string out = "B24GATE_";
  for (const char c : key) out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

// The id as the journal wants it: 128 bits, a constant of ours that ends in the catalogue's four digits.
std::string journal_id(std::string_view id) {
  return "b24a7e00c0de4b24a7e0b24a7e00" + std::string(id.substr(id.size() - 4));
}

void to_journal(const Message& message, std::initializer_list<Field> fields) {
  std::vector<std::string> entries;
  std::string text(message.text);
  for (const auto& field : fields) text += " " + field.key() + "=" + quoted(field.value());
  entries.push_back("MESSAGE=" + text);
  entries.push_back("MESSAGE_ID=" + journal_id(message.id));
  entries.push_back("PRIORITY=" + std::to_string(priority(message.level)));
  entries.push_back("B24GATE_ID=" + std::string(message.id));
  for (const auto& field : fields)
    entries.push_back(journal_key(field.key()) + "=" + utf8::repaired(field.value()));
  std::vector<iovec> vectors;
  vectors.reserve(entries.size());
  for (auto& entry : entries) vectors.push_back({entry.data(), entry.size()});
  sd_journal_sendv(vectors.data(), static_cast<int>(vectors.size()));
}

bool on_journal() {
  static const bool is =
      std::getenv("JOURNAL_STREAM") != nullptr;  // NOLINT(concurrency-mt-unsafe): read once
  return is;
}

}  // namespace

Field id(std::string_view key, std::string_view value) { return {key, std::string(utf8::head(value, 200))}; }
Field phone(std::string_view key, std::string_view value) { return {key, masked_phone(value)}; }
Field email(std::string_view key, std::string_view value) { return {key, masked_email(value)}; }
Field error(const Error& error) { return {"error", error.text()}; }

void set_level(Level level) { threshold = level; }

void set_sink(std::function<void(Level, std::string_view)> new_sink) {
  const std::lock_guard lock(sink_mutex);
  sink = std::move(new_sink);
}

void write(const Message& message, std::initializer_list<Field> fields) {
  if (message.level > threshold.load()) return;
  const std::lock_guard lock(sink_mutex);
  if (sink) {
    sink(message.level, line_of(message, fields));
  } else if (on_journal()) {
    to_journal(message, fields);
  } else {
    const std::string line = line_of(message, fields) + "\n";
    // A log that cannot be written has nobody left to be told.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
  }
}

std::string masked_phone(std::string_view phone) {
  if (phone.size() < 8) return "***";
  return std::string(phone.substr(0, 5)) + "***" + std::string(phone.substr(phone.size() - 2));
}

std::string masked_email(std::string_view email) {
  const std::size_t at = email.rfind('@');
  if (at == std::string_view::npos || at == 0) return "***";
  return std::string(utf8::head(email, 1)) + "***" + std::string(email.substr(at));
}

}  // namespace b24gate::log
