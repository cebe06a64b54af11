// The client against servers that refuse, leave, lie, or are not otto.
#include "core/socket_client.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "otto_words.h"
#include "posix/socket.h"
#include "scripted_server.h"

namespace otto::test {
namespace {

using socket_protocol::AnswerKind;
using socket_protocol::Error;
using Then = ScriptedServer::Then;

struct Outcome {
  Status status;
  Answer answer;
};

Outcome Send(const ScriptedServer& server, const std::string& value) {
  Outcome outcome;
  SocketClient client;
  outcome.status = client.Connect(server.path().c_str(), "build");
  if (outcome.status.ok()) outcome.status = client.Set({"key", ValueType::kString, AsBytes(value)}, &outcome.answer);
  return outcome;
}

TEST(SocketClientTest, SaysExactlyWhatTheProtocolSays) {
  ScriptedServer server(Greeting() + Ok() + Ok());
  EXPECT_OK(Send(server, "v").status);
  const std::string hello = Number(10, 4) + "\x01" + Number(5, 4) + "build";
  const std::string set = Number(9, 4) + "\x02\x01" + Number(3, 4) + "key";
  EXPECT_EQ(Greeting() + hello + set + Chunk("v") + EndOfBody(), server.heard());
}

TEST(SocketClientTest, SendsAnEmptyValueAsNoChunkAndALongOneInSeveral) {
  ScriptedServer empty(Greeting() + Ok() + Ok());
  EXPECT_OK(Send(empty, "").status);
  EXPECT_TRUE(empty.heard().ends_with("key" + EndOfBody()));
  ScriptedServer server(Greeting() + Ok() + Ok());
  const std::string chunk(socket_protocol::kMaxChunkBytes, 'x');
  EXPECT_OK(Send(server, chunk + chunk + "y").status);
  EXPECT_TRUE(server.heard().ends_with("key" + Chunk(chunk) + Chunk(chunk) + Chunk("y") + EndOfBody()));
}

TEST(SocketClientTest, ARefusedTaskIsTheAnswerToItsFirstRequest) {
  ScriptedServer server(Greeting() + ErrorFrame(Error::kRefused, "no such task"));
  const Outcome outcome = Send(server, "v");
  EXPECT_TRUE(outcome.status.ok()) << Words(outcome.status);
  EXPECT_EQ(AnswerKind::kError, outcome.answer.kind);
  EXPECT_EQ("no such task", outcome.answer.text.view());
}

TEST(SocketClientTest, HearsWhyAServerHasStoppedReading) {
  ScriptedServer server(Greeting() + Ok() + ErrorFrame(Error::kEnded, "it has ended"), Then::kLeave);
  const Outcome outcome = Send(server, std::string(50'000'000, 'x'));
  EXPECT_TRUE(outcome.status.ok()) << Words(outcome.status);
  EXPECT_EQ(AnswerKind::kError, outcome.answer.kind);
  EXPECT_EQ(Error::kEnded, outcome.answer.error);
}

TEST(SocketClientTest, AServerThatLeavesHasEndedTheRun) {
  for (const std::string& words : {std::string(), Greeting(), Greeting() + Ok(), Greeting() + "\1"}) {
    ScriptedServer server(words, Then::kLeave);
    const Outcome outcome = Send(server, std::string(2'000'000, 'x'));
    EXPECT_EQ(StatusCode::kIo, outcome.status.code());
    EXPECT_NE(std::string::npos, Words(outcome.status).find("otto has closed the connection")) << Words(outcome.status);
  }
}

TEST(SocketClientTest, AnotherVersionAndAnotherProgramAreRefused) {
  ScriptedServer newer(Greeting(7), Then::kLeave);
  EXPECT_CODE(kVersion, Send(newer, "v").status);
  ScriptedServer other("220 mail.example ESMTP\r\n");
  EXPECT_CODE(kForeign, Send(other, "v").status);
}

TEST(SocketClientTest, AnInputThatCannotBeReadSetsNothing) {
  ScriptedServer server(Greeting() + Ok() + Ok());
  const int directory = ::open("/", O_RDONLY | O_CLOEXEC);
  {
    SocketClient client;
    Answer answer;
    ASSERT_OK(client.Connect(server.path().c_str(), "build"));
    EXPECT_CODE(kIo, client.SetFrom("key", {directory, "standard input"}, &answer));
  }
  ::close(directory);
  EXPECT_FALSE(server.heard().ends_with(EndOfBody()));
}

TEST(SocketClientTest, NamesTheKeysThatThereAre) {
  const std::string listed =
      Number(1, 1) + Number(5, 8) + Number(1, 4) + "a" + Number(2, 1) + Number(0, 8) + Number(2, 4) + "bc";
  const std::string lie = Number(1, 1) + Number(5, 8) + Number(0xffffffff, 4) + "a";
  const auto list = [](std::uint32_t count, const std::string& body) {
    return Greeting() + Ok() + Frame(AnswerKind::kEntries, Number(count, 4)) + Chunk(body) + EndOfBody();
  };
  const auto keys = [](const ScriptedServer& server) {
    SocketClient client;
    EXPECT_OK(client.Connect(server.path().c_str(), "build"));
    return std::string(client.KeysOf("build").view());
  };
  EXPECT_EQ("a, bc", keys(ScriptedServer(list(2, listed))));
  EXPECT_EQ("a, bc", keys(ScriptedServer(list(0xffffffff, listed))));
  EXPECT_EQ("...", keys(ScriptedServer(list(1, lie))));
  EXPECT_EQ("", keys(ScriptedServer(list(9, "short"))));
  std::string many;
  for (int i = 0; i < 40; ++i) many += Number(1, 1) + Number(5, 8) + Number(1, 4) + "k";
  EXPECT_EQ("k, k, k, k, k, k, k, k, k, k, k, k, ...", keys(ScriptedServer(list(40, many))));
}

TEST(SocketClientTest, APathThatIsNoSocketIsTold) {
  const std::string directory = NewTemporaryDirectory("/tmp");
  posix::Descriptor socket;
  const auto connect = [&](const std::string& path) { return Words(posix::ConnectUnix(path.c_str(), &socket)); };
  EXPECT_NE(std::string::npos, connect(directory + "/none").find("otto has ended, or somebody has removed it"));
  EXPECT_NE(std::string::npos, connect(directory + "/" + std::string(200, 'x')).find("too long for a socket"));
  ::close(::open((directory + "/file").c_str(), O_CREAT | O_WRONLY, 0600));
  EXPECT_NE(std::string::npos, connect(directory + "/file").find("nobody listens there"));
  EXPECT_FALSE(socket.valid());
  RemoveEverything(directory);
}

TEST(SocketClientTest, TheOtherEndIsThisUser) {
  const ScriptedServer server{Greeting()};
  posix::Descriptor socket;
  ASSERT_OK(posix::ConnectUnix(server.path().c_str(), &socket));
  unsigned user = ~0u;
  EXPECT_OK(posix::PeerUser(socket.get(), &user));
  EXPECT_EQ(::geteuid(), user);
  const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_CODE(kIo, posix::PeerUser(file, &user));
  ::close(file);
}

}  // namespace
}  // namespace otto::test
