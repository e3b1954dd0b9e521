// Answers of the admin listener: JSON, and errors in the product's shape.
#pragma once

#include <string_view>

#include "http/server.hpp"
#include "json/value.hpp"

namespace b24gate::admin {

inline http::Response json_response(int status, const json::Value& document) {
  http::Response response;
  response.status = status;
  response.body = json::write(document);
  return response;
}

inline http::Response error(int status, std::string_view code, std::string_view message) {
  return json_response(status, json::Value::object({{"error", code}, {"message", message}}));
}

}  // namespace b24gate::admin
