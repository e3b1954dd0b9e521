// Where the application's sealed tokens lie: the seam between the portal and the journal.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/error.hpp"

namespace b24gate::portal {

class TokenVault {
 public:
  virtual ~TokenVault() = default;
  // What was written last, by whichever process; empty when nothing was. Fails with ErrorKind::disk.
  // Thread-safe; may block for the disk.
  [[nodiscard]] virtual Result<std::string> read() = 0;
  // The right to renew, of which there is one among all processes: waits until whoever has it drops it, or
  // dies. Fails with ErrorKind::disk.
  [[nodiscard]] virtual Result<std::shared_ptr<void>> turn() = 0;
  // Replaces it as a whole. `done` is called once, from any thread, after the bytes will survive a loss of
  // power, or with ErrorKind::disk. Writes take effect, and tell, in the order in which they were asked for.
  // Does not block.
  virtual void write(std::string sealed, std::function<void(Done)> done) = 0;
};

}  // namespace b24gate::portal
