// Which of CoMagic's happenings a notification tells of. Its body is typed by the customer's administrator,
// so that this is told from a constant, from the notification's name, else from the shape.
#pragma once

#include <string_view>

#include "connector/free_body.hpp"

namespace b24gate::comagic {

enum class Happening {
  unknown,
  call_in,
  call_wait,
  call_talk_start,
  call_talk_end,
  call_out,
  call_end,
  call_lost,
  call_record,
  voicemail,
  offline_message,
  chat,
  goal,
};

// "call_end": the name in keys.
std::string_view name(Happening happening);

// `table_only`: not from the shape.
Happening happening_of(const connector::FreeBody& body, bool table_only = false);

// The texts of a chat are not the notification's own.
bool is_closed(std::string_view plain, const json::Value& value);

// Constants that prove the sender: never in texts, events or logs.
bool is_secret(std::string_view plain);

// "Сафин Ренат"; empty when what stands there is made of digits.
std::string person(const connector::FreeBody& body, connector::Candidates candidates);

inline constexpr std::string_view call_ids[] = {"call_session_id", "cdr_id"};
inline constexpr std::string_view other_ids[] = {"communication_id", "offline_message_id", "chat_id",
                                                 "goal_id", "/id"};
inline constexpr std::string_view call_phones[] = {"contact_phone_number", "visitor_phone_number", "numa"};
inline constexpr std::string_view other_phones[] = {"visitor_phone_number", "contact_phone_number",
                                                    "visitor_phone", "/phone"};
inline constexpr std::string_view call_names[] = {"contact_full_name", "visitor_name"};
inline constexpr std::string_view other_names[] = {"visitor_name", "contact_full_name", "/name"};
inline constexpr std::string_view emails[] = {"visitor_email", "contact_email", "/email"};
inline constexpr std::string_view lines[] = {"virtual_phone_number", "numb"};
inline constexpr std::string_view employees[] = {"employee_full_name", "last_answered_employee_full_name",
                                                 "last_talked_employee_full_name"};
inline constexpr std::string_view extensions[] = {"extension_phone_number"};
inline constexpr std::string_view talk_durations[] = {"talk_time_duration", "talk_duration"};
inline constexpr std::string_view wait_durations[] = {"wait_time_duration", "wait_duration"};
inline constexpr std::string_view total_durations[] = {"total_time_duration", "total_duration"};
inline constexpr std::string_view records[] = {"file_link", "full_record_file_link", "record_file_links",
                                               "call_record_file_links"};
inline constexpr std::string_view record_durations[] = {"file_duration", "call_record_duration"};
inline constexpr std::string_view texts[] = {"text", "message", "comment"};
inline constexpr std::string_view pages[] = {"communication_page_url", "page_url", "entrance_page"};
inline constexpr std::string_view pages_with_utm[] = {"entrance_page", "communication_page_url", "page_url"};
inline constexpr std::string_view times[] = {"notification_timestamp", "notification_time", "date_time",
                                             "start_time"};

}  // namespace b24gate::comagic
