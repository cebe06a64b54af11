// Reads (and then, when the script says so, writes) a region that was made by an honest writer, a vandal, or both in
// turn.
#include "ground.h"
#include "witness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace otto::fuzz;
  constexpr int kMaxSteps = 200;
  Script script({data, size});
  Image image;
  image.Follow(&script, kMaxSteps);
  Ground& ground = Ground::Get();
  ground.Lay(image);
  ReadAndCompare(ground.task_directory(), image);
  if (image.writes()) WriteSome(ground.task_directory(), image.honest());
  return 0;
}
