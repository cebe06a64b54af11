// Writers made of the core's own calls.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "../rig.h"
#include "core/value_file.h"
#include "telling_value.h"
#include "writers.h"

namespace otto::test::kill {
namespace {

[[noreturn]] void WaitForDeath() {
  for (;;) ::pause();
}

// The values of one process (or thread of it), in order.
class Script {
 public:
  Script(const Assignment& assignment, std::vector<std::uint32_t> lengths)
      : assignment_(assignment), lengths_(std::move(lengths)) {}

  // Calls set(telling) for every number that is not a delete; thread `part` of `parts` takes each parts-th key.
  template <typename Set>
  void Play(Region* region, const Set& set, std::uint32_t part = 0, std::uint32_t parts = 1) const {
    for (std::uint32_t i = 0; i < NumbersOf(assignment_.keys); ++i) {
      const std::uint32_t key = assignment_.first_key + i % assignment_.keys;
      const std::uint32_t number = assignment_.first_number + i;
      if (key % parts != part) continue;
      LedgerLine& line = assignment_.ledger->line(key);
      line.begun.store(number, std::memory_order_release);
      const Status done = IsDelete(key, number) ? region->Delete(KeyName(key), nullptr)
                                                : set(Telling{key, number, lengths_[number % lengths_.size()]});
      if (!Count(done)) return;
      if (done.ok()) line.committed.store(number, std::memory_order_release);
    }
  }

 private:
  // False: the writer cannot go on.
  bool Count(const Status& done) const {
    Tally& tally = assignment_.ledger->tally();
    if (done.ok()) ++tally.committed;
    if (done.code() == StatusCode::kNoSpace) ++tally.refused;
    if (done.ok() || done.code() == StatusCode::kNoSpace) return true;
    ++tally.failed;
    assignment_.ledger->Note("a writer: " + Words(done));
    return false;
  }

  const Assignment& assignment_;
  std::vector<std::uint32_t> lengths_;
};

Region AttachOrDie(const Assignment& assignment, const std::string& directory, Access access) {
  Region region;
  const Status attached = Region::Attach(directory.c_str(), access, &region);
  if (attached.ok()) return region;
  ++assignment.ledger->tally().failed;
  assignment.ledger->Note("a writer: " + Words(attached));
  WaitForDeath();
}

Status SetTold(Region* region, const Telling& told) {
  return region->Set({KeyName(told.key), ValueType::kString, AsBytes(MakeValue(told))});
}

class Setter : public WriterProgram {
 public:
  Setter(const char* name, Access access, std::vector<std::uint32_t> lengths)
      : name_(name), access_(access), lengths_(std::move(lengths)) {}
  std::string name() const override { return name_; }
  void Run(const Assignment& assignment) const override {
    Region region = AttachOrDie(assignment, assignment.task_directory, access_);
    Script(assignment, lengths_).Play(&region, [&](const Telling& told) { return SetTold(&region, told); });
    WaitForDeath();
  }

 private:
  const char* name_;
  Access access_;
  std::vector<std::uint32_t> lengths_;
};

class ThreadedSetter : public WriterProgram {
 public:
  std::string name() const override { return "core: three threads"; }
  void Run(const Assignment& assignment) const override {
    Region region = AttachOrDie(assignment, assignment.task_directory, Access::kWrite);
    const Script script(assignment, {32, 64, 100, 700, 3000, 5000});
    std::vector<std::thread> threads;
    for (std::uint32_t part = 0; part < 3; ++part) {
      threads.emplace_back([&, part] {
        script.Play(
            &region, [&](const Telling& told) { return SetTold(&region, told); }, part, 3);
      });
    }
    for (std::thread& thread : threads) thread.join();
    WaitForDeath();
  }
};

// Large values by all the ways in which a file becomes one.
class FileWriter : public WriterProgram {
 public:
  std::string name() const override { return "core: value files"; }
  void Run(const Assignment& assignment) const override {
    Region region = AttachOrDie(assignment, assignment.task_directory, Access::kWrite);
    Script(assignment, {1048577, 32, 1200000, 5000, 70000, 1500000, 300000}).Play(&region, [&](const Telling& told) {
      switch (told.number % 4) {
        case 0:
          return SetTold(&region, told);
        case 1:
          return Append(&region, told);
        case 2:
          return Numbered(&region, told);
        default:
          return Adopt(&region, told);
      }
    });
    WaitForDeath();
  }

 private:
  static Status Append(Region* region, const Telling& told) {
    ValueFile file;
    Status done = region->NewValueFile(&file);
    const std::string value = MakeValue(told);
    for (std::size_t at = 0; done.ok() && at < value.size(); at += 65536) {
      done = file.Append(AsBytes(std::string_view(value).substr(at, 65536)));
    }
    if (!done.ok()) return done;
    return region->PublishFile(KeyName(told.key), ValueType::kString, &file);
  }
  static Status WriteWhole(const std::string& path, const Telling& told) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return Status::FromErrno("create", path, errno);
    Status written = posix::WriteAll({fd, path.c_str()}, AsBytes(MakeValue(told)));
    ::close(fd);
    if (!written.ok()) ::unlink(path.c_str());
    return written;
  }
  static Status Numbered(Region* region, const Telling& told) {
    std::uint64_t number = 0;
    Status taken = region->TakeFileNumber(&number);
    if (!taken.ok()) return taken;
    const std::string path = std::string(region->task_directory()) + "/" + ValueFileName(number).text;
    // Who writes a file himself must see himself where it has room.
    Status written = WriteWhole(path, told);
    if (written.code() == StatusCode::kNoSpace) return SetTold(region, told);
    if (!written.ok()) return written;
    Status published = region->PublishNumbered(KeyName(told.key), ValueType::kString, number);
    if (!published.ok()) ::unlink(path.c_str());
    return published;
  }
  static Status Adopt(Region* region, const Telling& told) {
    const std::string name = ".adopted-" + std::to_string(::getpid()) + "-" + std::to_string(told.number);
    const std::string path = std::string(region->task_directory()) + "/" + name;
    // Who writes a file himself must see himself where it has room.
    Status written = WriteWhole(path, told);
    if (written.code() == StatusCode::kNoSpace) return SetTold(region, told);
    if (!written.ok()) return written;
    Status adopted = region->AdoptFile({KeyName(told.key), ValueType::kString, name.c_str()});
    if (!adopted.ok()) ::unlink(path.c_str());
    return adopted;
  }
};

// Sets a value in another task, then passes it on.
class Forwarder : public WriterProgram {
 public:
  std::string name() const override { return "core: forwards"; }
  void Run(const Assignment& assignment) const override {
    Region source = AttachOrDie(assignment, assignment.source_directory, Access::kWriteOnce);
    Region region = AttachOrDie(assignment, assignment.task_directory, Access::kWriteOnce);
    const std::string source_key = "of-" + std::to_string(assignment.first_key);
    Script(assignment, {32, 1100000, 3000, 70000, 1048577}).Play(&region, [&](const Telling& told) {
      Status set = source.Set({source_key, ValueType::kString, AsBytes(MakeValue(told))});
      if (set.ok()) set = region.Forward({KeyName(told.key), source, source_key});
      return set;
    });
    WaitForDeath();
  }
};

}  // namespace

WriterList ForkedWriters() {
  static const Setter once("core: one record at a time", Access::kWriteOnce, UsualLengths());
  static const Setter many("core: reserving", Access::kWrite,
                           {32, 40, 63, 64, 65, 100, 200, 700, 1000, 3000, 4000, 5000});
  static const ThreadedSetter threads;
  static const FileWriter files;
  static const Forwarder forwards;
  return {&once, &many, &threads, &files, &forwards};
}

std::vector<std::uint32_t> UsualLengths() {
  return {32, 40, 63, 64, 65, 200, 1000, 3000, 4096, 5000, 20000, 70000, 300000, 1048576, 1048577, 1500000};
}

}  // namespace otto::test::kill
