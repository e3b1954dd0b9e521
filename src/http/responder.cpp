#include <algorithm>
#include <utility>

#include "http/framing.hpp"
#include "http/response.hpp"
#include "http/server.hpp"

namespace b24gate::http {
namespace {

Response not_answered() { return error_response(500, "internal", "the request was not answered"); }

}  // namespace

Response made(const MakeResponse& make) {
  try {
    return make();
  } catch (...) {
    return not_answered();
  }
}

std::string_view Request::header(std::string_view name) const {
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [&](const Header& header) { return same_name(header.first, name); });
  return found == headers.end() ? std::string_view{} : std::string_view{found->second};
}

Responder::Responder(Send send) : send_(std::move(send)) {}

Responder::Responder(Responder&& other) noexcept : send_(std::exchange(other.send_, nullptr)) {}

Responder& Responder::operator=(Responder&& other) noexcept {
  Responder dropped(std::move(*this));
  send_ = std::exchange(other.send_, nullptr);
  return *this;
}

Responder::~Responder() {
  if (send_) (*this)(not_answered());
}

void Responder::operator()(Response response) {
  later([response = std::move(response)]() mutable { return std::move(response); });
}

void Responder::later(MakeResponse make) {
  if (const Send send = std::exchange(send_, nullptr)) send(std::move(make));
}

}  // namespace b24gate::http
