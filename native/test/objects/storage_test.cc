// The contract of Storage, for both back ends: core/storage.h.
#include "core/storage.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <thread>

#include "mac_rules.h"
#include "posix/shared_object.h"
#include "rig.h"

namespace otto::test {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

class StorageTest : public ::testing::TestWithParam<Backend> {
 protected:
  void SetUp() override {
    directory_ = ::testing::TempDir() + "otto-storage-XXXXXX";
    ASSERT_NE(nullptr, ::mkdtemp(directory_.data()));
    fd_ = ::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    path_ = directory_ + "/region";
    ASSERT_OK(Storage::Create(at(), GetParam(), &storage_));
  }
  void TearDown() override {
    storage_.Close();
    ::close(fd_);
    RemoveDirectory();
    EXPECT_EQ(std::vector<std::string>{}, ObjectsLeft());
  }
  void RemoveDirectory() const {
    EXPECT_OK(posix::RemoveTree({posix::kWorkingDirectory, directory_.c_str(), directory_.c_str()}, "", nullptr));
  }
  posix::At at() const { return {fd_, "region", path_.c_str()}; }
  Storage Open(posix::OpenMode mode) const {
    Storage opened;
    EXPECT_OK(Storage::Open(at(), mode, &opened));
    return opened;
  }
  static Status Write(Storage* to, std::uint64_t offset, std::string_view text) {
    const posix::Piece piece(reinterpret_cast<const std::byte*>(text.data()), text.size());
    return to->Write(offset, {&piece, 1});
  }
  static std::string Read(const Storage& from, std::uint64_t offset, std::size_t length) {
    if (!from.Covers(offset + length)) return "<not there>";
    return {reinterpret_cast<const char*>(from.mapping().data()) + offset, length};
  }
  // Where the first record of `length` bytes at or after `offset` may lie.
  std::uint64_t Fitting(std::uint64_t offset, std::uint64_t length) const {
    while (!storage_.InOnePiece(offset, length)) ++offset;
    return offset;
  }

  std::string directory_;
  std::string path_;
  int fd_ = -1;
  Storage storage_;
};

TEST_P(StorageTest, KeepsWhatIsWrittenForEverybody) {
  ASSERT_OK(Write(&storage_, 100, "hello"));
  EXPECT_EQ("hello", Read(storage_, 100, 5));
  EXPECT_EQ(std::string(4, '\0'), Read(storage_, 0, 4));
  EXPECT_EQ("hello", Read(Open(posix::OpenMode::kRead), 100, 5));
  EXPECT_EQ(GetParam(), Open(posix::OpenMode::kRead).backend());
}

TEST_P(StorageTest, WritesPiecesOneAfterTheOther) {
  const posix::Piece pieces[] = {std::as_bytes(std::span("ab", 2)), {}, std::as_bytes(std::span("cdef", 4))};
  ASSERT_OK(storage_.Write(70000, pieces));
  EXPECT_EQ("abcdef", Read(storage_, 70000, 6));
}

TEST_P(StorageTest, AllocatedBytesMayBeStoredTo) {
  ASSERT_OK(storage_.Allocate(5 * kMiB, 65536));
  storage_.mapping().data()[5 * kMiB + 65535] = std::byte{'!'};
  EXPECT_EQ("!", Read(Open(posix::OpenMode::kRead), 5 * kMiB + 65535, 1));
  EXPECT_FALSE(storage_.damaged());
}

TEST_P(StorageTest, TwoOpenOnesSeeEachOthersGrowthAtUnmovedAddresses) {
  Storage writer = Open(posix::OpenMode::kReadWrite);
  const Storage reader = Open(posix::OpenMode::kRead);
  ASSERT_OK(Write(&storage_, 4096, "first"));
  const std::byte* address = reader.mapping().data();
  for (std::uint64_t mib = 1; mib <= 256; mib *= 2) {
    const std::string text = "at " + std::to_string(mib);
    Storage* to = mib % 3 == 1 ? &writer : &storage_;
    ASSERT_OK(Write(to, mib * kMiB + 64, text));
    EXPECT_EQ(text, Read(reader, mib * kMiB + 64, text.size()));
  }
  EXPECT_EQ(address, reader.mapping().data());
  EXPECT_EQ("first", Read(reader, 4096, 5));
  EXPECT_GE(reader.file_bytes(), 256 * kMiB);
}

TEST_P(StorageTest, WhatNobodyHasMadeIsNotThere) {
  ASSERT_OK(Write(&storage_, 0, "x"));
  EXPECT_FALSE(storage_.Covers(3 * kMiB));
  EXPECT_FALSE(storage_.Covers(kMaxMappedBytes));
  EXPECT_FALSE(storage_.Covers(~std::uint64_t{0}));
  ASSERT_OK(storage_.Allocate(3 * kMiB, 64));
  EXPECT_TRUE(storage_.Covers(3 * kMiB));
}

TEST_P(StorageTest, SaysWhatLiesInOnePiece) {
  EXPECT_TRUE(storage_.InOnePiece(0, kMiB));
  EXPECT_TRUE(storage_.InOnePiece(2 * kMiB, 2 * kMiB));
  EXPECT_TRUE(storage_.InOnePiece(kMaxMappedBytes - 64, 64));
  EXPECT_FALSE(storage_.InOnePiece(kMaxMappedBytes - 64, 128));
  EXPECT_FALSE(storage_.InOnePiece(64, ~std::uint64_t{0}));
  EXPECT_EQ(GetParam() == Backend::kFiles, storage_.InOnePiece(kMiB - 64, 128));
  EXPECT_EQ(GetParam() == Backend::kFiles, storage_.InOnePiece(0, kMiB + 64));
  EXPECT_CODE(kTooLarge, storage_.Allocate(kMaxMappedBytes, 64));
}

TEST_P(StorageTest, ARangeStaysMappedWhenAllElseIsGone) {
  const std::string text(100000, 'r');
  const std::uint64_t offset = Fitting(2 * kMiB - 1000, text.size());
  ASSERT_OK(Write(&storage_, offset, text));
  posix::Mapping range;
  ASSERT_OK(Open(posix::OpenMode::kRead).MapRange(offset + 1000, 98000, &range));
  storage_.Close();
  for (const char* name : {"region", "region.p1", "region.p2"}) {
    EXPECT_OK(posix::RemoveStubAt({fd_, name, name}, nullptr));
  }
  EXPECT_EQ(std::string(98000, 'r'), std::string(reinterpret_cast<const char*>(range.data()), range.size()));
  EXPECT_FALSE(range.damaged());
}

TEST_P(StorageTest, AnOpenOneStaysGoodWhenItsNameIsGone) {
  ASSERT_OK(Write(&storage_, 0, "stays"));
  EXPECT_OK(posix::RemoveStubAt(at(), nullptr));
  EXPECT_EQ("stays", Read(storage_, 0, 5));
  posix::Mapping range;
  EXPECT_OK(storage_.MapRange(0, 5, &range));
}

TEST_P(StorageTest, ATakenNameAndAMissingOneAreOrdinaryErrors) {
  Storage other;
  EXPECT_EQ(EEXIST, Storage::Create(at(), GetParam(), &other).error_number());
  EXPECT_OK(Write(&storage_, 0, "unharmed"));
  EXPECT_EQ("unharmed", Read(Open(posix::OpenMode::kRead), 0, 8));
  EXPECT_EQ(ENOENT, Storage::Open({fd_, "none", "none"}, posix::OpenMode::kRead, &other).error_number());
}

TEST_P(StorageTest, ManyProcessesGrowItAtOnce) {
  constexpr int kProcesses = 6;
  constexpr std::uint64_t kPieces = 160;
  std::vector<pid_t> writers;
  for (int p = 0; p < kProcesses; ++p) {
    const pid_t writer = ::fork();
    if (writer == 0) {
      Storage mine;
      bool good = Storage::Open(at(), posix::OpenMode::kReadWrite, &mine).ok();
      for (std::uint64_t i = 0; i < kPieces && good; ++i) {
        const std::uint64_t offset = (i * kProcesses + static_cast<std::uint64_t>(p)) * 65536;
        good = Write(&mine, offset, std::to_string(offset)).ok() && !mine.damaged();
      }
      ::_exit(good ? 0 : 1);
    }
    writers.push_back(writer);
  }
  for (const pid_t writer : writers) {
    int status = 0;
    ASSERT_EQ(writer, ::waitpid(writer, &status, 0));
    EXPECT_EQ(0, status);
  }
  for (std::uint64_t offset = 0; offset < kPieces * kProcesses * 65536; offset += 65536) {
    ASSERT_EQ(std::to_string(offset), Read(storage_, offset, std::to_string(offset).size()));
  }
}

TEST_P(StorageTest, ThreadsOfOneProcessShareIt) {
  const Storage reader = Open(posix::OpenMode::kRead);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::uint64_t i = 0; i < 300; ++i) {
        const std::uint64_t offset = (4 * i + t) * 65536;
        if (!Write(&storage_, offset, "mine").ok() || Read(reader, offset, 4) != "mine") ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(0, wrong);
}

// The end of each test looks for objects that were left.
TEST_P(StorageTest, AMakerThatIsKilledLeavesNothingThatStaysForEver) {
  for (int round = 0; round < 150; ++round) {
    int started[2];
    ASSERT_EQ(0, ::pipe(started));
    const pid_t maker = ::fork();
    if (maker == 0) {
      Storage mine;
      if (!Storage::Open(at(), posix::OpenMode::kReadWrite, &mine).ok() || ::write(started[1], "!", 1) != 1) ::_exit(1);
      for (std::uint64_t part = 1;; part = part % 30 + 1) {
        const std::string name = "made-" + std::to_string(part);
        Storage made;
        if (!Storage::Create({fd_, name.c_str(), name.c_str()}, GetParam(), &made).ok()) ::_exit(1);
        if (!posix::RemoveStubAt({fd_, name.c_str(), name.c_str()}, nullptr).ok()) ::_exit(1);
      }
    }
    char byte = 0;
    ::close(started[1]);
    ASSERT_EQ(1, ::read(started[0], &byte, 1));
    ::close(started[0]);
    for (int i = 0; i < round % 40; ++i) ASSERT_OK(Write(&storage_, 64, "busy"));
    ::kill(maker, SIGKILL);
    int status = 0;
    ASSERT_EQ(maker, ::waitpid(maker, &status, 0));
    ASSERT_TRUE(WIFSIGNALED(status));
    for (int i = 1; i <= 30; ++i) {
      const std::string name = "made-" + std::to_string(i);
      ASSERT_OK(posix::RemoveStubAt({fd_, name.c_str(), name.c_str()}, nullptr));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(BackEnds, StorageTest, ::testing::Values(Backend::kFiles, Backend::kObjects),
                         [](const auto& test) { return test.param == Backend::kFiles ? "Files" : "Objects"; });

}  // namespace
}  // namespace otto::test
