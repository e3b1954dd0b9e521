// telephony.externalCall.attachRecord and telephony.call.attachTranscription. Source:
// bitrix24/telephony.md 5.5.
#include <array>

#include "sandbox/methods.hpp"
#include "sandbox/php.hpp"
#include "sandbox/upload.hpp"
#include "text/percent.hpp"

namespace b24gate::sandbox {
namespace {

constexpr std::size_t max_uploads = 10'000;

tl::unexpected<Failure> core(std::string text) { return refuse("ERROR_CORE", std::move(text)); }

tl::unexpected<Failure> not_finished() {
  return core("Call is not found in the statistic table. It looks like it is not finished yet.");
}

std::string name_in(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const auto scheme = url.find("://");
  const auto slash = url.rfind('/');
  if (slash == std::string_view::npos || (scheme != std::string_view::npos && slash < scheme + 3)) return {};
  return text::percent_decoded(url.substr(slash + 1), text::Plus::literal);
}

Outcome kept(Call& call, FinishedCall& finished, Record record) {
  if (record.name.empty()) return core("File name is empty");
  if (!is_record_name(record.name)) return core("Wrong file extension. Only wav and mp3 are allowed");
  if (record.url.empty() && record.bytes == 0) return core("File content is empty.");
  return Success{
      json::Value::object({{"FILE_ID", keep_record(call.store, finished, std::move(record))}}), {}, {}};
}

// The name is looked at when the file comes, as the portal does: it is the uploaded file's own name that
// counts.
Outcome upload_address(Call& call, const FinishedCall& finished) {
  if (call.store.uploads.size() >= max_uploads) call.store.uploads.clear();
  const std::string token =
      "telephony|" + sha256_hex("upload " + std::to_string(++call.store.last.upload)).substr(0, 32);
  call.store.uploads[token] = {finished.call.id};
  return Success{
      json::Value::object({{"uploadUrl", call.caller.origin + "/rest/upload.json?auth=sandbox&token=" +
                                             text::percent_encoded(token)},
                           {"fieldName", "file"}}),
      {},
      {}};
}

// RECORD_URL wins over the others. What it names is not downloaded here: a fault `error` stands in for
// "Server returns HTTP error code N".
Outcome attach_record(Call& call) {
  const std::string id = call.param("CALL_ID").text();
  const std::string url = call.param("RECORD_URL").text();
  const auto& name = call.param("FILENAME");
  const auto& content = call.param("FILE_CONTENT");
  if (id.empty() || (url.empty() && name.is_null()))
    return core("Required parameters are not set. Request should contain or URL or FILENAME parameter");
  FinishedCall* finished = finished_call(call.store, id);
  if (finished == nullptr) return not_finished();
  Record record;
  record.name = name.text();
  if (!url.empty()) {
    if (record.name.empty()) record.name = name_in(url);
    record.url = url;
    return kept(call, *finished, std::move(record));
  }
  if (content.is_null()) return upload_address(call, *finished);
  const auto bytes = decoded_base64(content.text());
  if (!bytes) return core("File content is not properly encoded. Base64 encoding is expected.");
  record.bytes = bytes->size();
  record.sha256 = sha256_hex(*bytes);
  return kept(call, *finished, std::move(record));
}

Outcome attach_transcription(Call& call) {
  FinishedCall* finished = finished_call(call.store, call.param("CALL_ID").text());
  if (finished == nullptr) return not_finished();
  if (call.param("MESSAGES").size() == 0) return core("MESSAGES should be set");
  finished->transcript = ++call.store.last.transcript;
  return Success{json::Value::object({{"TRANSCRIPT_ID", finished->transcript}}), {}, {}};
}

constexpr std::array<Method, 2> methods{{
    {"telephony.externalcall.attachrecord", "telephony", 0.3, attach_record},
    {"telephony.call.attachtranscription", "telephony", 0.1, attach_transcription},
}};

}  // namespace

Outcome receive_upload(Call& call) {
  const auto upload = call.store.uploads.find(call.param("token").text());
  if (upload == call.store.uploads.end()) return refuse("ACCESS_DENIED", "Upload token is not valid", 403);
  if (call.param("name").is_null()) return core("File content is empty.");
  FinishedCall* finished = finished_call(call.store, upload->second.call);
  if (finished == nullptr) return not_finished();
  Record record;
  record.name = call.param("name").text();
  record.bytes = static_cast<std::size_t>(call.param("bytes").integer().value_or(0));
  record.sha256 = call.param("sha256").text();
  auto out = kept(call, *finished, std::move(record));
  if (out) call.store.uploads.erase(upload);
  return out;
}

std::span<const Method> record_methods() { return methods; }

}  // namespace b24gate::sandbox
