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
      "{% if added.phones %}Телефон: {{ added.phones | escape }}\n{% endif %}"
      "{% if added.emails %}Почта: {{ added.emails | escape }}\n{% endif %}"
      "{% if added.messengers %}Мессенджер: {{ added.messengers | escape }}\n{% endif %}"
      "{% if call.recording.url %}[url={{ call.recording.url }}]Запись разговора[/url]\n{% endif %}"
      "{{ notes | lines }}");
  out.repeat_comment = compiled(
      "Клиент обратился снова: {{ source.title | escape }}{% if form.name %}, {{ form.name | escape }}{% "
      "endif %}\n"
      "{{ text | escape }}\n"
      "{% if added.phones %}Телефон: {{ added.phones | escape }}\n{% endif %}"
      "{% if added.emails %}Почта: {{ added.emails | escape }}\n{% endif %}"
      "{% if added.messengers %}Мессенджер: {{ added.messengers | escape }}\n{% endif %}"
      "{% if page.url %}Страница: {{ page.url | escape }}\n{% endif %}"
      "{% if utm.source %}Реклама: {{ utm.source | escape }} / {{ utm.medium | escape }} / {{ utm.campaign | "
      "escape }}\n{% endif %}"
      "{{ notes | lines }}");
  out.repeat_notification = compiled(
      "Клиент обратился снова: [url={{ lead.url }}]{{ contact.name | default('без имени') | escape "
      "}}[/url]{% "
      "if contact.phones %}, {{ contact.phones | escape }}{% endif %}");
  out.handed_over_comment = compiled(
      "{% if hand_over.from %}Не принят за {{ hand_over.time }}: {{ hand_over.from }}. {% endif %}{% if "
      "hand_over.waited %}Ждал, пока появится сотрудник. {% endif %}{{ decision.sentence }}");
  out.taken_away_notification = compiled(
      "Лид [url={{ lead.url }}]{{ lead.TITLE | default('без названия') | escape }}[/url] не был принят за {{ "
      "hand_over.time }} и передан другому.");
  out.manager_note = compiled(
      "Ваш клиент обратился, пока вас не было: [url={{ lead.url }}]{{ lead.TITLE | default('без названия') | "
      "escape }}[/url]. {{ decision.sentence }}");
  out.still_waiting_notification = compiled(
      "Лид [url={{ lead.url }}]{{ lead.TITLE | default('без названия') | escape }}[/url] ждёт, и никто не "
      "появился: назначьте ответственного.");
  out.call_back_title = compiled("Перезвонить: {{ contact.name | default(call.client) }}");
  out.call_back_description = compiled(
      "Пропущенный звонок{% if call.line %} на линию {{ call.line }}{% endif %}: {{ call.client }}\n"
      "{{ text | escape }}");
  out.order_notification = compiled(
      "{% if order.why == 'silent' %}АТС не ответила, звонит ли она на {{ call.client }}: если телефон не "
      "зазвонит, наберите номер сами{% else %}Звонок на {{ call.client }} не сделан: {% if order.why == "
      "'not_configured' %}звонки из портала не настроены (calls.outgoing){% elif order.why == 'nobody' "
      "%}АТС не знает вашего внутреннего номера{% elif order.why == 'late' %}прошло больше минуты{% elif "
      "order.why == 'unreachable' %}АТС недоступна{% else %}АТС отказала{% if order.code %} ({{ order.code "
      "}}){% endif %}{% endif %}{% endif %}");
  out.field_cut = compiled(
      "Поле {{ field.name }} сокращено до {{ field.kept }} знаков, {% if field.value %}полностью: {{ "
      "field.value }}{% else %}целиком его хранит b24gate: {{ field.event }}{% endif %}");
  out.field_refused =
      compiled("Поле {{ field.name }} портал не принял, значение: {{ field.value | escape }}");
  out.person_refused = compiled(
      "Портал не принял ответственным сотрудника с номером {{ field.value }}: назначьте ответственного");
  out.admin_method = compiled(
      "b24gate: портал не выполняет {{ notice.topic }} ({{ notice.code }}). Всё, чему нужен этот метод, "
      "ждёт. "
      "Что делать: {{ notice.advice | escape }}");
  out.admin_scope = compiled(
      "b24gate: вебхуку не хватает права на {{ notice.topic }}. Откройте «Разработчикам» — «Другое» — "
      "«Входящий "
      "вебхук», отметьте это право и сохраните. Всё, чему оно нужно, ждёт и уйдёт само.");
  out.admin_drift = compiled(
      "b24gate: настройки разошлись с порталом.\n{{ notice.lines | lines | escape }}\n{% if notice.more "
      "%}Это не "
      "всё. {% endif %}Полный список: b24gate check --portal");
  out.admin_person = compiled(
      "b24gate: звонки сотрудников, которых нет в employees.yaml, записываются на ответственного за линию:\n"
      "{{ notice.lines | lines }}\nДобавьте им extension: или login:.");
  out.admin_failed = compiled(
      "b24gate: не записано в CRM обращений: {{ notice.times }}. Нужен человек.\n{{ notice.lines | lines | "
      "escape "
      "}}\nСписок: b24gate events --state failed; после исправления: b24gate retry --state failed");
  out.admin_resumed = compiled(
      "b24gate: портал снова принимает запросы. Отказывал с {{ notice.since }} ({{ notice.code }}); всё, что "
      "накопилось, отправляется само.");
  return out;
}

}  // namespace b24gate::config

namespace b24gate::yaml {

void Shape<mapping::Template>::read(const Node& node, Context& context, mapping::Template& out) {
  std::string text;
  yaml::read(node, context, text);
  if (auto made = mapping::Template::compile(text)) {
    out = std::move(*made);
    mapping::check_paths(
        out.paths(),
        {"lead", "decision", "notes", "client", "field", "notice", "hand_over", "order", "added"},
        node.place(), context);
  } else {
    context.problems.add(node.place(), made.error().where + ": " + made.error().what);
  }
}

json::Value Shape<mapping::Template>::schema(Schemas&) { return json::Value::object({{"type", "string"}}); }

}  // namespace b24gate::yaml
