// Asks a shop for its orders, as Bitrix24 itself did: /bitrix/admin/1c_exchange.php with type=crm, which
// changes nothing in the shop. Never mode=init, mode=success, sessid or version: they belong to the 1C that
// may be connected to the same shop.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "connector/connector.hpp"
#include "connectors/bitrix-site/commerce_ml.hpp"

namespace b24gate::bitrix_site {

// `options:` of a source that may be asked.
struct Exchange {
  std::string url;
  std::string login;
  Secret password;
  std::string site = "s1";                  // LID
  std::optional<std::int64_t> first_label;  // `exchange_since:`: where the very first run begins
};
// Nothing without an address, a login and a password.
std::optional<Exchange> exchange_of(const json::Value& options);

std::vector<std::string> exchange_option_names();

// The shop's wall clock counted as if it were UTC: what the shop calls MODIFICATION_LABEL.
std::optional<std::int64_t> label_of(std::string_view date_update);

class ExchangePull final : public connector::Pull {
 public:
  // `local_now`: the shop's wall clock as if it were UTC, in seconds.
  ExchangePull(Exchange exchange, const json::Value& mark, TimePoint now, std::int64_t local_now);

  std::optional<connector::HttpCall> next() override;
  Done take(const connector::HttpAnswer& answer) override;
  std::vector<connector::Request> found() override;
  [[nodiscard]] json::Value mark() const override;

 private:
  enum class Step { log_in, page, order, end };

  [[nodiscard]] connector::HttpCall log_in() const;
  [[nodiscard]] connector::HttpCall query(const std::string& what) const;
  Done take_session(std::string_view body);
  Done take_page(const std::string& body);
  Done take_order(const std::string& body);
  void keep(const std::string& body);
  // Goes on behind the orders of a page: to later ones, to more of the same second, or to the end.
  void move_on(const std::vector<OrderMark>& orders);

  Exchange exchange_;
  TimePoint now_;
  Step step_ = Step::log_in;
  std::string cookie_;
  std::int64_t label_ = 0;
  std::int64_t newest_ = 0;      // the largest label seen by any run
  std::int64_t went_back_ = 0;   // when a run last went back a day
  int size_;                     // IMPORT_SIZE
  std::vector<OrderMark> page_;  // of a broken page whose orders are asked one by one
  std::vector<std::string> ids_;
  std::vector<connector::Request> found_;
};

}  // namespace b24gate::bitrix_site
