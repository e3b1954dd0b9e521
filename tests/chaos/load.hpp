// The senders: enquiries with known keys, posted as services do it: over a kept connection, again and again
// with the same bytes until there is a 2xx, sometimes once more later, sometimes given up.
//
// The enquiries of one client go one after the other, each generation after the one before was acknowledged;
// a generation may be a pair that is posted at the same moment, of two different services.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace b24gate::chaos {

struct Enquiry {
  std::string call;   // EXTERNAL_CALL_ID of a telephone call; empty: it is none
  std::string key;    // as the connector makes it; also the lead's originId
  std::string email;  // that it tells of the client; empty: none
  int client = 0;
  int generation = 0;         // of the client, from 1
  bool wants_task = false;    // the rules give one when it makes a lead
  bool acknowledged = false;  // else the sender gave up: it may be there or not
  std::string path;
  std::string content_type;
  std::string body;
};

class Load {
 public:
  static constexpr int senders = 4;
  // What they send to, as lines of `sources:`; and what makes of texts what Enquiry::wants_task says.
  static std::string sources();
  static std::string distribution();
  static std::string employees();
  static std::string phone(int client);  // E.164

  // Nothing is sent before grant().
  Load(std::uint16_t port, std::uint64_t seed);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // So many more enquiries may be sent.
  void grant(int enquiries);
  // Acknowledged so far, repeats of what was acknowledged not counted.
  [[nodiscard]] std::size_t acknowledged() const;
  // True when everything that was granted has been acknowledged or given up.
  [[nodiscard]] bool idle() const;
  // Ends the senders; what they were about to repeat is not acknowledged.
  void stop();

  // All that was ever sent.
  [[nodiscard]] std::vector<Enquiry> enquiries() const;
  [[nodiscard]] std::map<std::string, std::uint64_t> counts() const;
  // Answers that no sender should get; empty when intake kept its contract.
  [[nodiscard]] std::vector<std::string> strange() const;

 private:
  struct Sender;

  void run(Sender& sender);
  int take_grant(int wanted);
  void give(std::vector<Enquiry> done);
  Enquiry make(int number, int client, int generation, bool wants_task, int service) const;
  void count(const std::string& what);

  const std::uint16_t port_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int granted_ = 0;
  int busy_ = 0;
  bool stopping_ = false;
  int last_number_ = 0;
  std::size_t acknowledged_ = 0;
  std::vector<Enquiry> sent_;
  std::map<std::string, std::uint64_t> counts_;
  std::vector<std::string> strange_;
  std::vector<std::unique_ptr<Sender>> all_;
};

}  // namespace b24gate::chaos
