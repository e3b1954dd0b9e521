// CommerceML pages of the shop's exchange of orders: both vocabularies, the schemas 2.0x and 3.1.
#pragma once

#include <cstddef>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "json/value.hpp"

namespace b24gate::bitrix_site {

// The bytes as UTF-8: the XML declaration says what they are; headers of shops are wrong.
std::string page_text(std::string_view bytes);

// A page, and the orders in it. The nodes belong to `document`.
struct Page {
  pugi::xml_document document;
  std::vector<pugi::xml_node> orders;
};
// Fails with ErrorKind::input when the page is not well-formed or is no CommerceML.
Result<Page> read_page(std::string_view bytes);

// The text of the first child that has one of the names, by a path of at most a few steps: "Contacts", "Id".
struct Names {
  const char* english;
  const char* russian;
};
pugi::xml_node child_of(pugi::xml_node node, const Names& names);
std::string text_of(pugi::xml_node node, const Names& names);
std::string text_of(pugi::xml_node node);
std::vector<pugi::xml_node> children_of(pugi::xml_node node, const Names& list, const Names& element);

// The element as JSON, for the paths of a mapping: texts, objects, lists of what comes more than once;
// attributes as "@name", the text beside them as "#".
json::Value as_json(pugi::xml_node node);

// Of a page that is not well-formed: what can still be told of its orders.
struct OrderMark {
  std::string id;
  std::string date_update;  // 2026-11-20 15:05:11, as the shop's clock shows it
};
std::vector<OrderMark> marks_of(const Page& page);
std::vector<OrderMark> marks_of_broken(std::string_view bytes);

}  // namespace b24gate::bitrix_site
