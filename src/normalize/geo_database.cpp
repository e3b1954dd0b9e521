#include "normalize/geo_database.hpp"

#include <fmt/format.h>

#include <cerrno>

#include "base/os_error.hpp"

namespace b24gate::normalize {
namespace {

template <class... Path>
std::string text_at(MMDB_entry_s& entry, Path... path) {
  MMDB_entry_data_s data;
  const char* const end = nullptr;
  if (MMDB_get_value(&entry, &data, path..., end) != MMDB_SUCCESS || !data.has_data) return {};
  if (data.type != MMDB_DATA_TYPE_UTF8_STRING) return {};
  return {data.utf8_string, data.data_size};
}

template <class... Path>
std::string name_at(MMDB_entry_s& entry, Path... path) {
  std::string russian = text_at(entry, path..., "names", "ru");
  return russian.empty() ? text_at(entry, path..., "names", "en") : russian;
}

}  // namespace

Result<std::shared_ptr<const GeoDatabase>> GeoDatabase::open(const std::string& path) {
  std::shared_ptr<GeoDatabase> out(new GeoDatabase);
  const int status = MMDB_open(path.c_str(), MMDB_MODE_MMAP, &out->database_);
  if (status != MMDB_SUCCESS) {
    const std::string why = status == MMDB_FILE_OPEN_ERROR ? os_error(errno) : MMDB_strerror(status);
    return fail(
        ErrorKind::config, path,
        fmt::format("no MaxMind database can be read there: {}; give a city database (.mmdb), or take "
                    "geo.database out",
                    why),
        Ran::no, Move::administrator);
  }
  out->is_open_ = true;
  return out;
}

GeoDatabase::~GeoDatabase() {
  if (is_open_) MMDB_close(&database_);
}

std::optional<event::Geo> GeoDatabase::find(std::string_view ip) const {
  if (ip.empty() || ip.size() > 45) return std::nullopt;
  int address_error = 0;
  int database_error = 0;
  MMDB_lookup_result_s found =
      MMDB_lookup_string(&database_, std::string(ip).c_str(), &address_error, &database_error);
  if (address_error != 0 || database_error != MMDB_SUCCESS || !found.found_entry) return std::nullopt;
  event::Geo geo;
  geo.country = text_at(found.entry, "country", "iso_code");
  geo.region = name_at(found.entry, "subdivisions", "0");
  geo.city = name_at(found.entry, "city");
  if (geo.country.empty() && geo.region.empty() && geo.city.empty()) return std::nullopt;
  geo.from = "ip";
  return geo;
}

}  // namespace b24gate::normalize
