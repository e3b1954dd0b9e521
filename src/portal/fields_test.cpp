#include "portal/fields.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace b24gate::portal;

TEST_CASE("names in both spellings") {
  CHECK(item_name("TITLE", kLead) == "title");
  CHECK(item_name("STATUS_ID", kLead) == "stageId");
  CHECK(item_name("STAGE_ID", kDeal) == "stageId");
  CHECK(item_name("DATE_CREATE", kContact) == "createdTime");
  CHECK(item_name("ASSIGNED_BY_ID", kCompany) == "assignedById");
  CHECK(item_name("LEAD_ID", kDeal) == "leadId");
  CHECK(item_name("PHONE", kLead) == "fm");
  CHECK(item_name("PARENT_ID_128", kLead) == "parentId128");
  CHECK(item_name("stageId", kLead) == "stageId");
  CHECK_FALSE(item_name("STATUS_ID", kDeal).has_value());
  CHECK_FALSE(item_name("STATUS", kLead).has_value());
  CHECK_FALSE(item_name("LEAD_ID", kLead).has_value());
  CHECK_FALSE(item_name("PARENT_ID_x", kLead).has_value());
  CHECK_FALSE(item_name("TITLE", 31).has_value());

  CHECK(old_name("stageId", kLead) == "STATUS_ID");
  CHECK(old_name("stageId", kDeal) == "STAGE_ID");
  CHECK(old_name("typeId", kCompany) == "COMPANY_TYPE");
  CHECK(old_name("parentId128", kLead) == "PARENT_ID_128");
  CHECK_FALSE(old_name("fm", kLead).has_value());
  CHECK_FALSE(old_name("nothing", kLead).has_value());
}

TEST_CASE("every name of a lead comes back from the other spelling") {
  for (const auto& field : writable_lead_fields()) {
    INFO(field.name);
    CHECK(item_name(field.name, kLead) == field.item_name);
    if (field.item_name != "fm") CHECK(old_name(field.item_name, kLead) == field.name);
  }
}

TEST_CASE("user fields keep their spelling") {
  CHECK(is_user_field("UF_CRM_1747309879"));
  CHECK(is_user_field("ufCrm_1747309879"));
  CHECK_FALSE(is_user_field("UF_CRM_"));
  CHECK_FALSE(is_user_field("TITLE"));
  CHECK(item_name("UF_CRM_DIRECTION", kLead) == "UF_CRM_DIRECTION");
  CHECK(old_name("UF_CRM_DIRECTION", kLead) == "UF_CRM_DIRECTION");
  CHECK(item_name("ufCrm2_16", kLead) == "ufCrm2_16");
}

TEST_CASE("widths and read-only fields") {
  CHECK(max_length("TITLE") == 255);
  CHECK(max_length("NAME") == 50);
  CHECK(max_length("ORIGIN_ID") == 255);
  CHECK(max_length("PHONE") == 250);
  CHECK(max_length("COMMENTS") == 0);
  CHECK(max_length("UF_CRM_X") == 0);
  const auto& fields = writable_lead_fields();
  const auto has = [&](const char* name) {
    return std::any_of(fields.begin(), fields.end(),
                       [&](const LeadField& field) { return field.name == name; });
  };
  CHECK(has("STATUS_ID"));
  CHECK_FALSE(has("ID"));
  CHECK_FALSE(has("DATE_CREATE"));
  CHECK_FALSE(has("STATUS_SEMANTIC_ID"));
  CHECK_FALSE(has("LEAD_ID"));
}

TEST_CASE("did you mean") {
  CHECK(nearest_lead_field("STATU_ID") == "STATUS_ID");
  CHECK(nearest_lead_field("SOURSE_ID") == "SOURCE_ID");
  CHECK_FALSE(nearest_lead_field("QWERTYUIOP").has_value());
}
