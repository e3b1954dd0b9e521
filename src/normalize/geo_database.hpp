// City by IP address, from a MaxMind file (GeoLite2-City, DB-IP City and others of the format).
//
// Immutable after opening: any number of threads may ask. The file is mapped into memory; replace it by
// renaming, not by writing into it.
#pragma once

#include <maxminddb.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "event/event.hpp"

namespace b24gate::normalize {

class GeoDatabase {
 public:
  // Fails with ErrorKind::config when the file is missing or no MaxMind database; `what` says what to do.
  static Result<std::shared_ptr<const GeoDatabase>> open(const std::string& path);
  ~GeoDatabase();
  GeoDatabase(const GeoDatabase&) = delete;
  GeoDatabase& operator=(const GeoDatabase&) = delete;

  // Russian names where the file has them, else English. Empty for private, unknown and malformed addresses.
  [[nodiscard]] std::optional<event::Geo> find(std::string_view ip) const;

 private:
  GeoDatabase() = default;
  MMDB_s database_{};
  bool is_open_ = false;
};

}  // namespace b24gate::normalize
