// A load generator: one thread, epoll, no library. It speaks just enough HTTP/1.1 to post a form and read an
// answer with Content-Length, and it keeps account of every connection separately: a server that answers half
// of its connections and starves the others shows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace b24gate::bench {

// Forms of 1.5 KB, each unlike every other: the number stands in its key (tranid), its phone, its e-mail
// and its name.
class Forms {
 public:
  // `path`: where they are posted.
  Forms(std::string path, bool keep_alive);
  // The whole request. The reference is good until the next call.
  const std::string& request(std::int64_t number);
  // The phone in the form of that number, as digits.
  static std::string phone(std::int64_t number);
  static constexpr std::size_t body_bytes = 1'500;

 private:
  std::string request_;
  std::size_t head_ = 0;  // bytes before the body
};

struct Load {
  std::uint16_t port = 0;
  std::string path;
  int connections = 64;
  bool keep_alive = true;
  double seconds = 3;
  std::int64_t requests = 0;  // ends after so many instead
  std::int64_t first = 0;     // number of the first form
  // 0: each connection sends its next request when the last is answered. Else so many begin each second, on
  // whatever connection is free; what finds none free is counted as `not_sent`.
  double per_second = 0;
  double timeout = 30;  // seconds for one request, connecting included
};

struct LoadResult {
  double seconds = 0;  // until the last good answer
  double drained = 0;  // seconds after the last request began until the last answer came, or was given up
  std::int64_t sent = 0;
  std::int64_t good = 0;          // 2xx
  std::int64_t put_off = 0;       // 503 or 429 with Retry-After
  std::int64_t refused = 0;       // any other status
  std::int64_t broken = 0;        // no whole answer: reset, closed, refused
  std::int64_t timed_out = 0;     // of them
  std::int64_t not_sent = 0;      // no connection was free
  std::int64_t least_of_one = 0;  // good answers of the connection that got the fewest
  std::int64_t most_of_one = 0;
  std::vector<double> millis;  // of good answers, from the first byte sent (or the connect) to the last read
  [[nodiscard]] double rate() const { return seconds > 0 ? static_cast<double>(good) / seconds : 0; }
};

LoadResult run(const Load& load);

// Connections that waste a server's time: half of them say nothing, half send a byte of a request each
// second. They live as long as the object does.
class Idlers {
 public:
  Idlers(std::uint16_t port, int count);
  ~Idlers();
  Idlers(const Idlers&) = delete;
  Idlers& operator=(const Idlers&) = delete;
  // To be called now and then: those that dribble send their next byte; those that the server has closed come
  // again. How many are open.
  int dribble();

 private:
  void open(std::size_t index);
  std::uint16_t port_;
  std::vector<int> sockets_;
  std::vector<std::size_t> sent_;
};

// As many files as the system lets us have.
void raise_file_limit();

}  // namespace b24gate::bench
