#include "core/value_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/object_value.h"
#include "core/step.h"
#include "posix/shared_object.h"
#include "posix/stream.h"

namespace otto {
namespace {

// Taken from the budget at once while a value's length is not known; the smaller one near the budget's end.
constexpr std::uint64_t kSteps[] = {16 << 20, 1 << 20};

}  // namespace

ValueFileName::ValueFileName(std::uint64_t number) {
  char digits[20];
  std::size_t count = 0;
  do {
    digits[count++] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  for (std::size_t i = 0; i < count; ++i) text[i] = digits[count - 1 - i];
  std::memcpy(text + count, ".value", sizeof ".value");
}

ValueFile::ValueFile(ValueFile&& other) noexcept {
  *this = static_cast<ValueFile&&>(other);
}

ValueFile& ValueFile::operator=(ValueFile&& other) noexcept {
  if (this == &other) return *this;
  Discard();
  region_ = other.region_;
  fd_ = static_cast<posix::Descriptor&&>(other.fd_);
  name_ = other.name_;
  path_ = static_cast<Text&&>(other.path_);
  written_ = other.written_;
  charged_ = other.charged_;
  other.Release();
  return *this;
}

void ValueFile::Begin(Region* region, const Name& name, Text&& path) {
  region_ = region;
  name_ = name;
  path_ = static_cast<Text&&>(path);
}

// Forgets the file and its charge: they belong to somebody else.
void ValueFile::Release() {
  name_ = {};
  written_ = charged_ = 0;
  fd_.Close();
}

void ValueFile::Discard() {
  if (number() != 0) {
    const ValueFileName name(number());
    // A file that cannot be unlinked goes with the task's directory.
    const posix::At at{name_.directory_fd, name.text, path()};
    Status ignored = is_written() ? posix::RemoveStubAt(at, nullptr) : posix::UnlinkAt(at);
    At(Step::kFileUnlinked);
    if (charged_ != 0) region_->ReturnCharge(charged_);
  }
  Release();
}

// How many more bytes may be written before the budget has to be asked again.
std::uint64_t ValueFile::Allowance() const {
  if (place() == Place::kSpilled || !region_->HasBudget()) return ~std::uint64_t{0};
  const std::uint64_t allowed = std::max(charged_, kUnchargedBytes);
  return allowed > written_ ? allowed - written_ : 0;
}

Status ValueFile::Expect(std::uint64_t bytes) {
  if (place() == Place::kSpilled || bytes <= std::max(charged_, kUnchargedBytes)) return {};
  const std::uint64_t more = bytes - charged_;
  Status charged = region_->Charge(more);
  if (!charged.ok())
    return charged.code() == StatusCode::kNoSpace ? MoveToDisk(static_cast<Status&&>(charged))
                                                  : static_cast<Status&&>(charged);
  charged_ += more;
  if (posix::FreeBytes(fd()) >= bytes - written_) return {};
  // What surely does not fit is not begun. Without a disk, writing shall tell.
  Status moved = MoveToDisk(Status::FromErrno("write", path(), ENOSPC));
  return moved.code() == StatusCode::kNoSpace ? Status() : static_cast<Status&&>(moved);
}

// So that Allowance() is not 0.
Status ValueFile::MakeRoom() {
  if (Allowance() != 0) return {};
  Status charged;
  for (const std::uint64_t step : kSteps) {
    charged = region_->Charge(step);
    if (charged.ok()) charged_ += step;
    if (charged.code() != StatusCode::kNoSpace) return charged;
  }
  return MoveToDisk(static_cast<Status&&>(charged));
}

Status ValueFile::Append(Bytes data) {
  while (!data.empty()) {
    Status status = MakeRoom();
    if (!status.ok()) return status;
    const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(data.size(), Allowance()));
    std::size_t count = 0;
    status = posix::WriteCounted(target(), data.first(part), &count);
    At(Step::kFileWritten);
    written_ += count;
    data = data.subspan(count);
    if (status.code() == StatusCode::kNoSpace) status = MoveToDisk(static_cast<Status&&>(status));
    if (!status.ok()) return status;
  }
  return {};
}

Status ValueFile::CopyFrom(const posix::Target& from) {
  Status status;
  if (const std::uint64_t known = posix::RemainingBytes(from.fd); known != 0) status = Expect(written_ + known);
  posix::StreamReader stream(from);
  while (status.ok()) {
    if (Allowance() == 0) {
      bool at_end = false;
      status = stream.AtEnd(&at_end);
      if (!status.ok() || at_end) return status;
      status = MakeRoom();
      if (!status.ok()) return status;
    }
    std::uint64_t moved = 0;
    status = stream.MoveTo(target(), Allowance(), &moved);
    At(Step::kFileWritten);
    written_ += moved;
    if (status.ok() && moved == 0) return status;
    if (status.code() == StatusCode::kNoSpace) status = MoveToDisk(static_cast<Status&&>(status));
  }
  return status;
}

// `reason` is the answer where there is no disk to go to.
Status ValueFile::MoveToDisk(Status&& reason) {
  if (place() == Place::kSpilled) return static_cast<Status&&>(reason);
  ValueFile on_disk;
  Status status = region_->CreateValueFile(Place::kSpilled, &on_disk);
  if (!status.ok())
    return status.error_number() == ENOENT ? static_cast<Status&&>(reason) : static_cast<Status&&>(status);
  if (written_ != 0) status = posix::SendFromStart(target(), written_, on_disk.target());
  if (!status.ok()) return status;
  At(Step::kFileMoved);
  on_disk.written_ = written_;
  *this = static_cast<ValueFile&&>(on_disk);
  return status;
}

// What a published value needs: its length, as the file system says, and with objects an object. One that shared memory
// has no room for goes to disk like any other value.
Status ValueFile::Complete(std::uint64_t* bytes) {
  *bytes = written_;
  if (is_written()) return {};
  Status status = posix::SizeOf(fd(), path(), bytes);
  if (!status.ok()) return status;
  written_ = *bytes;
  Settle(*bytes);
  if (place() == Place::kSpilled || !region_->has_objects()) return {};
  const ValueFileName name(number());
  status = MoveIntoObject({name_.directory_fd, name.text, path()}, target(), *bytes);
  if (status.code() == StatusCode::kNoSpace) return MoveToDisk(static_cast<Status&&>(status));
  if (status.ok()) fd_.Close();
  return status;
}

// The file is complete: gives back what was charged too much, and charges what was written past this object.
void ValueFile::Settle(std::uint64_t bytes) {
  if (place() == Place::kSpilled) return;
  const std::uint64_t due = bytes > kUnchargedBytes ? bytes : 0;
  if (due > charged_) region_->ChargeInAnyCase(due - charged_);
  if (due < charged_) region_->ReturnCharge(charged_ - due);
  charged_ = due;
}

}  // namespace otto
