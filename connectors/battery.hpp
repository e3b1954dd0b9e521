// The common battery: what every registered connector must survive and keep, checked from its own samples.
//
// A connector passes it by being registered and having samples/index.yaml:
//   name: pbx                        # optional: the source's name; the connector's without it
//   secret: …                        # optional: the source's secret; SECRET without it
//   options: { api_key: … }          # optional: `options:` of the source
//   secret_values: [ … ]             # optional: texts that redact() must take out of every sample
//   samples:
//     file.form: { outcome: accepted, kind: form, … }
// `outcome` is obligatory; beside it: kind, key, events (how many), name, phones, emails (after
// normalization), text (pieces that must be in it), page_url, utm_source, utm_term, order_total, order_items,
// paid, call_id, call_outcome, proof (good, bad, absent), status; any other name is a member of the first
// event's JSON (call.talk_s: 95, action: update, fields.Мощность: …). Of the request: path, query, method,
// headers, received_at. Every file of the folder must be listed. .http files are whole requests; of others
// the extension gives the content type.
#pragma once

#include <string>
#include <vector>

#include "connector/connector.hpp"

namespace b24gate::connector::battery {

struct Sample {
  std::string file;
  Request request;
  // Pairs of what index.yaml says; lists have one pair per element.
  std::vector<std::pair<std::string, std::string>> expected;
};

struct Samples {
  Source source;
  std::vector<std::string> secret_values;
  std::vector<Sample> samples;
};

// The samples of a connector. Fails the running test when the folder and index.yaml do not agree.
Samples load_samples(const Connector& connector);

// Verifies, reads, redacts and normalizes, whatever the bytes; checks what holds for any outcome. Gives back
// the reading.
Reading read_anything(const Connector& connector, const Request& request, const Source& source);

}  // namespace b24gate::connector::battery
