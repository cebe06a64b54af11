// What otto answers, believed only where docs/socket-protocol.md says so.
#include "core/answer_reader.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "otto_words.h"
#include "rig.h"

namespace otto::test {
namespace {

using socket_protocol::AnswerKind;
using socket_protocol::Error;

// A reader of these bytes; after them the connection has been closed.
class Spoken {
 public:
  explicit Spoken(const std::string& bytes) : fd_(::memfd_create("spoken", MFD_CLOEXEC)), reader_({fd_, "SOCKET"}) {
    EXPECT_EQ(static_cast<ssize_t>(bytes.size()), ::pwrite(fd_, bytes.data(), bytes.size(), 0));
  }
  ~Spoken() { ::close(fd_); }
  AnswerReader* operator->() { return &reader_; }

 private:
  int fd_;
  AnswerReader reader_;
};

// What a body of so many bytes came to, and how that ended.
std::string Moved(const std::string& spoken, std::uint64_t bytes, StatusCode code) {
  Spoken otto(spoken);
  const int to = ::memfd_create("moved", MFD_CLOEXEC);
  const Status moved = otto->MoveBody(bytes, {to, "OUTPUT"});
  EXPECT_EQ(code, moved.code()) << Words(moved);
  std::string text(static_cast<std::size_t>(::lseek(to, 0, SEEK_END)), 0);
  EXPECT_EQ(static_cast<ssize_t>(text.size()), ::pread(to, text.data(), text.size(), 0));
  ::close(to);
  return text;
}

TEST(AnswerReaderTest, KnowsAGreetingOfItsOwnVersionOnly) {
  EXPECT_OK(Spoken(Greeting())->ReadGreeting());
  EXPECT_CODE(kVersion, Spoken(Greeting(2))->ReadGreeting());
  EXPECT_CODE(kForeign, Spoken("HTTP/1.1 400 Bad Request")->ReadGreeting());
  const Status closed = Spoken("OTTO")->ReadGreeting();
  EXPECT_EQ("cannot read from SOCKET: otto has closed the connection; the run has ended", Words(closed));
}

TEST(AnswerReaderTest, ReadsEveryKindOfAnswer) {
  Spoken otto(Ok() + ValueFrame(7, 3) + Frame(AnswerKind::kMissing) + ErrorFrame(Error::kEnded, "it has ended") +
              Frame(AnswerKind::kEntries, Number(12, 4)) + Frame(AnswerKind::kEnd));
  Answer answer;
  const auto next = [&] {
    EXPECT_OK(otto->ReadAnswer(&answer));
    return answer.kind;
  };
  EXPECT_EQ(AnswerKind::kOk, next());
  EXPECT_EQ(AnswerKind::kValue, next());
  EXPECT_EQ(7u, answer.bytes);
  EXPECT_EQ(ValueType::kJson, answer.type);
  EXPECT_EQ(AnswerKind::kMissing, next());
  EXPECT_EQ(AnswerKind::kError, next());
  EXPECT_EQ("it has ended", answer.text.view());
  EXPECT_EQ(Error::kEnded, answer.error);
  EXPECT_EQ(AnswerKind::kEntries, next());
  EXPECT_EQ(12u, answer.entries);
  EXPECT_EQ(AnswerKind::kEnd, next());
  EXPECT_CODE(kIo, otto->ReadAnswer(&answer));
}

TEST(AnswerReaderTest, RefusesWhatTheProtocolDoesNotHave) {
  const std::string error_of_no_code = Frame(AnswerKind::kError, Number(7, 2) + Number(0, 4));
  const std::string text_beyond_its_frame = Frame(AnswerKind::kError, Number(2, 2) + Number(9, 4) + "short");
  const std::string value_of_no_type = ValueFrame(1, 0);
  const std::string value_of_a_deleted_type = ValueFrame(1, 5);
  for (const std::string& spoken :
       {Number(0, 4), Number(0xffffffff, 4), Number(5000, 4) + std::string(5000, 'x'), Number(1, 4) + Number(1, 1),
        Frame(static_cast<AnswerKind>(134)), Frame(AnswerKind::kOk, "x"), Frame(AnswerKind::kValue, Number(1, 1)),
        Frame(AnswerKind::kValue), error_of_no_code, text_beyond_its_frame, value_of_no_type,
        value_of_a_deleted_type}) {
    Answer answer;
    EXPECT_CODE(kCorrupt, Spoken(spoken)->ReadAnswer(&answer));
  }
}

TEST(AnswerReaderTest, MovesABodyWhateverItsChunks) {
  EXPECT_EQ("", Moved(EndOfBody(), 0, StatusCode::kOk));
  EXPECT_EQ("abcde", Moved(Chunk("ab") + Chunk("c") + Chunk("de") + EndOfBody(), 5, StatusCode::kOk));
  const std::string large(socket_protocol::kMaxChunkBytes, 'x');
  EXPECT_EQ(large + "y" + large,
            Moved(Chunk(large) + Chunk("y") + Chunk(large) + EndOfBody(), 2 * large.size() + 1, StatusCode::kOk));
}

TEST(AnswerReaderTest, RefusesABodyThatIsNotAsLongAsItsValue) {
  EXPECT_EQ("ab", Moved(Chunk("ab") + EndOfBody(), 3, StatusCode::kCorrupt));
  EXPECT_EQ("", Moved(Chunk("abcd") + EndOfBody(), 3, StatusCode::kCorrupt));
  EXPECT_EQ("", Moved(Number(socket_protocol::kMaxChunkBytes + 1, 4), ~std::uint64_t{0}, StatusCode::kCorrupt));
}

TEST(AnswerReaderTest, TellsABodyThatWasBrokenOffFromAConnectionThatWas) {
  Moved(Chunk("ab") + Number(socket_protocol::kBrokenOff, 4), 5, StatusCode::kIo);
  EXPECT_EQ("ab", Moved(Chunk("ab"), 5, StatusCode::kIo));
  Moved(Number(1000, 4) + "abc", 1000, StatusCode::kIo);
  Moved(Number(900000, 4) + std::string(600000, 'x'), 900000, StatusCode::kIo);
  Moved(Chunk("ab") + "\1", 5, StatusCode::kIo);
}

TEST(AnswerReaderTest, AnOutputThatTakesNothingIsToldByItsName) {
  Spoken otto(Chunk(std::string(70000, 'x')) + EndOfBody());
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  const Status moved = otto->MoveBody(70000, {full, "OUTPUT"});
  EXPECT_EQ(StatusCode::kNoSpace, moved.code());
  EXPECT_STREQ("OUTPUT", moved.subject());
  ::close(full);
}

TEST(AnswerReaderTest, KeepsAsMuchOfABodyAsIsWanted) {
  Spoken otto(Chunk("abc") + Chunk(std::string(5000, 'd')) + EndOfBody() + Ok());
  GrowableArray<char> kept;
  ASSERT_OK(otto->ReadBody(5, &kept));
  EXPECT_EQ("abcdd", std::string_view(kept.begin(), kept.size()));
  Answer answer;
  EXPECT_OK(otto->ReadAnswer(&answer));
}

}  // namespace
}  // namespace otto::test
