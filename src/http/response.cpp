#include "http/response.hpp"

#include <http_parser.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>

#include "http/framing.hpp"

namespace b24gate::http {
namespace {

void append_number(std::string& out, std::size_t number) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_value(std::string& out, std::string_view value) {
  for (const char c : value) out += (c == '\r' || c == '\n' || c == '\0') ? ' ' : c;
}

bool may_be_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return c > ' ' && c < 0x7F && std::string_view("()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos;
  });
}

bool is_written_by_frame(std::string_view name) {
  for (const std::string_view own :
       {"Content-Type", "Content-Length", "Connection", "Date", "Transfer-Encoding", "Keep-Alive"}) {
    if (same_name(name, own)) return true;
  }
  return false;
}

}  // namespace

std::string_view reason_phrase(int status) {
  switch (status) {
#define B24GATE_REASON(number, name, text) \
  case number:                             \
    return #text;
    HTTP_STATUS_MAP(B24GATE_REASON)
#undef B24GATE_REASON
    default:
      return "Unknown";
  }
}

std::string http_date(TimePoint time) {
  static constexpr std::array<const char*, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  const int length = std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                                   days.at(static_cast<std::size_t>(parts.tm_wday)), parts.tm_mday,
                                   months.at(static_cast<std::size_t>(parts.tm_mon)), parts.tm_year + 1900,
                                   parts.tm_hour, parts.tm_min, parts.tm_sec);
  return {text.data(), static_cast<std::size_t>(std::max(length, 0))};
}

void append_response(std::string& out, const Response& response, const Frame& frame) {
  const int status = response.status >= 200 && response.status <= 999 ? response.status : 500;
  const bool has_content = status != 204 && status != 304;
  out.reserve(out.size() + 256 + response.body.size());
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::size_t>(status));
  out += ' ';
  out += reason_phrase(status);
  out += "\r\nDate: ";
  out += frame.date;
  if (!frame.server_name.empty()) {
    out += "\r\nServer: ";
    append_value(out, frame.server_name);
  }
  if (has_content) {
    if (!response.content_type.empty()) {
      out += "\r\nContent-Type: ";
      append_value(out, response.content_type);
    }
    out += "\r\nContent-Length: ";
    append_number(out, response.body.size());
  }
  if (!frame.keep_alive) {
    out += "\r\nConnection: close";
  } else if (frame.say_keep_alive) {
    out += "\r\nConnection: keep-alive";
  }
  for (const auto& [name, value] : response.headers) {
    if (!may_be_name(name) || is_written_by_frame(name)) continue;
    out += "\r\n";
    out += name;
    out += ": ";
    append_value(out, value);
  }
  out += "\r\n\r\n";
  if (has_content && !frame.without_body) out += response.body;
}

Response error_response(int status, std::string_view code, std::string_view message) {
  Response response;
  response.status = status;
  response.body.append(R"({"error":")").append(code).append(R"(","message":")").append(message).append("\"}");
  response.close = true;
  return response;
}

}  // namespace b24gate::http
