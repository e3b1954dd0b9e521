// One person's data leaves the journal: 152-FZ.
#include "journal/erase.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/event_choice.hpp"
#include "cli/output.hpp"
#include "normalize/normalize.hpp"

namespace b24gate::cli {
namespace {

// Beside the service the file is written anew only while that takes less than webhooks would notice.
constexpr std::int64_t quickly_compacted = 128LL * 1024 * 1024;

struct EraseArguments {
  std::string phone, email;
  bool count = false;
  bool compact = false;
  bool json = false;
};

std::optional<journal::Identity> identity_or_complain(const EraseArguments& arguments,
                                                      const std::string& region) {
  if (!arguments.phone.empty()) {
    const auto phones = normalize::read_phones(arguments.phone, region);
    if (phones.size() == 1) return journal::Identity{"phone", phones.front().e164};
    complain("--phone is no phone number, or more than one");
    return std::nullopt;
  }
  if (const auto email = normalize::read_email(arguments.email)) return journal::Identity{"email", *email};
  complain("--email is no e-mail address");
  return std::nullopt;
}

// What the removed rows have left in the files.
struct Cleaned {
  bool wal_emptied = false;
  bool compacted = false;
  std::string why_not;  // in words, when one of them is missing
};

Cleaned clean(journal::Journal& journal, bool compact_wanted) {
  Cleaned out;
  // Nobody else waits for the journal while we have the lock.
  const bool alone = journal.lock().value_or(false);
  if (compact_wanted || alone || journal.size_on_disk() <= quickly_compacted) {
    if (const Done done = journal.compact(); done) {
      out.compacted = out.wal_emptied = true;
      return out;
    } else {
      out.why_not = done.error().text();
    }
  } else {
    out.why_not =
        "the journal is large and in use, so that it was not written anew: unused parts of its pages may "
        "hold "
        "remains; run the same command with --compact at a quiet hour";
  }
  const Done emptied = journal.empty_wal();
  out.wal_emptied = emptied.has_value();
  if (!emptied) out.why_not = emptied.error().text();
  return out;
}

json::Value texts(const std::set<std::string>& from) {
  json::Array out;
  for (const auto& text : from) out.emplace_back(text);
  return json::Value(std::move(out));
}

std::string joined(const std::set<std::string>& from) {
  std::string out;
  for (const auto& text : from) out += (out.empty() ? "" : ", ") + text;
  return out;
}

json::Value document_of(const journal::Erased& erased, const std::set<std::string>& also,
                        std::int64_t unread) {
  return json::Value::object({{"events", erased.events},
                              {"discarded", erased.discarded},
                              {"requests", static_cast<std::int64_t>(erased.requests.size())},
                              {"deliveries", erased.deliveries},
                              {"attempts", erased.attempts},
                              {"clients", erased.clients},
                              {"unclear", erased.unclear},
                              {"cards", texts(erased.cards)},
                              {"also_known_by", texts(also)},
                              {"unread_requests", unread}});
}

void print(const journal::Erased& erased, const std::set<std::string>& also, std::int64_t unread,
           bool count) {
  fmt::print(
      "{}: {} events ({} unfinished, discarded), the raw bytes of {} requests, {} operations with {} "
      "attempts, {} clients\n",
      count ? "would be removed" : "removed", erased.events, erased.discarded, erased.requests.size(),
      erased.deliveries, erased.attempts, erased.clients);
  if (!erased.cards.empty()) fmt::print("in the portal, to be removed there: {}\n", joined(erased.cards));
  if (erased.unclear > 0)
    fmt::print("{} operations have no clear answer: look in the portal for what they wrote\n",
               erased.unclear);
  if (!also.empty()) fmt::print("also known by, to be erased too: {}\n", joined(also));
  if (unread > 0)
    fmt::print("{} stored requests hold no event that could be read and were not searched\n", unread);
}

int run_erase(const Common& common, const EraseArguments& arguments) {
  const SystemClock clock;
  if (arguments.phone.empty() == arguments.email.empty()) {
    complain("name one person: --phone P or --email E");
    return usage;
  }
  const auto opened = open_or_complain(common, clock, arguments.count);
  if (!opened) return wrong;
  const auto identity = identity_or_complain(arguments, opened->configuration->phones.region);
  if (!identity) return usage;
  auto reader = opened->journal->reader();
  if (!reader) {
    complain(reader.error().text());
    return wrong;
  }
  const auto erased = arguments.count ? journal::count_person(*reader, *identity)
                                      : journal::erase_person(*opened->journal, *identity, clock.now());
  const auto unread = journal::unread_requests(*reader);
  if (!erased || !unread) {
    complain((erased ? unread.error() : erased.error()).text());
    return wrong;
  }
  std::set<std::string> also = erased->identities;
  also.erase(identity->kind + ":" + identity->value);
  Cleaned cleaned;
  if (!arguments.count) cleaned = clean(*opened->journal, arguments.compact);
  if (arguments.json) {
    json::Value document = document_of(*erased, also, *unread);
    if (!arguments.count) {
      document["wal_emptied"] = cleaned.wal_emptied;
      document["compacted"] = cleaned.compacted;
    }
    print_json(document);
  } else {
    print(*erased, also, *unread, arguments.count);
  }
  if (!cleaned.why_not.empty()) complain(cleaned.why_not);
  return cleaned.why_not.empty() ? good : wrong;
}

}  // namespace

void add_erase(CLI::App& app, Common& common, Run& run) {
  auto* command = app.add_subcommand("erase", "Remove one person's data from the journal");
  auto arguments = std::make_shared<EraseArguments>();
  command->add_option("--phone", arguments->phone, "The person's phone");
  command->add_option("--email", arguments->email, "The person's e-mail");
  command->add_flag("--count", arguments->count, "Only say what would be removed");
  command->add_flag("--compact", arguments->compact,
                    "Write the whole file anew in any case; holds webhooks up while it lasts");
  command->add_flag("--json", arguments->json, "One JSON document");
  command->callback(
      [&run, &common, arguments] { run = [&common, arguments] { return run_erase(common, *arguments); }; });
}

}  // namespace b24gate::cli
