#include "bench/load.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <deque>
#include <optional>
#include <string_view>

#include "bench/report.hpp"

namespace b24gate::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Moment = Clock::time_point;

double millis(Clock::duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

// A socket that is connecting to loopback; -1 when the system refuses. Source addresses take turns: closed
// connections keep their ports for a while.
int connecting(std::uint16_t port) {
  static std::uint32_t turn = 0;
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(0x7f000002U + ++turn % 16);
  ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
      errno != EINPROGRESS) {
    ::close(fd);
    return -1;
  }
  return fd;
}

struct Answer {
  int status = 0;
  bool retry_after = false;
  bool closes = false;
};

// Nothing while it is not whole.
std::optional<Answer> parse(std::string_view bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  Answer out;
  std::size_t length = 0;
  std::size_t at = bytes.find("\r\n");
  out.status = bytes.size() > 12 ? (bytes[9] - '0') * 100 + (bytes[10] - '0') * 10 + (bytes[11] - '0') : 0;
  while (at < end) {
    const std::size_t next = bytes.find("\r\n", at + 2);
    const std::string_view header = bytes.substr(at + 2, next - at - 2);
    const auto is = [&](std::string_view name) {
      return header.size() >= name.size() &&
             ::strncasecmp(header.data(), name.data(), name.size()) == 0;  // NOLINT
    };
    if (is("Content-Length:")) {
      length = 0;
      for (const char c : header.substr(15)) {
        if (c >= '0' && c <= '9') length = length * 10 + static_cast<std::size_t>(c - '0');
      }
    } else if (is("Retry-After:")) {
      out.retry_after = true;
    } else if (is("Connection: close")) {
      out.closes = true;
    }
    at = next;
  }
  if (bytes.size() < end + 4 + length) return std::nullopt;
  return out;
}

class Generator {
 public:
  explicit Generator(const Load& load)
      : load_(load),
        forms_(load.path, load.keep_alive),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)),
        connections_(static_cast<std::size_t>(load.connections)) {}
  ~Generator() {
    for (auto& connection : connections_) {
      if (connection.fd >= 0) ::close(connection.fd);
    }
    ::close(epoll_);
  }
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  LoadResult run() {
    began_ = now_ = last_good_ = Clock::now();
    ends_ =
        began_ + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(load_.seconds));
    for (std::size_t i = connections_.size(); i > 0; --i) free_.push_back(i - 1);
    Moment swept = began_;
    std::array<epoll_event, 512> events{};
    do {
      begin_more();
      const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 1);
      now_ = Clock::now();
      for (int i = 0; i < count; ++i) on_event(events.at(static_cast<std::size_t>(i)));
      if (now_ - swept > std::chrono::milliseconds{100}) {
        swept = now_;
        sweep();
      }
    } while (!may_begin_none() || (busy_ > 0 && now_ < ends_ + grace()));
    result_.seconds = std::chrono::duration<double>(last_good_ - began_).count();
    result_.drained = std::chrono::duration<double>(last_end_ - last_begun_).count();
    result_.least_of_one = connections_.front().good;
    for (const auto& connection : connections_) {
      result_.least_of_one = std::min(result_.least_of_one, connection.good);
      result_.most_of_one = std::max(result_.most_of_one, connection.good);
    }
    return std::move(result_);
  }

 private:
  struct Connection {
    int fd = -1;
    bool busy = false;
    std::string out;
    std::size_t out_at = 0;
    std::string in;
    Moment began{};
    std::int64_t good = 0;
  };

  [[nodiscard]] Clock::duration grace() const {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(load_.timeout));
  }
  [[nodiscard]] bool may_begin_none() const {
    return load_.requests > 0 ? begun_ >= load_.requests : now_ >= ends_;
  }

  void begin_more() {
    if (load_.per_second > 0) {
      const double due = std::chrono::duration<double>(now_ - began_).count() * load_.per_second;
      while (!may_begin_none() && static_cast<double>(begun_ + result_.not_sent) < due) {
        if (free_.empty()) {
          ++result_.not_sent;
        } else {
          begin_one();
        }
      }
      return;
    }
    while (!free_.empty() && !may_begin_none()) begin_one();
  }

  void begin_one() {
    const std::size_t index = free_.back();
    free_.pop_back();
    Connection& connection = connections_[index];
    connection.busy = true;
    connection.out = forms_.request(load_.first + begun_++);
    connection.out_at = 0;
    connection.in.clear();
    connection.began = last_begun_ = Clock::now();
    ++busy_;
    ++result_.sent;
    if (connection.fd < 0) {
      connection.fd = connecting(load_.port);
      if (connection.fd < 0) return end(index, false, true);
      epoll_event event{};
      event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
      event.data.u64 = index;
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event);
    } else {
      send(index);
    }
  }

  void send(std::size_t index) {
    Connection& connection = connections_[index];
    while (connection.out_at < connection.out.size()) {
      const ssize_t sent = ::send(connection.fd, connection.out.data() + connection.out_at,
                                  connection.out.size() - connection.out_at, MSG_NOSIGNAL);
      if (sent < 0) {
        if (errno == EAGAIN || errno == ENOTCONN) return;
        // What the server had to say before it closed may be there to be read.
        return read(index);
      }
      connection.out_at += static_cast<std::size_t>(sent);
    }
  }

  void on_event(const epoll_event& event) {
    const auto index = static_cast<std::size_t>(event.data.u64);
    Connection& connection = connections_[index];
    if (connection.fd < 0) return;
    if (!connection.busy) {
      // Closed by the server between two requests.
      if ((event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) close(connection);
      return;
    }
    if ((event.events & EPOLLOUT) != 0 && (event.events & EPOLLERR) == 0) send(index);
    if (connection.busy && connection.fd >= 0 && (event.events & ~EPOLLOUT) != 0) read(index);
  }

  void read(std::size_t index) {
    Connection& connection = connections_[index];
    std::array<char, 8192> buffer{};
    for (;;) {
      const ssize_t got = ::recv(connection.fd, buffer.data(), buffer.size(), 0);
      if (got < 0 && errno == EAGAIN) return;
      if (got > 0) connection.in.append(buffer.data(), static_cast<std::size_t>(got));
      if (const auto answer = parse(connection.in)) {
        if (answer->status >= 200 && answer->status < 300) {
          result_.millis.push_back(millis(Clock::now() - connection.began));
          ++connection.good;
          ++result_.good;
          last_good_ = Clock::now();
        } else if ((answer->status == 503 || answer->status == 429) && answer->retry_after) {
          ++result_.put_off;
        } else {
          ++result_.refused;
        }
        return end(index, load_.keep_alive && !answer->closes && got > 0, false);
      }
      if (got <= 0) return end(index, false, true);
    }
  }

  void end(std::size_t index, bool keep, bool broken) {
    Connection& connection = connections_[index];
    if (broken) ++result_.broken;
    if (!keep) close(connection);
    connection.busy = false;
    last_end_ = Clock::now();
    --busy_;
    free_.push_front(index);
  }

  static void close(Connection& connection) {
    if (connection.fd >= 0) ::close(connection.fd);
    connection.fd = -1;
  }

  void sweep() {
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      if (!connections_[i].busy || now_ - connections_[i].began < grace()) continue;
      ++result_.timed_out;
      end(i, false, true);
    }
  }

  const Load load_;
  Forms forms_;
  const int epoll_;
  std::vector<Connection> connections_;
  std::deque<std::size_t> free_;  // the longest free one at the back
  std::int64_t begun_ = 0;
  int busy_ = 0;
  Moment began_{};
  Moment now_{};
  Moment ends_{};
  Moment last_good_{};  // a rate is measured up to here: what follows is waiting in vain
  Moment last_begun_{};
  Moment last_end_{};
  LoadResult result_;
};

}  // namespace

Forms::Forms(std::string path, bool keep_alive) {
  std::string body =
      "Name=%D0%94%D0%BC%D0%B8%D1%82%D1%80%D0%B8%D0%B9+0000000000&Phone=%2B70000000000&Email=k0000000000%"
      "40zavod-"
      "agregat.example&tranid=1234567%3A0000000000&formid=form700000001&formname=%D0%97%D0%B0%D0%BF%D1%80%D0%"
      "BE"
      "%D1%81%D0%B8%D1%82%D1%8C+%D0%A2%D0%9A%D0%9F&Checkbox=yes&COOKIES=tildauid%3D1718300000111.222333%3B+"
      "_ym_uid%3D1718300000111222333%3B+_ym_d%3D1718300000%3B+TILDAUTM%3Dutm_source%253Dyandex%257C%257C%257C"
      "utm_medium%253Dcpc%257C%257C%257Cutm_campaign%253Dgpu_msk%257C%257C%257Cutm_content%253Db2%257C%257C%"
      "257C"
      "%3B+tildasid%3D1718352000555.666777&Comments=";
  while (body.size() + 6 <= body_bytes) body += "%D0%B0";
  body.resize(body_bytes, '+');
  request_ = fmt::format(
      "POST {} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\nReferer: https://www.energotech.example/gpu/\r\n"
      "User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36\r\n"
      "Content-Type: application/x-www-form-urlencoded\r\nConnection: {}\r\nContent-Length: {}\r\n\r\n",
      path, keep_alive ? "keep-alive" : "close", body.size());
  head_ = request_.size();
  request_ += body;
}

const std::string& Forms::request(std::int64_t number) {
  const std::string digits = fmt::format("{:010}", number % 10'000'000'000);
  const auto put = [&](std::string_view before, const std::string& what) {
    request_.replace(request_.find(before, head_) + before.size(), what.size(), what);
  };
  put("%D0%B9+", digits);
  put("Phone=%2B", phone(number));
  put("Email=k", digits);
  put("1234567%3A", digits);
  return request_;
}

// Mobile numbers: 7 9xx xxx xx xx.
std::string Forms::phone(std::int64_t number) { return fmt::format("790{:08}", number % 100'000'000); }

LoadResult run(const Load& load) { return Generator(load).run(); }

Idlers::Idlers(std::uint16_t port, int count)
    : port_(port), sockets_(static_cast<std::size_t>(count), -1), sent_(static_cast<std::size_t>(count), 0) {
  for (std::size_t i = 0; i < sockets_.size(); ++i) open(i);
}

Idlers::~Idlers() {
  for (const int fd : sockets_) {
    if (fd >= 0) ::close(fd);
  }
}

void Idlers::open(std::size_t index) {
  sockets_[index] = connecting(port_);
  sent_[index] = 0;
}

int Idlers::dribble() {
  static Forms forms("/hook/site-tilda/bench-secret", true);
  const std::string& request = forms.request(0);
  int open_ones = 0;
  for (std::size_t i = 0; i < sockets_.size(); ++i) {
    char byte = 0;
    const ssize_t got = sockets_[i] < 0 ? 0 : ::recv(sockets_[i], &byte, 1, 0);
    if (got >= 0 || errno != EAGAIN) {
      if (sockets_[i] >= 0) ::close(sockets_[i]);
      open(i);
    }
    if (sockets_[i] < 0) continue;
    ++open_ones;
    if (i % 2 == 0 || sent_[i] + 1 >= request.size()) continue;
    if (::send(sockets_[i], request.data() + sent_[i], 1, MSG_NOSIGNAL) == 1) ++sent_[i];
  }
  return open_ones;
}

void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace b24gate::bench
