// What the portal knows: the fields of a lead and of a deal, the stages, the sources, the people, the
// departments, the permissions.
//
// Asked at the start and on a schedule, because the portal ignores unknown fields silently (quirk 1) and
// refuses unknown stages and sources only when a lead is on its way (quirk 12). A plain value: not
// thread-safe while it absorbs, shareable when it is done. In memory only.
//
//   PortalSchema schema;
//   for (auto ask = schema.questions(); !ask.empty();) ask = schema.absorb(ask, client.call(ask));
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "portal/command.hpp"

namespace b24gate::portal {

struct PortalField {
  std::string name;        // as crm.item.* spells it
  std::string upper_name;  // old spelling
  std::string type;        // string, integer, enumeration, crm_status …
  std::string title;       // as people see it
  bool required = false;
  bool read_only = false;
  bool multiple = false;
  std::vector<std::pair<std::string, std::string>> items;  // of an enumeration: id, text
};

struct PortalStatus {
  std::string id;  // STATUS_ID
  std::string name;
  std::string semantics;  // P, S, F
};

struct PortalUser {
  std::int64_t id = 0;
  bool active = false;
  std::string name;  // first and last name: personal data
  std::vector<std::int64_t> departments;
};

struct PortalDepartment {
  std::int64_t id = 0;
  std::string name;
  std::optional<std::int64_t> parent;
  std::optional<std::int64_t> head;  // of the department itself; none: look at the parent
};

class PortalSchema {
 public:
  // Whether the portal has tasks in REST 3.0: not a part of the batch, the old address does not know of it.
  static Command v3_tasks_question();
  void absorb_v3_tasks(const Outcome& outcome);

  // The commands to ask first; at most one batch.
  [[nodiscard]] std::vector<Command> questions() const;
  // Takes the answers in; returns the next pages to ask, at most one batch, none when all is known. A part
  // that could not be read is kept as such, and its checks fail with the reason.
  std::vector<Command> absorb(std::span<const Command> commands, std::span<const Outcome> outcomes);

  // Each check succeeds, or fails with ErrorKind::config and a sentence that names the nearest existing name.
  // What the portal did not let us read fails too, with Move::administrator and what to do about it.
  // In either spelling: exists and is writable.
  [[nodiscard]] Done check_lead_field(std::string_view name) const;
  [[nodiscard]] Done check_deal_field(std::string_view name) const;
  // The field of a lead can hold this: a stage, a source, an element of an enumeration, a person. Of other
  // kinds of fields, and of fields that are not there, nothing is said.
  [[nodiscard]] Done check_lead_value(std::string_view name, const std::string& value) const;
  [[nodiscard]] Done check_stage(std::string_view status_id) const;
  [[nodiscard]] Done check_source(std::string_view source_id) const;
  [[nodiscard]] Done check_user(std::int64_t id) const;  // exists and is active
  [[nodiscard]] Done check_scope(std::string_view scope) const;
  [[nodiscard]] Done check_department(std::int64_t id) const;
  // Leads are in use: not the simple CRM, which turns every lead into a deal (quirk 20).
  [[nodiscard]] Done check_mode() const;

  [[nodiscard]] const PortalField* lead_field(std::string_view name) const;
  [[nodiscard]] std::vector<const PortalField*> required_lead_fields() const;
  [[nodiscard]] const std::vector<PortalStatus>& stages() const { return stages_; }
  [[nodiscard]] const std::vector<PortalStatus>& sources() const { return sources_; }
  [[nodiscard]] const std::map<std::int64_t, PortalUser>& users() const { return users_; }
  [[nodiscard]] const std::map<std::int64_t, PortalDepartment>& departments() const { return departments_; }
  [[nodiscard]] const std::set<std::string>& scopes() const { return scopes_; }
  // The head of the department or, when it has none, of the nearest department above that has.
  [[nodiscard]] std::optional<std::int64_t> head_of(std::int64_t department) const;
  // Who owns the webhook: author of what b24gate writes; 0: not known.
  [[nodiscard]] std::int64_t owner() const { return owner_; }
  [[nodiscard]] bool has_v3_tasks() const { return v3_tasks_; }
  // Whom that user answers to: the first head of their departments who is somebody else; 0: nobody is known.
  [[nodiscard]] std::int64_t head_of_user(std::int64_t user_id) const;

 private:
  // Parts are named by what asks for them: "crm.status.list STATUS".
  [[nodiscard]] Done readable(const std::string& part) const;
  void take(const std::string& part, const Outcome& outcome);

  std::vector<PortalField> fields_;
  std::vector<PortalField> deal_fields_;
  std::vector<PortalStatus> stages_;
  std::vector<PortalStatus> sources_;
  std::map<std::int64_t, PortalUser> users_;
  std::map<std::int64_t, PortalDepartment> departments_;
  std::set<std::string> scopes_;
  std::int64_t mode_ = 0;
  std::int64_t owner_ = 0;
  bool v3_tasks_ = false;
  std::map<std::string, std::optional<Error>> parts_;  // read, or why not
};

}  // namespace b24gate::portal
