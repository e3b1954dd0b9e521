// Feeds the framing parser one stream in two ways: at once, and split where the input says. Both must find
// the same requests and the same refusal, and hold no more than the bounds allow.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "http/framing.hpp"

namespace {

using b24gate::http::Framing;
using b24gate::http::Limits;
using b24gate::http::Request;

struct Found {
  std::vector<Request> requests;
  int refused = 0;
};

Limits small_limits() {
  Limits limits;
  limits.max_request_line = 256;
  limits.max_header_bytes = 1024;
  limits.max_headers = 12;
  limits.max_body = 512;
  return limits;
}

void require(bool holds) {
  if (!holds) std::abort();
}

// `next_size` tells how many bytes the next piece has; 0 stands for all that are left.
template <class NextSize>
Found run(std::string_view stream, NextSize next_size) {
  const Limits limits = small_limits();
  Found found;
  Framing framing;
  framing.begin(limits);
  while (!stream.empty()) {
    const std::size_t wanted = next_size();
    const std::string_view piece = stream.substr(0, wanted == 0 ? stream.size() : wanted);
    const std::size_t used = framing.feed(piece);
    require(used <= piece.size());
    require(framing.buffered() <= limits.max_header_bytes + limits.max_body);
    stream.remove_prefix(used);
    if (framing.state() == Framing::State::refused) {
      found.refused = framing.refusal().status;
      require(found.refused >= 400 && found.refused < 600);
      break;
    }
    if (framing.state() == Framing::State::whole) {
      found.requests.push_back(framing.take());
      const Request& request = found.requests.back();
      require(request.path.find('\0') == std::string::npos);
      require(request.headers.size() <= limits.max_headers && request.body.size() <= limits.max_body);
      framing.begin(limits);
    } else {
      require(used == piece.size());
    }
  }
  return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  const std::string splits(data, data + 4);
  const std::string stream(data + 4, data + size);
  std::size_t turn = 0;
  const Found whole = run(stream, [] { return std::size_t{0}; });
  const Found split = run(stream, [&] {
    return std::size_t{1} + static_cast<std::uint8_t>(splits[turn++ % splits.size()]) % 64;
  });
  require(whole.refused == split.refused && whole.requests.size() == split.requests.size());
  for (std::size_t i = 0; i < whole.requests.size(); ++i) {
    const Request& a = whole.requests[i];
    const Request& b = split.requests[i];
    require(a.method == b.method && a.target == b.target && a.path == b.path && a.query == b.query);
    require(a.headers == b.headers && a.body == b.body);
  }
  return 0;
}
