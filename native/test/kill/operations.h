// Operations: everything that changes a region, one by one, for tests that stop or kill a writer at each step of each
// of them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "situation.h"
#include "telling_value.h"

namespace otto::test::kill {

// One change of one key: it has value `before`, or none, and gets value `after`, or none. Number 0 stands for none.
struct Operation {
  const char* name = "";
  Access access = Access::kWrite;
  enum class Neighbour : std::uint8_t { kNone, kSameSlot, kSameTwoSlots } neighbour = Neighbour::kNone;
  std::uint32_t before_bytes = 0;  // 0: the key is absent; else its length
  bool deleted_before = false;     // absent because it was deleted
  std::uint32_t after_bytes = 0;   // 0: it is deleted
  Status (*run)(const struct Victim& victim) = nullptr;
  bool makes_own_file = false;  // in shared memory, where it cannot spill
};

// What an operation works with, in the process that is stopped or killed.
struct Victim {
  Region* region;
  const Region* source;  // holds the value to forward
  std::string key;
  std::string_view value;  // of after
};

std::span<const Operation> AllOperations();

// A region with neighbours, in which one operation is played.
class Scene {
 public:
  explicit Scene(const Operation& operation) : operation_(operation) {}

  // Makes the tasks and what the operation starts from. The situation has begun an epoch.
  Status Prepare(const Situation& situation);
  // In the victim: opens both tasks and makes the value. Apart from Play so that only the operation itself is stepped
  // through.
  Status OpenAsVictim();
  Status Play();

  // Whether the region holds the neighbours, and the key's value of before (old) or of after (new). Anything else:
  // `*problem` tells.
  struct Seen {
    bool is_old = false;
    bool is_new = false;
  };
  Seen Look(const Region& region, std::string* problem) const;
  // The same for the neighbour in the key's own slot, and another one each time.
  bool LookAtNeighbours(const Region& region, std::string* problem);
  // Sets and gets a key of its own, as a writer would that was waiting for the victim, if there were anything to wait
  // for.
  bool SetAsSurvivor(Region* region, std::string* problem);

 private:
  static constexpr std::uint32_t kNeighbours = 24;
  bool LookAtNeighbour(const Region& region, std::uint32_t key, std::string* problem) const;
  std::uint32_t NumberIn(const Region& region, std::uint32_t key, std::string* problem) const;

  const Operation& operation_;
  std::uint32_t key_ = 0;
  std::uint32_t next_neighbour_ = 0;
  std::uint32_t survivals_ = 0;
  std::string task_directory_;
  std::string source_directory_;
  Region region_;
  Region source_;
  std::string value_;
};

}  // namespace otto::test::kill
