#include "delivery/batch_size.hpp"

#include <doctest/doctest.h>

using namespace b24gate;
using delivery::BatchSize;

TEST_CASE("slow commands are fewer in a batch, and the portal says how slow they are") {
  BatchSize size(12);
  CHECK(size.most() == 12);  // nothing is known yet
  size.learn(Milliseconds{200});
  CHECK(size.most() == 50);
  // Robots are switched on: the very next batch is short.
  size.learn(Milliseconds{2'000});
  CHECK(size.most() == 20);
  size.learn(Milliseconds{200});
  CHECK(size.most() == 22);
  for (int i = 0; i < 40; ++i) size.learn(Milliseconds{200});
  CHECK(size.most() == 50);
  size.learn(Milliseconds{60'000});
  CHECK(size.most() == 4);

  CHECK(BatchSize::is_slow("crm.item.add"));
  CHECK_FALSE(BatchSize::is_slow("crm.timeline.comment.add"));
}
