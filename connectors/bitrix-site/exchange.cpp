#include "connectors/bitrix-site/exchange.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <utility>

#include "base/utf8.hpp"
#include "text/percent.hpp"

namespace b24gate::bitrix_site {
namespace {

using connector::HttpCall;

constexpr std::int64_t day = 86'400;
constexpr int usual_size = 100;
constexpr int largest_size = 100'000;

tl::unexpected<Error> failed(ErrorKind kind, const char* what, Move move) {
  return fail(kind, "1c_exchange.php", what, Ran::no, move);
}

std::string base64(const std::string& text) {
  std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::string_view trimmed_page(std::string_view body) {
  constexpr std::string_view bom = "\xEF\xBB\xBF";
  if (body.substr(0, bom.size()) == bom) body.remove_prefix(bom.size());
  return utf8::trimmed(body);
}

bool begins_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return utf8::trimmed(line);
}

// Nothing that could end a header or a cookie.
bool is_plain_token(std::string_view text) {
  return !text.empty() && text.size() <= 200 && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < 0x7F && c != ';' && c != ',' && c != '=';
  });
}

// The page is an answer of the exchange at all: not a login form, a captcha or a redirect to one.
Done check(const connector::HttpAnswer& answer) {
  if (answer.status == 0) return failed(ErrorKind::network, "the shop did not answer", Move::ours);
  if (answer.status == 401 || answer.status == 403) {
    return failed(ErrorKind::refused,
                  "the shop refused the login: check exchange_login and exchange_password",
                  Move::administrator);
  }
  if (answer.status != 200) {
    return answer.status >= 500 || answer.status == 429
               ? failed(ErrorKind::network, "the shop cannot answer now", Move::ours)
               : failed(ErrorKind::refused, "the shop has no exchange at exchange_url", Move::administrator);
  }
  const std::string_view body = trimmed_page(answer.body);
  if (begins_with(body, "failure")) {
    return failed(ErrorKind::refused,
                  "the shop refused the exchange: the user must be in a group that may exchange with 1C",
                  Move::administrator);
  }
  if (!begins_with(body, "<?xml") && !begins_with(body, "success")) {
    return failed(ErrorKind::refused,
                  "the shop answered with a page that is no exchange (a login form, a captcha?)",
                  Move::administrator);
  }
  return {};
}

std::int64_t member(const json::Value& mark, std::string_view name) {
  return mark[name].integer().value_or(0);
}

}  // namespace

std::optional<Exchange> exchange_of(const json::Value& options) {
  Exchange out;
  out.url = options["exchange_url"].text();
  out.login = options["exchange_login"].text();
  out.password = Secret(options["exchange_password"].text());
  if (const std::string site = options["exchange_site"].text(); !site.empty()) out.site = site;
  if (out.url.empty() || out.login.empty() || out.password.empty()) return std::nullopt;
  if (const std::string since = options["exchange_since"].text(); !since.empty()) {
    out.first_label = label_of(since.size() == 10 ? since + " 00:00:00" : since);
  }
  return out;
}

std::vector<std::string> exchange_option_names() {
  return {"exchange_url", "exchange_login", "exchange_password", "exchange_site", "exchange_since"};
}

std::optional<std::int64_t> label_of(std::string_view date_update) {
  const auto time = parse_iso(date_update, TimeZone::utc());
  return time ? std::optional(to_unix_ms(*time) / 1000) : std::nullopt;
}

ExchangePull::ExchangePull(Exchange exchange, const json::Value& mark, TimePoint now, std::int64_t local_now)
    : exchange_(std::move(exchange)),
      now_(now),
      label_(member(mark, "label")),
      newest_(label_),
      went_back_(member(mark, "went_back")),
      size_(usual_size) {
  const std::int64_t seconds = to_unix_ms(now) / 1000;
  if (label_ <= 0) {
    // The orders of years must not become leads on the first day.
    label_ = newest_ = std::max<std::int64_t>(0, exchange_.first_label.value_or(local_now - day));
    went_back_ = seconds;
  } else if (seconds - went_back_ >= day) {
    label_ = std::max<std::int64_t>(0, label_ - day);
    went_back_ = seconds;
  }
}

HttpCall ExchangePull::log_in() const {
  HttpCall call;
  call.url =
      exchange_.url + (exchange_.url.find('?') == std::string::npos ? "?" : "&") + "type=crm&mode=checkauth";
  call.headers = {{"Authorization", "Basic " + base64(exchange_.login + ":" + exchange_.password.reveal())},
                  {"User-Agent", "b24gate"}};
  return call;
}

HttpCall ExchangePull::query(const std::string& what) const {
  HttpCall call;
  call.method = "POST";
  call.url = exchange_.url;
  call.headers = {
      {"Cookie", cookie_}, {"Content-Type", "application/x-www-form-urlencoded"}, {"User-Agent", "b24gate"}};
  call.body = "type=crm&mode=query&LID=" + text::percent_encoded(exchange_.site) + "&" + what +
              "&ZZZ=0&IMPORT_SIZE=" + std::to_string(size_) + "&GZ_COMPRESSION_SUPPORTED=0";
  return call;
}

std::optional<HttpCall> ExchangePull::next() {
  switch (step_) {
    case Step::log_in:
      return log_in();
    case Step::page:
      return query("MODIFICATION_LABEL=" + std::to_string(label_));
    case Step::order:
      return query("ORDER_ID=" + text::percent_encoded(ids_.back()));
    case Step::end:
      break;
  }
  return std::nullopt;
}

Done ExchangePull::take(const connector::HttpAnswer& answer) {
  if (Done done = check(answer); !done) return done;
  switch (step_) {
    case Step::log_in:
      return take_session(trimmed_page(answer.body));
    case Step::page:
      return take_page(answer.body);
    case Step::order:
      return take_order(answer.body);
    case Step::end:
      break;
  }
  return {};
}

Done ExchangePull::take_session(std::string_view body) {
  const bool is_success = take_line(body) == "success";
  const std::string_view name = take_line(body);
  const std::string_view value = take_line(body);
  if (!is_success || !is_plain_token(name) || !is_plain_token(value))
    return failed(ErrorKind::input, "the shop named no session", Move::administrator);
  cookie_ = std::string(name) + "=" + std::string(value);
  step_ = Step::page;
  return {};
}

Done ExchangePull::take_page(const std::string& body) {
  if (begins_with(trimmed_page(body), "success")) {  // nothing to tell
    step_ = Step::end;
    return {};
  }
  if (const auto page = read_page(body)) {
    if (!page->orders.empty()) keep(body);
    move_on(marks_of(*page));
    return {};
  }
  page_ = marks_of_broken(body);
  for (auto order = page_.rbegin(); order != page_.rend(); ++order) {
    if (!order->id.empty()) ids_.push_back(order->id);  // asked from the back: oldest first
  }
  if (ids_.empty())
    return failed(ErrorKind::input, "a page of the exchange cannot be read", Move::administrator);
  step_ = Step::order;
  return {};
}

Done ExchangePull::take_order(const std::string& body) {
  // One that is not well-formed is kept all the same: read() calls it unreadable.
  if (!begins_with(trimmed_page(body), "success")) keep(body);
  ids_.pop_back();
  if (ids_.empty()) move_on(std::exchange(page_, {}));
  return {};
}

void ExchangePull::keep(const std::string& body) {
  connector::Request& request = found_.emplace_back();
  request.method = "POST";
  request.headers = {{"Content-Type", "application/xml"}};
  request.body = body;
  request.received_at = now_;
}

void ExchangePull::move_on(const std::vector<OrderMark>& orders) {
  std::int64_t first = INT64_MAX;
  std::int64_t last = 0;
  for (const auto& order : orders) {
    const auto label = label_of(order.date_update);
    if (!label) continue;
    first = std::min(first, *label);
    last = std::max(last, *label);
  }
  newest_ = std::max(newest_, last);
  const bool is_full = orders.size() >= static_cast<std::size_t>(size_);
  if (is_full && first == last && size_ < largest_size) {
    step_ = Step::page;
    size_ *= 10;  // more of the same second may have been cut off
    return;
  }
  // The last second of a full page may be cut: it is asked for again as a whole.
  const std::int64_t behind = is_full && first != last ? last - 1 : last;
  step_ = behind > label_ ? Step::page : Step::end;
  label_ = std::max(label_, behind);
  size_ = usual_size;
}

std::vector<connector::Request> ExchangePull::found() { return std::exchange(found_, {}); }

json::Value ExchangePull::mark() const {
  return json::Value::object({{"label", newest_}, {"went_back", went_back_}});
}

}  // namespace b24gate::bitrix_site
