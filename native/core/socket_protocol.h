// The numbers of docs/socket-protocol.md; test/socket-protocol.test.ts compares them with it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/layout.h"

namespace otto::socket_protocol {

constexpr char kMagic[] = {'O', 'T', 'T', 'O'};
constexpr std::uint16_t kProtocolVersion = 1;
constexpr std::size_t kGreetingBytes = 8;
constexpr std::uint32_t kMaxFrameBytes = 1048576;
constexpr std::uint32_t kMaxChunkBytes = 1048576;
constexpr std::uint32_t kEndOfBody = 0;
constexpr std::uint32_t kBrokenOff = 0xffffffff;

// Table 1.
enum class Request : std::uint8_t { kHello = 1, kSet = 2, kDelete = 3, kGet = 4, kList = 5, kProgress = 6 };

// Table 2.
enum class AnswerKind : std::uint8_t {
  kOk = 128,
  kValue = 129,
  kMissing = 130,
  kError = 131,
  kEntries = 132,
  kEnd = 133,
};

// Table 4.
enum class How : std::uint8_t { kNow = 0, kWait = 1, kFollow = 2 };

// Table 5.
enum class Error : std::uint16_t {
  kProtocol = 1,
  kRefused = 2,
  kEnded = 3,
  kNoSpace = 4,
  kFailed = 5,
  kDeadlock = 6,
};

}  // namespace otto::socket_protocol
