#include "core/budget.h"

#include <cerrno>

#include "posix/file.h"

namespace otto {
namespace {

constexpr char kBudgetName[] = ".budget";

}  // namespace

Status Budget::Create(int run_fd, const Text& run_path, std::uint64_t limit) {
  const Text path = Text::Path(run_path.view(), kBudgetName);
  posix::Descriptor file;
  Status status = posix::CreateFileAt({run_fd, kBudgetName, path.c_str()}, &file);
  if (!status.ok()) return status;
  alignas(BudgetPage) std::byte bytes[sizeof(BudgetPage)] = {};
  reinterpret_cast<BudgetPage*>(bytes)->limit = limit;
  return posix::WriteAll({file.get(), path.c_str()}, bytes);
}

Status Budget::Open(int run_fd, const Text& run_path, Budget* out) {
  *out = Budget();
  Budget opened;
  opened.path_ = Text::Path(run_path.view(), kBudgetName);
  posix::Descriptor file;
  const char* path = opened.path_.c_str();
  Status status = posix::OpenPrivateFileAt({run_fd, kBudgetName, path}, posix::OpenMode::kReadWrite, &file);
  if (status.error_number() == ENOENT) return {};
  std::uint64_t bytes = 0;
  if (status.ok()) status = posix::SizeOf(file.get(), path, &bytes);
  if (!status.ok()) return status;
  if (bytes < sizeof(BudgetPage)) return Status::Corrupt("table 5: the budget is shorter than 4096 bytes", path);
  status =
      posix::Mapping::Map({file.get(), path, 0, sizeof(BudgetPage), posix::Protection::kReadWrite}, &opened.mapping_);
  if (status.ok()) *out = static_cast<Budget&&>(opened);
  return status;
}

Status Budget::Charge(std::uint64_t bytes) const {
  if (!limited()) return {};
  const std::uint64_t limit = page()->limit;
  const std::uint64_t before = page()->used.fetch_add(bytes, std::memory_order_relaxed);
  if (mapping_.damaged()) return Status::Corrupt("the file was truncated while it was in use", path_.view());
  if (before <= limit && bytes <= limit - before) return {};
  Return(bytes);
  return Status(Failure{StatusCode::kNoSpace, "charge", path_.view(), 0, "the run's budget of shared memory is spent"});
}

void Budget::ChargeInAnyCase(std::uint64_t bytes) const {
  if (limited()) page()->used.fetch_add(bytes, std::memory_order_relaxed);
}

void Budget::Return(std::uint64_t bytes) const {
  if (!limited()) return;
  std::uint64_t used = page()->used.load(std::memory_order_relaxed);
  while (!page()->used.compare_exchange_weak(used, used < bytes ? 0 : used - bytes, std::memory_order_relaxed)) {
  }
}

std::uint64_t Budget::used() const {
  return limited() ? page()->used.load(std::memory_order_relaxed) : 0;
}

}  // namespace otto
