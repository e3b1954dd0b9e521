#include "connectors/bitrix-site/commerce_ml.hpp"

#include <algorithm>
#include <unordered_map>

#include "base/utf8.hpp"
#include "text/form.hpp"

namespace b24gate::bitrix_site {
namespace {

constexpr int deepest = 24;  // elements inside each other that are kept

bool is_named(pugi::xml_node node, const Names& names) {
  return std::string_view(names.english) == node.name() || std::string_view(names.russian) == node.name();
}

constexpr Names document_names = {"Document", "Документ"};
constexpr Names container_names = {"Container", "Контейнер"};
constexpr Names transaction = {"BusinessTransaction", "ХозОперация"};
constexpr Names id_names = {"Id", "Ид"};
constexpr Names update_names = {"DateUpdate", "ДатаОбновления"};

bool is_order_name(std::string_view name) { return name == "ItemOrder" || name == "Заказ товара"; }

void add_orders(Page& page, pugi::xml_node parent) {
  for (const auto node : parent.children()) {
    if (is_named(node, document_names) && is_order_name(text_of(node, transaction)))
      page.orders.push_back(node);
  }
}

// encoding="windows-1251" of the declaration; empty when there is none.
std::string declared_encoding(std::string_view bytes) {
  const std::string_view declaration = bytes.substr(0, std::min(bytes.find("?>"), std::size_t{200}));
  const std::size_t at = declaration.find("encoding");
  if (declaration.substr(0, 5) != "<?xml" || at == std::string_view::npos) return {};
  const std::size_t open = declaration.find_first_of("\"'", at);
  if (open == std::string_view::npos) return {};
  const std::size_t close = declaration.find(declaration[open], open + 1);
  if (close == std::string_view::npos) return {};
  return std::string(utf8::trimmed(declaration.substr(open + 1, close - open - 1)));
}

std::string_view without_blanks(std::string_view bytes) {
  constexpr std::string_view bom = "\xEF\xBB\xBF";
  if (bytes.substr(0, bom.size()) == bom) bytes.remove_prefix(bom.size());
  bytes.remove_prefix(std::min(bytes.find_first_not_of(" \t\r\n"), bytes.size()));
  return bytes;
}

json::Value as_json(pugi::xml_node node, int depth) {
  const auto first = node.first_attribute();
  const bool has_elements = std::any_of(node.children().begin(), node.children().end(),
                                        [](const auto& child) { return child.type() == pugi::node_element; });
  if (!has_elements && !first) return text_of(node);
  json::Object out;
  for (auto attribute = first; attribute; attribute = attribute.next_attribute())
    out.append("@" + std::string(attribute.name()), attribute.value());
  if (!has_elements) {
    out.append("#", text_of(node));
    return out;
  }
  if (depth == deepest) return out;
  std::unordered_map<std::string, std::size_t> places;
  std::vector<std::pair<std::string, json::Array>> members;
  for (const auto child : node.children()) {
    if (child.type() != pugi::node_element) continue;
    const auto [place, is_new] = places.emplace(child.name(), members.size());
    if (is_new) members.emplace_back(child.name(), json::Array());
    members[place->second].second.push_back(as_json(child, depth + 1));
  }
  for (auto& [name, values] : members) {
    const bool is_single = values.size() == 1;
    out.append(name, is_single ? std::move(values.front()) : json::Value(std::move(values)));
  }
  return out;
}

// The text between <name> and </name> for either name, in a page that no parser takes.
std::string between(std::string_view text, const Names& names) {
  for (const char* name : {names.english, names.russian}) {
    const std::string open = "<" + std::string(name) + ">";
    const std::size_t at = text.find(open);
    if (at == std::string_view::npos) continue;
    const std::size_t end = text.find('<', at + open.size());
    if (end == std::string_view::npos) continue;
    return std::string(utf8::trimmed(text.substr(at + open.size(), end - at - open.size())));
  }
  return {};
}

// The beginning of the next document behind `at`.
std::size_t next_document(std::string_view text, std::size_t at) {
  return std::min(text.find("<Document>", at), text.find("<Документ>", at));
}

}  // namespace

std::string page_text(std::string_view bytes) {
  if (bytes.substr(0, 2) == "\xFF\xFE" || bytes.substr(0, 2) == "\xFE\xFF")
    return text::to_utf8(bytes, "utf-16");
  bytes = without_blanks(bytes);
  const std::string encoding = declared_encoding(bytes);
  return text::to_utf8(bytes, encoding);
}

Result<Page> read_page(std::string_view bytes) {
  const std::string text = page_text(bytes);
  const std::string_view content = without_blanks(text);
  Page page;
  const auto parsed =
      page.document.load_buffer(content.data(), content.size(), pugi::parse_default, pugi::encoding_utf8);
  if (!parsed) {
    return fail(ErrorKind::input, "page at byte " + std::to_string(parsed.offset),
                "the page is not well-formed XML");
  }
  const pugi::xml_node root = page.document.document_element();
  if (!is_named(root, {"CommerceInformation", "КоммерческаяИнформация"}))
    return fail(ErrorKind::input, "page", "the page is no CommerceML");
  add_orders(page, root);
  for (const auto node : root.children()) {
    if (is_named(node, container_names)) add_orders(page, node);
  }
  return page;
}

pugi::xml_node child_of(pugi::xml_node node, const Names& names) {
  return node.find_child([&](pugi::xml_node child) { return is_named(child, names); });
}

std::string text_of(pugi::xml_node node) {
  struct Texts final : pugi::xml_tree_walker {
    std::string all;
    bool for_each(pugi::xml_node& inner) override {
      all += inner.value();
      return true;
    }
  };
  // What a shop did not escape may look like elements: "a <b>c</b> d".
  const bool is_leaf = !node.first_child().next_sibling() && !node.first_child().first_child();
  if (is_leaf) return std::string(utf8::trimmed(node.text().get()));
  Texts texts;
  node.traverse(texts);
  return std::string(utf8::trimmed(texts.all));
}
std::string text_of(pugi::xml_node node, const Names& names) { return text_of(child_of(node, names)); }

std::vector<pugi::xml_node> children_of(pugi::xml_node node, const Names& list, const Names& element) {
  std::vector<pugi::xml_node> out;
  for (const auto child : child_of(node, list).children()) {
    if (is_named(child, element)) out.push_back(child);
  }
  return out;
}

json::Value as_json(pugi::xml_node node) { return as_json(node, 0); }

std::vector<OrderMark> marks_of(const Page& page) {
  std::vector<OrderMark> out;
  for (const auto order : page.orders)
    out.push_back({text_of(order, id_names), text_of(order, update_names)});
  return out;
}

std::vector<OrderMark> marks_of_broken(std::string_view bytes) {
  const std::string page = page_text(bytes);
  const std::string_view text = page;
  std::vector<OrderMark> out;
  for (std::size_t at = next_document(text, 0); at < text.size();) {
    const std::size_t end = std::min(next_document(text, at + 1), text.size());
    const std::string_view order = text.substr(at, end - at);
    at = end;
    if (is_order_name(between(order, transaction))) {
      out.push_back({between(order, id_names), between(order, update_names)});
    }
  }
  return out;
}

}  // namespace b24gate::bitrix_site
