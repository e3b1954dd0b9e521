#include "mapping/template.hpp"

#include <algorithm>

#include "mapping/expression_tree.hpp"
#include "mapping/filters.hpp"
#include "mapping/template_tree.hpp"
#include "mapping/tidy.hpp"

namespace b24gate::mapping {
namespace {

Item evaluate(const Output& output, const Surroundings& around) {
  Item item = evaluate(output.operand, around.scope);
  for (const auto& filter : output.filters) item = filter.apply(filter, std::move(item), around);
  return item;
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

void put(const json::Value& value, TidyText& out) {
  if (const auto* text = value.string()) {
    is_blank(*text) ? out.absent() : out.value(*text);
  } else if (value.says_nothing()) {
    out.absent();
  } else {
    const std::string made = value.text();
    is_blank(made) ? out.absent() : out.value(made);
  }
}

void render_parts(const std::vector<Part>& parts, const Surroundings& around, TidyText& out) {
  for (const auto& part : parts) {
    if (out.full()) return;
    if (part.output) {
      put(evaluate(*part.output, around).get(), out);
    } else if (part.branches.empty()) {
      out.literal(part.text);
    } else {
      const std::size_t before = out.size();
      const auto chosen = std::find_if(part.branches.begin(), part.branches.end(), [&](const Branch& branch) {
        return !branch.condition || branch.condition->holds_for(around.scope);
      });
      if (chosen != part.branches.end()) render_parts(chosen->parts, around, out);
      if (out.size() == before) out.absent();
    }
  }
}

void visit(const std::vector<Part>& parts, std::vector<std::string>& paths,
           std::vector<std::string>& dictionaries) {
  for (const auto& part : parts) {
    if (part.output) {
      add_path(paths, part.output->operand);
      for (const auto& filter : part.output->filters) {
        add_path(paths, filter.operand);
        if (!filter.dictionary.empty()) dictionaries.push_back(filter.dictionary);
      }
    }
    for (const auto& branch : part.branches) {
      if (branch.condition) branch.condition->add_paths(paths);
      visit(branch.parts, paths, dictionaries);
    }
  }
}

}  // namespace

struct Template::Program {
  std::string text;
  std::vector<Part> parts;

  [[nodiscard]] bool is_one_output() const { return parts.size() == 1 && parts.front().output; }
  // Without any {{ }}: the text as it is.
  [[nodiscard]] bool is_constant() const {
    return parts.empty() || (parts.size() == 1 && !parts.front().output && parts.front().branches.empty());
  }
};

Template::Template() {
  static const auto nothing = std::make_shared<const Program>();
  program_ = nothing;
}

Result<Template> Template::compile(std::string_view text) {
  auto parts = read_template(text);
  if (!parts) return fail(parts.error());
  Template out;
  out.program_ = std::make_shared<const Program>(Program{std::string(text), std::move(*parts)});
  return out;
}

std::string Template::render(const json::Value& scope, const Dictionaries& dictionaries,
                             const TimeZone& zone) const {
  if (program_->is_constant()) return program_->parts.empty() ? std::string() : program_->parts.front().text;
  TidyText out;
  render_parts(program_->parts, {scope, dictionaries, zone}, out);
  return out.take();
}

json::Value Template::value(const json::Value& scope, const Dictionaries& dictionaries,
                            const TimeZone& zone) const {
  if (!program_->is_one_output()) return json::Value(render(scope, dictionaries, zone));
  return evaluate(*program_->parts.front().output, {scope, dictionaries, zone}).get();
}

const std::string& Template::text() const { return program_->text; }

std::vector<std::string> Template::paths() const {
  std::vector<std::string> paths;
  std::vector<std::string> unused;
  visit(program_->parts, paths, unused);
  return paths;
}

std::vector<std::string> Template::dictionaries() const {
  std::vector<std::string> unused;
  std::vector<std::string> dictionaries;
  visit(program_->parts, unused, dictionaries);
  return dictionaries;
}

}  // namespace b24gate::mapping
