// The catalogue of log messages: every line that the daemon can write. Ids are stable: alerts and runbooks
// refer to them. docs/messages.md explains each and what to do; a test proves that each id is used once and
// explained.
#pragma once

#include <array>

#include "log/log.hpp"

namespace b24gate::log {

// 1xxx: life of the process and configuration
inline constexpr Message started{"B24-1001", Level::info, "started"};
inline constexpr Message stopping{"B24-1002", Level::info, "stopping"};
inline constexpr Message stopped{"B24-1003", Level::info, "stopped"};
inline constexpr Message reloaded{"B24-1004", Level::info, "configuration reloaded"};
inline constexpr Message reload_failed{"B24-1005", Level::error,
                                       "configuration not reloaded, the old one goes on"};
inline constexpr Message config_mistake{"B24-1006", Level::error, "mistake in the configuration"};
inline constexpr Message needs_restart{"B24-1007", Level::warning,
                                       "a changed key takes effect only after a restart"};
inline constexpr Message cannot_start{"B24-1008", Level::error, "cannot start"};
inline constexpr Message clock_set{"B24-1009", Level::warning, "the clock of this machine was set"};

// 2xxx: intake
inline constexpr Message request_stored{"B24-2001", Level::debug, "request stored"};
inline constexpr Message request_refused{"B24-2002", Level::warning, "request refused"};
inline constexpr Message request_unreadable{"B24-2003", Level::warning,
                                            "request cannot be read, kept as unreadable"};
inline constexpr Message request_not_stored{"B24-2004", Level::error,
                                            "request not stored, the sender was told to come back"};
inline constexpr Message connector_failed{"B24-2005", Level::error,
                                          "a connector failed on a request, kept as unreadable"};

// 3xxx: journal
inline constexpr Message journal_unhealthy{"B24-3001", Level::error, "the journal cannot be written"};
inline constexpr Message journal_healthy{"B24-3002", Level::info, "the journal can be written again"};
inline constexpr Message journal_recovered{
    "B24-3003", Level::info, "deliveries were under way at the last stop, they will be looked for"};
inline constexpr Message journal_unreadable{"B24-3004", Level::error, "the journal cannot be read"};
inline constexpr Message journal_pruned{"B24-3005", Level::info, "old data removed"};

// 4xxx: delivery and portal
inline constexpr Message delivered{"B24-4001", Level::info, "delivered"};
inline constexpr Message delivery_waits{"B24-4002", Level::warning, "delivery waits, it will be tried again"};
inline constexpr Message delivery_failed{"B24-4003", Level::error, "delivery failed, a person is needed"};
inline constexpr Message portal_stopped{
    "B24-4004", Level::error, "the portal cannot be reached or refuses everything, deliveries wait"};
inline constexpr Message portal_resumed{"B24-4005", Level::info, "the portal answers again"};
inline constexpr Message method_parked{"B24-4006", Level::warning,
                                       "a method of the portal is refused for now, what needs it waits"};
inline constexpr Message portal_moved{"B24-4007", Level::warning,
                                      "the portal has a new address, change portal.url"};
inline constexpr Message portal_differs{"B24-4008", Level::warning,
                                        "the portal did not keep what was written"};
inline constexpr Message several_leads{"B24-4009", Level::warning,
                                       "several leads carry one key, the oldest is kept"};

inline constexpr Message card_gone{"B24-4010", Level::warning,
                                   "the card that an event belongs to is not in the portal"};
inline constexpr Message clients_read{
    "B24-4011", Level::info, "the portal's cards of one kind have been read into the index of clients"};
inline constexpr Message clients_not_read{"B24-4012", Level::warning,
                                          "the index of clients cannot be kept fresh"};
inline constexpr Message portal_drift{"B24-4013", Level::warning,
                                      "the configuration names what the portal does not have"};
inline constexpr Message field_left_out{"B24-4014", Level::warning,
                                        "the portal refused a value, the rest is written without it"};
inline constexpr Message passed_on{"B24-4015", Level::info, "a lead was passed on"};
inline constexpr Message person_unknown{"B24-4016", Level::warning,
                                        "calls of an extension or login that employees.yaml does not know"};
inline constexpr Message record_not_attached{"B24-4017", Level::warning, "a call's record was not attached"};
inline constexpr Message call_ordered{"B24-4018", Level::info, "a PBX was asked to make a call"};
inline constexpr Message call_not_ordered{"B24-4019", Level::warning,
                                          "a call that was ordered in the portal was not made"};
inline constexpr Message robot_started{"B24-4020", Level::info, "a voice robot was told to call a client"};
inline constexpr Message robot_not_started{"B24-4021", Level::warning,
                                           "a voice robot will not call the client of a lead"};
inline constexpr Message robot_waits{"B24-4022", Level::warning,
                                     "a voice robot cannot be told to call yet, it is tried again"};

// 5xxx: asking services
inline constexpr Message pull_failed{"B24-5001", Level::warning,
                                     "a service cannot be asked for what no webhook brought"};
inline constexpr Message pull_works{"B24-5002", Level::info, "the service answers again"};
inline constexpr Message pull_found{"B24-5003", Level::warning,
                                    "found by asking the service: no webhook had brought it"};

// 6xxx: people
inline constexpr Message presence_not_read{
    "B24-6001", Level::warning, "who is at work cannot be read from the portal, the schedules decide"};
inline constexpr Message presence_read{"B24-6002", Level::info, "who is at work can be read again"};
inline constexpr Message load_not_read{"B24-6003", Level::warning,
                                       "how loaded everybody is cannot be read from the portal"};
inline constexpr Message load_read{"B24-6004", Level::info, "how loaded everybody is can be read again"};
inline constexpr Message away_set{"B24-6005", Level::info, "an employee was set absent by hand"};
inline constexpr Message away_ended{"B24-6006", Level::info, "an employee is no longer absent by hand"};

// 7xxx: the portal's local application
inline constexpr Message application_ready{"B24-7001", Level::info, "the local application can be used"};
inline constexpr Message application_broken{"B24-7002", Level::error,
                                            "the local application cannot be used, a person is needed"};
inline constexpr Message application_absent{"B24-7003", Level::warning,
                                            "the local application is not installed"};
inline constexpr Message application_refused{"B24-7004", Level::warning,
                                             "an installation of the application was not accepted"};
inline constexpr Message events_bound{"B24-7005", Level::info, "the application's events come here"};
inline constexpr Message events_not_bound{"B24-7006", Level::warning,
                                          "the application's events cannot be ordered from the portal"};

inline constexpr std::array all{started,
                                stopping,
                                stopped,
                                reloaded,
                                reload_failed,
                                config_mistake,
                                needs_restart,
                                cannot_start,
                                clock_set,
                                request_stored,
                                request_refused,
                                request_unreadable,
                                request_not_stored,
                                connector_failed,
                                journal_unhealthy,
                                journal_healthy,
                                journal_recovered,
                                journal_unreadable,
                                journal_pruned,
                                delivered,
                                delivery_waits,
                                delivery_failed,
                                portal_stopped,
                                portal_resumed,
                                method_parked,
                                portal_moved,
                                portal_differs,
                                several_leads,
                                card_gone,
                                clients_read,
                                clients_not_read,
                                portal_drift,
                                field_left_out,
                                passed_on,
                                person_unknown,
                                record_not_attached,
                                call_ordered,
                                call_not_ordered,
                                robot_started,
                                robot_not_started,
                                robot_waits,
                                pull_failed,
                                pull_works,
                                pull_found,
                                application_ready,
                                application_broken,
                                application_absent,
                                application_refused,
                                events_bound,
                                events_not_bound};

}  // namespace b24gate::log
