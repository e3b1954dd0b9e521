// The portal's answers, hostile: whatever the bytes, classify and decode_batch end and keep their promises.
//
// Input: the HTTP status in digits, a line break, the body (tests/fuzz/seeds/portal holds the golden
// answers).
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "portal/batch.hpp"
#include "portal/classify.hpp"

using namespace b24gate;
using namespace b24gate::portal;

namespace {

void require(bool kept) {
  if (!kept) std::abort();
}

void check(const Outcome& outcome) {
  require(!name(outcome.cls).empty());
  require(outcome.code.size() <= 200 * 4 && outcome.description.size() <= 2000 * 4);
  require(outcome.operating_s >= 0 && outcome.took >= Milliseconds{0});
  if (outcome.cls == Class::auth || outcome.cls == Class::permanent) require(!outcome.advice.empty());
  if (outcome.cls != Class::success) require(outcome.result.is_null());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  HttpReply reply;
  reply.state = HttpReply::State::answered;
  std::size_t digits = 0;
  while (digits < text.size() && digits < 3 && text[digits] >= '0' && text[digits] <= '9') {
    reply.status = reply.status * 10 + (text[digits++] - '0');
  }
  text.remove_prefix(digits);
  if (!text.empty() && text.front() == '\n') text.remove_prefix(1);
  reply.body = std::string(text);
  if (reply.status / 100 == 3) reply.headers.emplace_back("Location", "https://example.bitrix24.ru/");

  check(classify(reply, true));
  check(classify(reply, false));

  const std::vector<Command> commands{
      {"crm.item.add", json::Value::object({{"text", text}})},
      {"crm.item.list", json::Value::object({{std::string(text), json::Value::array({text})}})},
      {"batch", json::Value()}};
  for (const Halt halt : {Halt::no, Halt::yes}) {
    const auto outcomes = decode_batch(reply, commands, halt);
    require(outcomes.size() == commands.size());
    for (const auto& outcome : outcomes) check(outcome);
  }
  // Nothing that is sent may refer to another command.
  const std::string encoded = encode(commands[0]);
  require(encoded.find("$") == std::string::npos && encoded.find("%24result%5B") == std::string::npos);
  return 0;
}
