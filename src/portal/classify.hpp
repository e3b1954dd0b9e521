// From the bytes that came back to what they mean (transport: "Response envelope"; limits-and-errors).
//
// Success is decided by the body, never by the status: a JSON object with `result` and without `error`. The
// mere presence of the key `error` makes a failure, also when it is "", "0", 0 or null. Pure functions;
// hostile bodies are bounded by the parse limits and become `ambiguous`.
#pragma once

#include <string>

#include "portal/command.hpp"
#include "portal/transport.hpp"

namespace b24gate::portal {

// The outcome of one call. `is_write` matters where nothing tells whether the call ran (503 without JSON:
// reads are retry_safe, writes ambiguous).
//   not_sent                          retry_safe
//   sent                              ambiguous
//   3xx with Location, no JSON        retry_safe: it was not executed; the client follows it once
//   JSON with error                   by code, words, status (error_classes)
//   JSON with result                  success; whether `false` or [] is good is the caller's knowledge
//   anything else                     ambiguous
[[nodiscard]] Outcome classify(const HttpReply& reply, bool is_write);

// The outcome of an error that the portal reported, alone or inside a batch (http_status 0).
[[nodiscard]] Outcome classify_error(std::string code, std::string description, int http_status,
                                     bool is_write);

// The outcome of an `error` member in any of its forms (text, number, object of REST 3.0, null).
[[nodiscard]] Outcome classify_error_member(const json::Value& error, const json::Value& description,
                                            int http_status, bool is_write);

// Copies operating, operating_reset_at and duration out of a `time` block; every key is optional.
void read_time(const json::Value& time, Outcome& outcome);

// The first header of that name, in any case; null when there is none.
[[nodiscard]] const std::string* header(const HttpReply& reply, std::string_view name);

}  // namespace b24gate::portal
