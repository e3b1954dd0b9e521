// Shapes: one declaration per type that reads YAML into it, reports every mistake with its place, and writes
// the JSON Schema. So the schema that editors use and the checks of `b24gate check` cannot drift apart.
//
// A type takes part by a specialisation of Shape<T> with two static functions:
//   void read(const Node&, Context&, T& out)   adds to context.problems what is wrong; leaves `out` usable
//   json::Value schema(Schemas&)               the JSON Schema of the type
// Structs derive theirs from ObjectShape and declare their keys once:
//
//   template <>
//   struct yaml::Shape<Server> : yaml::ObjectShape<Server> {
//     template <class F>
//     static void keys(F& f) {
//       f.required("listen", &Server::listen, "Address and port of the public listener.");
//       f.optional("max_body", &Server::max_body, "Largest body that is accepted.");
//     }
//   };
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "json/value.hpp"
#include "yaml/node.hpp"

namespace b24gate::yaml {

// Where ${env:…}, ${file:…} and ${credential:…} come from; handed in, so that tests own it.
class SecretSource {
 public:
  virtual ~SecretSource() = default;
  // `kind` is env, file or credential. The error's text says what to do; it never holds a value.
  [[nodiscard]] virtual Result<std::string> find(std::string_view kind, std::string_view name) const = 0;
};

struct Context {
  Problems& problems;
  const SecretSource& secrets;
};

// Named schemas, for types that contain themselves.
class Schemas {
 public:
  // A $ref to `name`, whose schema `make` builds once.
  json::Value reference(const std::string& name, const std::function<json::Value(Schemas&)>& make);
  // A whole schema document: `root` with the definitions that were referred to.
  [[nodiscard]] json::Value document(std::string_view title, json::Value root) const;

 private:
  std::map<std::string, json::Value> definitions_;
};

template <class T>
struct Shape;

template <class T>
void read(const Node& node, Context& context, T& out) {
  Shape<T>::read(node, context, out);
}
template <class T>
json::Value schema(Schemas& schemas) {
  return Shape<T>::schema(schemas);
}

// A value and where it stands, for mistakes that show only later (unknown references).
template <class T>
struct Placed {
  T value{};
  Place place;
};

// Adds "expected WHAT, found …" for a node of the wrong kind.
void wrong_kind(const Node& node, Context& context, std::string_view expected);
// The scalar with ${…} replaced; nullopt when something could not be (reported).
std::optional<std::string> resolved(const Node& node, Context& context);
// A schema with a description, unless it is a bare $ref.
json::Value described(json::Value schema, std::string_view description);

namespace detail {

template <class T>
class ObjectReader {
 public:
  ObjectReader(const Node& node, Context& context, T& out) : node_(node), context_(context), out_(out) {}

  template <class M>
  void required(std::string_view key, M T::*member, std::string_view) {
    known_.emplace_back(key);
    const Node* value = node_.find(key);
    if (value && !value->is_null()) {
      yaml::read(*value, context_, out_.*member);
    } else {
      context_.problems.add(place_of(key), "missing value: '" + std::string(key) + ":' is required");
    }
  }

  template <class M>
  void optional(std::string_view key, M T::*member, std::string_view) {
    known_.emplace_back(key);
    const Node* value = node_.find(key);
    if (value && !value->is_null()) yaml::read(*value, context_, out_.*member);
  }

  // Keys besides the declared ones are read by `Rest::read(entry, context, out)`: returns false for an
  // unknown key.
  template <class Rest>
  void rest() {
    take_rest_ = [](const Node::Entry& entry, Context& context, T& out) {
      return Rest::read(entry, context, out);
    };
  }

  void finish() {
    for (const auto& entry : node_.entries()) {
      if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
      if (take_rest_ && take_rest_(entry, context_, out_)) continue;
      context_.problems.unknown(entry.place, "key", entry.key, known_);
    }
  }

 private:
  // Of the key; of the map when it is not there. (An absent value stands where the next thing begins.)
  [[nodiscard]] const Place& place_of(std::string_view key) const {
    for (const auto& entry : node_.entries()) {
      if (entry.key == key) return entry.place;
    }
    return node_.place();
  }

  const Node& node_;
  Context& context_;
  T& out_;
  std::vector<std::string> known_;
  std::function<bool(const Node::Entry&, Context&, T&)> take_rest_;
};

template <class T>
class ObjectDescriber {
 public:
  explicit ObjectDescriber(Schemas& schemas) : schemas_(schemas) {}

  template <class M>
  void required(std::string_view key, M T::*, std::string_view description) {
    add<M>(key, description);
    required_.push(json::Value(key));
  }
  template <class M>
  void optional(std::string_view key, M T::*, std::string_view description) {
    add<M>(key, description);
  }
  template <class Rest>
  void rest() {
    rest_ = Rest::schema(schemas_);
  }

  json::Value schema() {
    json::Value out = json::Value::object({{"type", "object"}});
    out["properties"] = json::Value(properties_);
    if (required_.size() != 0) out["required"] = required_;
    out["additionalProperties"] = rest_;
    return out;
  }

 private:
  template <class M>
  void add(std::string_view key, std::string_view description) {
    properties_.set(std::string(key), described(yaml::schema<M>(schemas_), description));
  }

  Schemas& schemas_;
  json::Object properties_;
  json::Value required_;
  json::Value rest_ = false;
};

}  // namespace detail

template <class T>
struct ObjectShape {
  static void read(const Node& node, Context& context, T& out) {
    if (!node.is_map()) return wrong_kind(node, context, "a map of keys and values");
    detail::ObjectReader<T> reader(node, context, out);
    Shape<T>::keys(reader);
    reader.finish();
    if constexpr (requires { Shape<T>::check(node, context, out); }) Shape<T>::check(node, context, out);
  }
  static json::Value schema(Schemas& schemas) {
    detail::ObjectDescriber<T> describer(schemas);
    Shape<T>::keys(describer);
    return describer.schema();
  }
};

template <class T>
struct Shape<Placed<T>> {
  static void read(const Node& node, Context& context, Placed<T>& out) {
    out.place = node.place();
    yaml::read(node, context, out.value);
  }
  static json::Value schema(Schemas& schemas) { return yaml::schema<T>(schemas); }
};

template <class T>
struct Shape<std::optional<T>> {
  static void read(const Node& node, Context& context, std::optional<T>& out) {
    yaml::read(node, context, out.emplace());
  }
  static json::Value schema(Schemas& schemas) { return yaml::schema<T>(schemas); }
};

template <class T>
struct Shape<std::vector<T>> {
  static void read(const Node& node, Context& context, std::vector<T>& out) {
    out.clear();
    if (!node.is_list()) return wrong_kind(node, context, "a list");
    out.reserve(node.items().size());
    for (const auto& item : node.items()) yaml::read(item, context, out.emplace_back());
  }
  static json::Value schema(Schemas& schemas) {
    return json::Value::object({{"type", "array"}, {"items", yaml::schema<T>(schemas)}});
  }
};

// A map of names that the administrator chooses, in their order.
template <class T>
struct Named {
  std::string name;
  Place place;  // of the name
  T value{};
};
template <class T>
using NamedList = std::vector<Named<T>>;

template <class T>
struct Shape<std::vector<Named<T>>> {
  static void read(const Node& node, Context& context, NamedList<T>& out) {
    out.clear();
    if (!node.is_map()) return wrong_kind(node, context, "a map of names");
    for (const auto& entry : node.entries()) {
      auto& named = out.emplace_back();
      named.name = entry.key;
      named.place = entry.place;
      yaml::read(entry.value, context, named.value);
    }
  }
  static json::Value schema(Schemas& schemas) {
    return json::Value::object({{"type", "object"}, {"additionalProperties", yaml::schema<T>(schemas)}});
  }
};

// One of a fixed set of words. Specialise Words<E> with `static constexpr
// std::array<std::pair<std::string_view, E>, N> all`.
template <class E>
struct Words;

template <class E>
requires std::is_enum_v<E>
struct Shape<E> {
  static void read(const Node& node, Context& context, E& out) {
    if (!node.is_scalar()) return wrong_kind(node, context, "a word");
    std::vector<std::string> known;
    for (const auto& [word, value] : Words<E>::all) {
      if (node.scalar() == word) {
        out = value;
        return;
      }
      known.emplace_back(word);
    }
    context.problems.unknown(node.place(), "value", node.scalar(), known);
  }
  static json::Value schema(Schemas&) {
    json::Value words;
    for (const auto& [word, value] : Words<E>::all) words.push(json::Value(word));
    return json::Value::object({{"enum", words}});
  }
};

}  // namespace b24gate::yaml
