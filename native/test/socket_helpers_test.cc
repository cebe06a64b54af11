// otto-send and otto-recv as users call them: what they make of otto's answers, their streams and exit codes.
#include <sys/wait.h>

#include <cstdlib>
#include <fstream>

#include "otto_words.h"
#include "scripted_server.h"

namespace otto::test {
namespace {

using socket_protocol::AnswerKind;
using socket_protocol::Error;
using Then = ScriptedServer::Then;

struct Outcome {
  int exit_code = -1;
  std::string out;
  std::string err;
};

class SocketHelpersTest : public ::testing::Test {
 protected:
  void SetUp() override {
    scratch_ = NewTemporaryDirectory("/tmp");
    ::setenv("OTTO_TASK", "build", 1);
    ::setenv("SEND", OTTO_SEND, 1);
    ::setenv("RECV", OTTO_RECV, 1);
  }
  void TearDown() override { RemoveEverything(scratch_); }
  // Runs a line of sh, with $SEND and $RECV, in the scratch directory, while otto says these words.
  Outcome Sh(const std::string& line, const std::string& words = "", Then then = Then::kReadOn) {
    ScriptedServer server(words, then);
    ::setenv("OTTO_SOCKET", server.path().c_str(), 1);
    const std::string command = "cd " + scratch_ + " && { " + line + "\n} >out 2>err </dev/null";
    const int status = std::system(command.c_str());
    heard_ = server.heard();
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), File("out"), File("err")};
  }
  std::string File(const std::string& name) const {
    std::ifstream file(scratch_ + "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  const std::string welcome_ = Greeting() + Ok();
  std::string scratch_;
  std::string heard_;
};

#define EXPECT_SAYS(text, outcome) EXPECT_NE(std::string::npos, (outcome).err.find(text)) << (outcome).err

TEST_F(SocketHelpersTest, SendsFromAnyKindOfInput) {
  for (const char* line : {"printf 'a\\0b\\n' | $SEND key", "printf 'a\\0b\\n' | $SEND key -",
                           "printf 'a\\0b\\n' >v; $SEND key <v", "{ read skipped; $SEND -- key -; } <<E\nx\nE\n"}) {
    EXPECT_EQ(0, Sh(line, welcome_ + Ok()).exit_code);
    const std::string body = line[0] == '{' ? EndOfBody() : Chunk(std::string("a\0b\n", 4)) + EndOfBody();
    EXPECT_TRUE(heard_.ends_with("key" + body)) << line;
  }
  EXPECT_EQ(0, Sh("$SEND -- -k -v", welcome_ + Ok()).exit_code);
  EXPECT_TRUE(heard_.ends_with("-k" + Chunk("-v") + EndOfBody()));
}

TEST_F(SocketHelpersTest, TellsProgress) {
  EXPECT_EQ(0, Sh("$SEND --progress 30/100 'h\303\244lf'", welcome_ + Ok()).exit_code);
  EXPECT_TRUE(heard_.ends_with("\x06" + Number(30, 8) + Number(100, 8) + Number(5, 4) + "h\303\244lf"));
  EXPECT_EQ(0, Sh("$SEND --progress 7", welcome_ + Ok()).exit_code);
  EXPECT_TRUE(heard_.ends_with("\x06" + Number(7, 8) + Number(0, 8) + Number(0, 4)));
  for (const char* wrong :
       {"", "x", "3/0", "3/", "-3", "3/4/5", "3.5", "99999999999999999999", "3 text more", "1 \377"}) {
    EXPECT_EQ(2, Sh(std::string("$SEND --progress ") + wrong).exit_code) << wrong;
  }
}

TEST_F(SocketHelpersTest, EveryErrorHasItsExitCode) {
  const std::pair<Error, int> codes[] = {{Error::kProtocol, 4}, {Error::kRefused, 2}, {Error::kEnded, 2},
                                         {Error::kNoSpace, 3},  {Error::kFailed, 1},  {Error::kDeadlock, 2}};
  for (const auto& [error, code] : codes) {
    const std::string words = welcome_ + ErrorFrame(error, "the\nreason");
    for (const char* line : {"$SEND key value", "$SEND --progress 1", "$RECV build key", "$RECV --wait build key"}) {
      const Outcome refused = Sh(line, words);
      EXPECT_EQ(code, refused.exit_code) << line;
      EXPECT_SAYS("the?reason", refused);
    }
  }
  EXPECT_SAYS(". The old value is intact", Sh("$SEND key v", welcome_ + ErrorFrame(Error::kNoSpace, "full")));
}

TEST_F(SocketHelpersTest, WritesExactlyTheBytes) {
  const std::string value("a\0b\n\xff\n", 6);
  const Outcome got = Sh("$RECV build key", welcome_ + WholeValue(value));
  EXPECT_EQ(0, got.exit_code);
  EXPECT_EQ(value, got.out);
}

TEST_F(SocketHelpersTest, AMissingKeyNamesThoseThatAre) {
  const std::string listed = Number(1, 1) + Number(5, 8) + Number(5, 4) + "other";
  const std::string list = Frame(AnswerKind::kEntries, Number(1, 4)) + Chunk(listed) + EndOfBody();
  const Outcome missing = Sh("$RECV build none", welcome_ + Frame(AnswerKind::kMissing) + list);
  EXPECT_EQ(1, missing.exit_code);
  EXPECT_SAYS("task \"build\" has no key \"none\"; it has: other\n", missing);
}

TEST_F(SocketHelpersTest, FollowsUntilTheEnd) {
  const std::string words = welcome_ + WholeValue("1") + WholeValue("") + WholeValue("3\n") + Frame(AnswerKind::kEnd);
  EXPECT_EQ("1\n\n3\n\n", Sh("$RECV --follow build key", words).out);
  const Outcome followed = Sh("$RECV --follow -0 build key", words);
  EXPECT_EQ(0, followed.exit_code);
  EXPECT_EQ(std::string("1\0\0"
                        "3\n\0",
                        6),
            followed.out);
  for (const char* way : {"--wait", "--follow"}) {
    const Outcome ended = Sh(std::string("$RECV ") + way + " build key", welcome_ + Frame(AnswerKind::kEnd));
    EXPECT_EQ(1, ended.exit_code);
    EXPECT_SAYS("has ended without setting the key \"key\"", ended);
  }
}

TEST_F(SocketHelpersTest, AFollowerWhoseReaderHasGoneEnds) {
  // Nothing more is said after the first value: only the reader's end can end it.
  EXPECT_EQ("1\n", Sh("$RECV --follow build key | head -n 1", welcome_ + WholeValue("1")).out);
  const Outcome cut = Sh("$RECV build key | head -c 2", welcome_ + WholeValue(std::string(100'000, 'x')));
  EXPECT_EQ("xx", cut.out);
  EXPECT_EQ("", cut.err);
}

TEST_F(SocketHelpersTest, AServerThatHasGoneIsExit1) {
  for (const char* line : {"$SEND key v", "head -c 3000000 /dev/zero | $SEND key", "$RECV build key",
                           "$RECV --wait build key", "$SEND --progress 1"}) {
    const Outcome left = Sh(line, welcome_, Then::kLeave);
    EXPECT_EQ(1, left.exit_code) << line;
    EXPECT_SAYS("otto has closed the connection", left);
  }
  const Outcome halfway = Sh("$RECV build key", welcome_ + ValueFrame(10) + Chunk("abc"), Then::kLeave);
  EXPECT_EQ(1, halfway.exit_code);
  const Outcome gone = Sh("OTTO_SOCKET=/nowhere/socket $SEND key v");
  EXPECT_EQ(1, gone.exit_code);
  EXPECT_SAYS("cannot connect to /nowhere/socket", gone);
}

TEST_F(SocketHelpersTest, WhatIsNoOttoIsExit4) {
  EXPECT_EQ(4, Sh("$SEND key v", Greeting(2), Then::kLeave).exit_code);
  EXPECT_EQ(4, Sh("$SEND key v", "SSH-2.0-OpenSSH\r\n").exit_code);
  EXPECT_EQ(4, Sh("$RECV build key", welcome_ + Number(1, 4) + "\x01").exit_code);
  EXPECT_EQ(4, Sh("$RECV build key", welcome_ + ValueFrame(2) + Chunk("abc")).exit_code);
  EXPECT_EQ(4, Sh("$SEND key v", welcome_ + Frame(AnswerKind::kEnd)).exit_code);
}

TEST_F(SocketHelpersTest, WrongUsageIsExit2AndAsksNobody) {
  for (const char* line : {"$SEND", "$SEND a b c", "$SEND ''", "$SEND --nope", "$SEND \"$(printf '\\377')\" v",
                           "$RECV build", "$RECV a b c", "$RECV --wait --follow a b", "$RECV -0 a b", "$RECV a ''"}) {
    EXPECT_EQ(2, Sh(line).exit_code) << line;
    EXPECT_EQ("", heard_) << line;
  }
  EXPECT_EQ(2, Sh("$SEND \"$(head -c 2049 /dev/zero | tr '\\0' k)\" v").exit_code);
}

TEST_F(SocketHelpersTest, OutsideOfSuchARunTheyNameWhatWorksEverywhere) {
  for (const auto& [line, other] : {std::pair{"$SEND a b", "otto.set"}, {"$RECV a b", "otto.get"}}) {
    const Outcome outside = Sh(std::string("unset OTTO_SOCKET; ") + line);
    EXPECT_EQ(2, outside.exit_code);
    EXPECT_SAYS(other, outside);
  }
  EXPECT_EQ(2, Sh("unset OTTO_TASK; $SEND a b").exit_code);
}

TEST_F(SocketHelpersTest, HelpAndVersionNeedNoRun) {
  const Outcome help = Sh("unset OTTO_SOCKET; $SEND --help && $RECV --help");
  EXPECT_EQ(0, help.exit_code);
  EXPECT_NE(std::string::npos, help.out.find("usage: otto-recv"));
  EXPECT_EQ("otto-send (socket protocol 1)\notto-recv (socket protocol 1)\n",
            Sh("$SEND --version; $RECV --version").out);
}

TEST_F(SocketHelpersTest, AClosedStreamIsNotTakenForTheSocket) {
  EXPECT_EQ(0, Sh("$SEND key v 2>&-", welcome_ + Ok()).exit_code);
  EXPECT_EQ(1, Sh("$SEND key - <&-", welcome_ + Ok()).exit_code);
  EXPECT_EQ(1, Sh("$RECV build key >&-", welcome_ + WholeValue("v")).exit_code);
}

}  // namespace
}  // namespace otto::test
