// ScriptedServer: says what it was told to one client after the other, whatever they ask.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <thread>

#include "rig.h"

namespace otto::test {

class ScriptedServer {
 public:
  enum class Then { kLeave, kReadOn };

  // kLeave: closes when it has spoken, whatever has come by then.
  explicit ScriptedServer(std::string words, Then then = Then::kReadOn)
      : directory_(NewTemporaryDirectory("/tmp")), words_(std::move(words)), then_(then) {
    listening_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path().c_str(), sizeof address.sun_path - 1);
    EXPECT_EQ(0, ::bind(listening_, reinterpret_cast<sockaddr*>(&address), sizeof address));
    EXPECT_EQ(0, ::listen(listening_, 8));
    thread_ = std::thread([this] { Serve(); });
  }
  ~ScriptedServer() {
    ::shutdown(listening_, SHUT_RDWR);
    thread_.join();
    ::close(listening_);
    RemoveEverything(directory_);
  }
  std::string path() const { return directory_ + "/socket"; }
  // What the last client has said. Only when it has gone.
  std::string heard() {
    ::shutdown(listening_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    thread_ = std::thread([] {});
    return heard_;
  }

 private:
  void Serve() {
    for (;;) {
      const int client = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) return;
      heard_.clear();
      ::send(client, words_.data(), words_.size(), MSG_NOSIGNAL);
      char part[65536];
      for (ssize_t n = 0; then_ == Then::kReadOn && (n = ::read(client, part, sizeof part)) > 0;) {
        heard_.append(part, static_cast<std::size_t>(n));
      }
      ::close(client);
    }
  }

  std::string directory_;
  std::string words_;
  Then then_;
  int listening_ = -1;
  std::string heard_;
  std::thread thread_;
};

}  // namespace otto::test
