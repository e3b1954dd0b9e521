#include "outbound/fetch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.hpp"
#include "connector/options.hpp"
#include "outbound/address.hpp"
#include "outbound/allowed_hosts.hpp"

namespace b24gate::outbound {
namespace {

constexpr std::size_t most_addresses = 4;  // of one name that are tried

tl::unexpected<Error> refused(const Url& url, std::string what, Move move = Move::nobody) {
  return fail(ErrorKind::refused, url.host, std::move(what), Ran::no, move);
}

bool same(std::string_view a, std::string_view b) { return utf8::folded(a) == utf8::folded(b); }

std::string_view header(const std::vector<connector::Header>& headers, std::string_view wanted) {
  for (const auto& [name, value] : headers) {
    if (same(name, wanted)) return value;
  }
  return {};
}

// Those that describe the connection are the transport's business.
bool is_for_transport(std::string_view name) {
  for (const std::string_view own : {"Host", "Content-Length", "Transfer-Encoding", "Connection", "Expect",
                                     "Proxy-Authorization", "Upgrade", "Accept-Encoding", "Trailer", "TE"}) {
    if (same(name, own)) return true;
  }
  return false;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

bool is_clean(const connector::Header& header) {
  return is_token(header.first) && std::none_of(header.second.begin(), header.second.end(), [](char c) {
           return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
         });
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Done check_address(const Url& url, const std::string& address, Inside inside) {
  switch (reach_of(address)) {
    case Reach::everyone:
      return {};
    case Reach::loopback:
      if (inside != Inside::none) return {};
      return refused(url, "the name leads to this machine", Move::administrator);
    case Reach::inside:
      if (inside == Inside::all) return {};
      return refused(url, "the name leads into a private network", Move::administrator);
    case Reach::nobody:
      break;
  }
  return refused(url, "the name leads to an address that nobody may be asked at");
}

// One way through the redirects.
class Way {
 public:
  Way(Transport& transport, const Resolver& resolver, const Clock& clock, const FetchOptions& options)
      : transport_(transport),
        resolver_(resolver),
        clock_(clock),
        options_(options),
        deadline_(clock.steady() + options.max_time),
        bytes_left_(options.max_bytes) {}

  Result<Fetched> go(const connector::HttpCall& call) {
    const auto url = parse_url(call.url);
    if (!url) return tl::unexpected(url.error());
    exchange_.method = call.method;
    exchange_.url = *url;
    exchange_.body = call.body;
    if (!is_token(call.method)) return refused(*url, "the method is none");
    for (const auto& one : call.headers) {
      if (!is_clean(one)) return refused(*url, "a header holds control characters");
      if (!is_for_transport(one.first)) exchange_.headers.push_back(one);
    }
    for (int redirects = 0;; ++redirects) {
      auto reply = ask();
      if (!reply) return tl::unexpected(reply.error());
      const std::string_view location = header(reply->headers, "Location");
      if (!is_redirect(reply->status) || location.empty()) return fetched(std::move(*reply));
      if (redirects >= options_.max_redirects)
        return fail(ErrorKind::limit, exchange_.url.host, "too many redirects", Ran::yes, Move::nobody);
      if (auto turned = turn(reply->status, location); !turned) return tl::unexpected(turned.error());
    }
  }

 private:
  // The exchange as it stands, with everything checked that can be.
  Result<ExchangeReply> ask() {
    const Url& url = exchange_.url;
    if (!allows(options_.hosts, url)) {
      Url secure = url;
      secure.secure = true;
      const bool only_plain = !url.secure && allows(options_.hosts, secure);
      return refused(
          url,
          only_plain ? "it may only be asked over https" : "this host is not in the list of allowed ones",
          Move::administrator);
    }
    const auto addresses = resolver_.resolve(url.host);
    if (!addresses) return tl::unexpected(addresses.error());
    if (addresses->empty())
      return fail(ErrorKind::network, url.host, "the name has no address", Ran::no, Move::ours);
    // One that may not be asked spoils the name: nobody but an attacker mixes them.
    for (const auto& address : *addresses) {
      if (auto good = check_address(url, address, options_.inside); !good)
        return tl::unexpected(good.error());
    }
    std::string problem;
    for (std::size_t i = 0; i < std::min(addresses->size(), most_addresses); ++i) {
      const Milliseconds left = deadline_ - clock_.steady();
      if (left <= Milliseconds{0})
        return fail(ErrorKind::limit, url.host, "it takes too long", Ran::unknown, Move::ours);
      exchange_.address = (*addresses)[i];
      exchange_.time = left;
      exchange_.max_body = bytes_left_;
      ExchangeReply reply = transport_.exchange(exchange_);
      if (reply.too_long || reply.body.size() > bytes_left_)
        return fail(ErrorKind::limit, url.host, "the answer is too long", Ran::yes, Move::nobody);
      if (reply.state == ExchangeReply::State::answered) {
        bytes_left_ -= reply.body.size();
        return reply;
      }
      problem = std::move(reply.problem);
      if (reply.state == ExchangeReply::State::sent)
        return fail(ErrorKind::network, url.host, problem, Ran::unknown, Move::ours);
    }
    return fail(ErrorKind::network, url.host, problem, Ran::no, Move::ours);
  }

  Done turn(int status, std::string_view location) {
    const auto next = follow(exchange_.url, location);
    if (!next)
      return because(exchange_.url.host, "it redirects to an address that cannot be asked", next.error());
    const bool elsewhere = !next->same_origin(exchange_.url);
    const bool keeps_method =
        status == 307 || status == 308 || exchange_.method == "GET" || exchange_.method == "HEAD";
    if (elsewhere) exchange_.headers.clear();
    if (!keeps_method) {
      exchange_.method = "GET";
      exchange_.body.clear();
      const auto is_of_body = [](const auto& one) {
        return utf8::folded(one.first).rfind("content-", 0) == 0;
      };
      exchange_.headers.erase(std::remove_if(exchange_.headers.begin(), exchange_.headers.end(), is_of_body),
                              exchange_.headers.end());
    } else if (elsewhere && !exchange_.body.empty()) {
      return refused(exchange_.url, "it wants the request to be sent to another host");
    }
    exchange_.url = *next;
    return {};
  }

  Fetched fetched(ExchangeReply reply) const {
    Fetched out;
    out.status = reply.status;
    const std::string_view type = header(reply.headers, "Content-Type");
    out.content_type = utf8::folded(utf8::trimmed(type.substr(0, type.find(';'))));
    out.headers = std::move(reply.headers);
    out.body = std::move(reply.body);
    out.host = exchange_.url.host;
    return out;
  }

  Transport& transport_;
  const Resolver& resolver_;
  const Clock& clock_;
  const FetchOptions& options_;
  SteadyPoint deadline_;
  std::size_t bytes_left_;
  Exchange exchange_;
};

}  // namespace

Result<Fetched> Fetcher::fetch(const connector::HttpCall& call, const FetchOptions& options) const {
  return Way(transport_, resolver_, clock_, options).go(call);
}

FetchOptions recording_options(const json::Value& options, const std::vector<std::string>& vendor_hosts) {
  FetchOptions out;
  const json::Value& hosts = options["recording_hosts"];
  if (const auto* list = hosts.array_if()) {
    for (const auto& host : *list) out.hosts.push_back(host.text());
  } else if (!hosts.says_nothing()) {
    out.hosts.push_back(hosts.text());
  } else {
    out.hosts = vendor_hosts;
  }
  if (connector::is_on(options["recording_private"])) out.inside = Inside::all;
  return out;
}

}  // namespace b24gate::outbound
