// The method `batch`: up to 50 commands in one HTTP request, each answered on its own (batch).
//
// Pure functions. What cannot travel in a command string: null and empty arrays or objects (left out; see
// loses_in_batch), files. Booleans travel as 1 and 0, because that is what PHP turns true and false into and
// back: "N" and "false" are true there. Where the contract of a method says Y/N, the caller writes the text,
// which travels as it is.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "portal/command.hpp"
#include "portal/transport.hpp"

namespace b24gate::portal {

inline constexpr std::size_t kMaxCommands = 50;

// no: every command runs. yes: the portal stops after the first one that fails.
enum class Halt { no, yes };

// c01 … c50: words, because the portal answers numeric keys with arrays. REQUIRES: index < 100.
[[nodiscard]] std::string command_key(std::size_t index);

// `method?a[b][0]=v&…`: names and values percent-encoded once, brackets raw. In every value a `$` before
// result[, next[, total[, time[ or error[ gets U+2060 behind it: the portal would substitute it even when it
// is encoded, and commands hold what visitors typed.
[[nodiscard]] std::string encode(const Command& command);

// Whether the command says something that encode() has to leave out.
[[nodiscard]] bool loses_in_batch(const Command& command);

// The parameters of `batch`. Commands beyond kMaxCommands are left out; decode_batch knows.
[[nodiscard]] json::Value batch_params(std::span<const Command> commands, Halt halt);

// One outcome per command, in order.
//   the whole batch failed             that outcome for each (a bare 503 by what each command does)
//   in result_error                    by its code
//   in result                          success, with its total, next, operating
//   in neither, after a failed one     not_executed with Halt::yes
//   in neither otherwise               ambiguous
//   beyond kMaxCommands                retry_safe: it was not sent
// `took` is what the portal says about the command; http_status is that of the batch.
[[nodiscard]] std::vector<Outcome> decode_batch(const HttpReply& reply, std::span<const Command> commands,
                                                Halt halt);

}  // namespace b24gate::portal
