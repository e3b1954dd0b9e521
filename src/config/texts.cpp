#include "config/texts.hpp"

#include <string_view>

#include "mapping/mapping.hpp"
#include "yaml/types.hpp"

namespace b24gate::config {
namespace {

mapping::Template compiled(std::string_view text) {
  auto made = mapping::Template::compile(text);
  return made ? std::move(*made) : mapping::Template();
}

}  // namespace

Texts Texts::defaults() {
  Texts out;
  out.new_lead_comment = compiled("{{ decision.sentence }}\n{{ notes | lines }}");
  out.new_lead_notification = compiled(
      "Новый лид: [url={{ lead.url }}]{{ lead.TITLE | default('без названия') | escape }}[/url]. {{ "
      "decision.sentence }}");
  out.update_comment = compiled(
      "{{ source.title | escape }}{% if subject %}: {{ subject | escape }}{% endif %}\n"
      "{{ text | escape }}\n"
      "{% if call.recording.url %}[url={{ call.recording.url }}]Запись разговора[/url]\n{% endif %}"
      "{{ notes | lines }}");
  out.repeat_comment = compiled(
      "Клиент обратился снова: {{ source.title | escape }}{% if form.name %}, {{ form.name | escape }}{% "
      "endif %}\n"
      "{{ text | escape }}\n{{ notes | lines }}");
  out.repeat_notification = compiled(
      "Клиент обратился снова: [url={{ lead.url }}]{{ contact.name | default('без имени') | escape }}[/url]");
  return out;
}

}  // namespace b24gate::config

namespace b24gate::yaml {

void Shape<mapping::Template>::read(const Node& node, Context& context, mapping::Template& out) {
  std::string text;
  yaml::read(node, context, text);
  if (auto made = mapping::Template::compile(text)) {
    out = std::move(*made);
    mapping::check_paths(out.paths(), {"lead", "decision", "notes", "client"}, node.place(), context);
  } else {
    context.problems.add(node.place(), made.error().where + ": " + made.error().what);
  }
}

json::Value Shape<mapping::Template>::schema(Schemas&) { return json::Value::object({{"type", "string"}}); }

}  // namespace b24gate::yaml
