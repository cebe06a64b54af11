// What otto says on a socket, byte by byte, for tests that say it in its place.
#pragma once

#include <cstdint>
#include <string>

#include "core/socket_protocol.h"

namespace otto::test {

inline std::string Number(std::uint64_t number, std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) text += static_cast<char>(number >> (8 * i) & 0xff);
  return text;
}

inline std::string Greeting(std::uint16_t version = socket_protocol::kProtocolVersion) {
  return "OTTO" + Number(version, 2) + Number(0, 2);
}

inline std::string Frame(socket_protocol::AnswerKind kind, const std::string& fields = "") {
  return Number(fields.size() + 1, 4) + Number(static_cast<std::uint64_t>(kind), 1) + fields;
}

inline std::string Ok() {
  return Frame(socket_protocol::AnswerKind::kOk);
}

inline std::string ErrorFrame(socket_protocol::Error error, const std::string& text) {
  return Frame(socket_protocol::AnswerKind::kError,
               Number(static_cast<std::uint64_t>(error), 2) + Number(text.size(), 4) + text);
}

inline std::string Chunk(const std::string& bytes) {
  return Number(bytes.size(), 4) + bytes;
}

inline std::string EndOfBody() {
  return Number(socket_protocol::kEndOfBody, 4);
}

inline std::string ValueFrame(std::uint64_t bytes, std::uint8_t type = 1) {
  return Frame(socket_protocol::AnswerKind::kValue, Number(type, 1) + Number(bytes, 8));
}

inline std::string WholeValue(const std::string& bytes) {
  return ValueFrame(bytes.size()) + (bytes.empty() ? "" : Chunk(bytes)) + EndOfBody();
}

}  // namespace otto::test
