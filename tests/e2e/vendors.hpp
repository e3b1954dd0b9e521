// The services in end-to-end tests: sources for them, their sample bodies, and requests signed as they sign
// them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "e2e/world.hpp"

namespace b24gate::e2e {

using Headers = std::vector<std::pair<std::string, std::string>>;

inline const std::string json_type = "application/json";
inline const std::string form_type = "application/x-www-form-urlencoded";

// A source of each service, with the secrets that the samples are made for; for WorldOptions::sources.
std::string vendor_sources();

// connectors/<name>, for example "mango/samples/a11-summary.form", without a newline at its end.
std::string vendor_file(const std::string& name);
// Every place of `from`. REQUIRES: there is one.
std::string replaced(std::string text, const std::string& from, const std::string& by);

// What Mango appends to the address for a sample of this name.
std::string mango_path(const std::string& sample);
// The `json` of one of Mango's forms, and a form with a `json`, signed.
std::string mango_json(const std::string& form);
std::string mango_form(const std::string& json);
// Headers that sign `body` as the site's handler does, or did so many seconds ago.
Headers site_signature(const std::string& body, int seconds_ago = 0);

// Everybody is at work, whatever the hour the test runs at.
void everybody_works(const World& world);

// Posts what must be answered 200; the second waits until no event is unfinished.
void post_accepted(const World& world, const std::string& path, const std::string& body,
                   const std::string& type, const Headers& headers = {});
void post_and_settle(const World& world, const std::string& path, const std::string& body,
                     const std::string& type, const Headers& headers = {});

inline constexpr int lead_type = 1;
// The id of the only lead, or of the only one whose client has this phone. REQUIRES: there is exactly one.
std::string only_lead(const World& world);
std::string lead_with(const World& world, const std::string& phone);

// The event with this key, null when there is none.
json::Value event_by_key(const World& world, const std::string& key);
// Texts of the comments on a card, oldest first.
std::vector<std::string> comments_on(const World& world, int owner_type, const std::string& id);
// How many of the texts have `part` in them.
int count_with(const std::vector<std::string>& texts, const std::string& part);

}  // namespace b24gate::e2e
