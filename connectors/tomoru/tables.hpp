// Where Tomoru's values may stand and what they mean. No body of a result is documented: whoever knows a real
// one extends these tables, or says it in a mapping's `event:`.
#pragma once

#include <string>
#include <string_view>

#include "connector/free_body.hpp"

namespace b24gate::tomoru {

inline constexpr std::string_view call_ids[] = {"call_id", "call.id"};
inline constexpr std::string_view dialog_ids[] = {"trackingId", "dialog_id"};
inline constexpr std::string_view other_ids[] = {"/id"};
inline constexpr std::string_view batches[] = {"batch_id"};
inline constexpr std::string_view phones[] = {"request_form.phone",  "phone_number", "phone",  "client_phone",
                                              "telephone",           "number",       "msisdn", "chatUri",
                                              "client_phone_contact"};
inline constexpr std::string_view names[] = {"client_name", "request_form.name", "contact_name",
                                             "fio",         "client.name",       "contact.name"};
inline constexpr std::string_view companies[] = {"company", "company_name"};
inline constexpr std::string_view results[] = {"call_result", "result",        "call_result_display",
                                               "outcome",     "disposition",   "status",
                                               "call_status", "status_display"};
inline constexpr std::string_view milliseconds[] = {"duration_ms"};
inline constexpr std::string_view durations[] = {"duration", "duration_seconds", "call_duration",
                                                 "talk_duration", "billsec"};
inline constexpr std::string_view attempts[] = {"attempts", "attempt", "attempt_number"};
inline constexpr std::string_view times[] = {"finished_at", "ended_at", "last_attempt_at", "started_at",
                                             "created_at"};
inline constexpr std::string_view starts[] = {"started_at"};
inline constexpr std::string_view records[] = {"recording_url", "record_url", "recording", "audio_url"};
inline constexpr std::string_view dialogs[] = {"transcript", "transcription", "dialog", "dialogue",
                                               "messages"};
inline constexpr std::string_view flags[] = {"qualified", "interested"};

// "no_answer" and the other names of event.robot.result; empty when nothing that came is in the table.
std::string result_of(const connector::FreeBody& body);

// The result as one of call.outcome's names.
std::string_view call_outcome(std::string_view result);
std::string_view shown_result(std::string_view result);  // for people

// The card that the body names: deal:1, lead:2, contact:3; empty when it names none.
std::string reference_of(const connector::FreeBody& body);

// An answer to a question of the scenario: {match, transcription}.
bool is_answer(const json::Value& value);
// Whether a plain key is a name from these tables, so that no answer's label is meant.
bool is_known_name(std::string_view plain);
// Dialogs and answers name nothing.
bool is_closed(std::string_view plain, const json::Value& value);

}  // namespace b24gate::tomoru
