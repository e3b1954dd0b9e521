// The account at the PBX: the key and the salt that sign both what it sends and what we ask of it.
#pragma once

#include <string>
#include <string_view>

#include "base/time.hpp"
#include "connector/connector.hpp"

namespace b24gate::mango {

// What `options:` of the source say.
class Account {
 public:
  explicit Account(const json::Value& options);

  // Key and salt are both known.
  [[nodiscard]] bool can_sign() const { return !key_.empty() && !salt_.empty(); }
  [[nodiscard]] bool key_matches(std::string_view offered) const { return key_.matches(offered); }
  // Compared in constant time; hex digits of either case.
  [[nodiscard]] bool sign_matches(std::string_view offered, std::string_view json) const;

  // The three fields of the PBX as a form. REQUIRES: can_sign().
  [[nodiscard]] std::string signed_form(std::string_view json) const;
  // A POST of a signed form to `path` below `api_url:`. REQUIRES: can_sign().
  [[nodiscard]] connector::HttpCall call(std::string_view path, const json::Value& content) const;

  [[nodiscard]] const Secret& key() const { return key_; }
  [[nodiscard]] const Secret& salt() const { return salt_; }
  [[nodiscard]] bool wants_recordings() const { return wants_recordings_; }
  [[nodiscard]] bool wants_pull() const { return wants_pull_; }
  // How far the clock behind the PBX's numbers is ahead of UTC.
  [[nodiscard]] Seconds time_offset() const { return time_offset_; }

 private:
  [[nodiscard]] std::string sign(std::string_view json) const;

  Secret key_;
  Secret salt_;
  std::string api_url_;  // ends with a slash
  bool wants_recordings_ = false;
  bool wants_pull_ = false;
  Seconds time_offset_{0};
};

// "+03:00", "-3", "3" (hours up to 14), "10800" (seconds); anything else is no offset.
Seconds parse_offset(std::string_view text);

}  // namespace b24gate::mango
