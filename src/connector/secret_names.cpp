#include "connector/secret_names.hpp"

#include <algorithm>
#include <array>

namespace b24gate::connector {
namespace {

constexpr std::array<std::string_view, 7> wholes = {"auth", "authorization", "authkey",   "passwd",
                                                    "pwd",  "пароль",        "privatekey"};
constexpr std::array<std::string_view, 6> endings = {"password", "token",     "secret",
                                                     "apikey",   "secretkey", "accesskey"};

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

}  // namespace

bool names_secret(std::string_view plain) {
  return std::find(wholes.begin(), wholes.end(), plain) != wholes.end() ||
         std::any_of(endings.begin(), endings.end(), [&](auto end) { return ends_with(plain, end); });
}

}  // namespace b24gate::connector
