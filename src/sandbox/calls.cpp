#include "sandbox/calls.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "sandbox/methods.hpp"

namespace b24gate::sandbox {
namespace {

constexpr std::size_t max_digits = 15;

bool has_phone(const Item& item, std::string_view normal) {
  return std::any_of(item.multifields.begin(), item.multifields.end(), [&](const Multifield& entry) {
    return entry.type == "PHONE" && entry.normal == normal;
  });
}

json::Value client_state(const Store& store, const Client& client) {
  if (!client.known()) return {};
  return json::Value::object({{"type", entity_name(client.type)},
                              {"typeId", client.type},
                              {"id", client.id},
                              {"name", client_name(store, client)}});
}

json::Value call_state(const Store& store, const PhoneCall& call) {
  json::Array screens;
  for (const auto user : call.screens) screens.emplace_back(user);
  return json::Value::object(
      {{"callId", call.id},
       {"externalId", call.external_id},
       {"applicationId", call.application == 0 ? json::Value() : json::Value(call.application)},
       {"userId", call.user},
       {"phone", call.phone},
       {"line", call.line},
       {"type", call.type},
       {"start", store.iso(std::chrono::floor<Seconds>(call.start))},
       {"client", client_state(store, call.client)},
       {"clientCreated", call.client_created},
       {"screens", std::move(screens)}});
}

json::Value record_state(const std::optional<Record>& record) {
  if (!record) return {};
  return json::Value::object({{"fileId", record->file},
                              {"name", record->name},
                              {"bytes", record->bytes},
                              {"sha256", record->sha256},
                              {"url", record->url}});
}

}  // namespace

std::string phone_digits(std::string_view phone) {
  std::string out;
  if (phone.starts_with('+')) phone.remove_prefix(1);
  for (const char c : phone) {
    if (c >= '0' && c <= '9') {
      out += c;
    } else if (std::string_view(" -()").find(c) == std::string_view::npos) {
      return {};
    }
  }
  return out.size() > max_digits ? std::string() : out;
}

std::vector<Client> clients_of(const Call& call, std::string_view digits) {
  const std::string normal = normal_communication("PHONE", digits);
  std::vector<Client> out;
  if (normal.empty()) return out;
  const TimePoint indexed = call.now - call.faults.search_lag();
  for (const EntityType type : {lead, contact, company}) {
    const auto& items = call.store.of(type);
    for (auto one = items.rbegin(); one != items.rend(); ++one) {
      const bool open = type != lead || one->second.value("stageSemanticId").text() == "P";
      if (open && one->second.created <= indexed && has_phone(one->second, normal))
        out.push_back({type, one->first});
    }
  }
  return out;
}

std::string client_name(const Store& store, const Client& client) {
  const Item* item = store.item(client.type, client.id);
  if (item == nullptr) return {};
  if (client.type != contact) return item->value("title").text();
  std::string name = item->value("name").text();
  const std::string last = item->value("lastName").text();
  if (!name.empty() && !last.empty()) name += ' ';
  return name + last;
}

PhoneCall& open_call(Call& call, PhoneCall fresh) {
  const std::int64_t now = to_unix_ms(call.now) / 1000;
  const std::string hash = sha256_hex(fmt::format("call {} {}", ++call.store.last.call, now)).substr(0, 32);
  fresh.id = fmt::format("externalCall.{}.{}", hash, now);
  if (!fresh.line.empty()) ensure_line(call.store, fresh.line);
  return call.store.open_calls.emplace(call.store.last.call, std::move(fresh)).first->second;
}

void ensure_line(Store& store, const std::string& number) {
  if (store.lines.contains(number)) return;
  store.lines.emplace(number, Line{number, "", true, ++store.last.line});
}

FinishedCall* finished_call(Store& store, std::string_view call_id) {
  const auto found = std::find_if(store.finished_calls.begin(), store.finished_calls.end(),
                                  [&](const auto& one) { return one.second.call.id == call_id; });
  return found == store.finished_calls.end() ? nullptr : &found->second;
}

std::int64_t keep_record(Store& store, FinishedCall& finished, Record record) {
  record.file = ++store.last.file;
  finished.record = std::move(record);
  return finished.record->file;
}

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1) return {};
  std::string out;
  for (unsigned int i = 0; i < length; ++i) out += fmt::format("{:02x}", digest[i]);
  return out;
}

json::Array open_calls_state(const Store& store, std::size_t limit) {
  json::Array out;
  for (auto one = store.open_calls.rbegin(); one != store.open_calls.rend() && out.size() < limit; ++one)
    out.push_back(call_state(store, one->second));
  return out;
}

json::Array finished_calls_state(const Store& store, std::size_t limit) {
  json::Array out;
  for (auto one = store.finished_calls.rbegin(); one != store.finished_calls.rend() && out.size() < limit;
       ++one) {
    const FinishedCall& finished = one->second;
    auto row = call_state(store, finished.call);
    row["id"] = finished.id;
    row["duration"] = finished.duration;
    row["answered"] = finished.answered();
    row["code"] = finished.code;
    row["reason"] = finished.reason;
    row["vote"] = finished.vote ? json::Value(*finished.vote) : json::Value();
    row["cost"] = finished.cost;
    row["currency"] = finished.currency;
    row["activityId"] = finished.activity;
    row["record"] = record_state(finished.record);
    row["recordUrl"] = finished.record_url;
    row["transcriptId"] = finished.transcript == 0 ? json::Value() : json::Value(finished.transcript);
    out.push_back(std::move(row));
  }
  return out;
}

json::Array lines_state(const Store& store) {
  json::Array out;
  for (const auto& [number, line] : store.lines) {
    out.push_back(
        json::Value::object({{"number", number}, {"name", line.name}, {"autoCreate", line.auto_create}}));
  }
  return out;
}

}  // namespace b24gate::sandbox
