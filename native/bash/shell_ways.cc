#include "shell_ways.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "attached.h"
#include "commands.h"
#include "core/file_view.h"
#include "listed.h"
#include "otto_shell.h"
#include "output_order.h"
#include "posix/file.h"
#include "session.h"

namespace otto::bash {
namespace {

using helpers::Attached;
using helpers::Complain;
using helpers::ComplainOf;
using helpers::kMissing;
using helpers::kSuccess;
using helpers::kUsage;
using helpers::Session;

// Lengths inside bash are of type int.
constexpr std::uint64_t kMaxVariableBytes = 1ULL << 30;

// A value as a C string: in place where it is small, else on the heap.
class Copy {
 public:
  ~Copy() { std::free(heap_); }
  Copy() = default;
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;

  Status Read(const Region& region, const Value& value) {
    const auto size = static_cast<std::size_t>(value.bytes);
    if (size >= sizeof small_) heap_ = static_cast<char*>(std::malloc(size + 1));
    text_ = size < sizeof small_ ? small_ : heap_;
    if (text_ == nullptr) return Status::FromErrno("read", region.path(), ENOMEM);
    text_[size] = 0;
    size_ = size;
    return region.Read(value, 0, std::as_writable_bytes(std::span(text_, size)));
  }
  const char* text() const { return text_; }
  bool has_nul() const { return std::memchr(text_, 0, size_) != nullptr; }

 private:
  char small_[1024];
  char* heap_ = nullptr;
  char* text_ = small_;
  std::size_t size_ = 0;
};

int ComplainOfAssignment(const Session& session, otto_assignment done, std::string_view name) {
  switch (done) {
    case OTTO_ASSIGNED:
      return kSuccess;
    case OTTO_NO_NAME:
      return Complain(session.program, kUsage, {"\"", name, "\" is no name of a variable or of an array's element"});
    case OTTO_READ_ONLY:
      return Complain(session.program, kUsage, {"\"", name, "\" cannot be assigned: it is read-only"});
    case OTTO_NOT_NUMERIC:
      return Complain(session.program, kUsage, {"\"", name, "\" is an integer variable, and the value is no integer"});
    case OTTO_NO_INDEX:
      return Complain(session.program, kUsage,
                      {"\"", name, "\" has a subscript that is no number; declare -A makes an associative array"});
  }
  return kUsage;
}

int ComplainOfSize(const Session& session, std::string_view name) {
  return Complain(session.program, kUsage,
                  {"the value is too large for the variable ", name,
                   " (at most 1073741824 bytes); otto-mmap-get TASK KEY > FILE writes it to a file"});
}

int ComplainOfNul(const Session& session, std::string_view name) {
  return Complain(session.program, kUsage,
                  {"the value has NUL bytes, which the variable ", name,
                   " cannot hold; otto-mmap-get TASK KEY > FILE writes it to a file"});
}

int Assign(const Session& session, const Region& region, const Value& value, const char* variable) {
  if (value.bytes > kMaxVariableBytes) return ComplainOfSize(session, variable);
  Copy copy;
  Status read = copy.Read(region, value);
  if (!read.ok()) return ComplainOf(session.program, read);
  if (copy.has_nul()) return ComplainOfNul(session, variable);
  return ComplainOfAssignment(session, otto_shell_assign(variable, copy.text()), variable);
}

otto_map* MapOf(const Session& session, const char* array) {
  otto_map* map = otto_shell_map(array);
  if (map == nullptr) Complain(session.program, kUsage, {"\"", array, "\" is no associative array"});
  return map;
}

int LoadOne(const Session& session, Attached* attached, otto_map* map, const helpers::Listed& listed) {
  Region* region = nullptr;
  Value value;
  const int found = helpers::Find(session, attached, {listed.task, listed.key}, &region, &value);
  if (found != kSuccess) return found;
  if (value.bytes > kMaxVariableBytes) return ComplainOfSize(session, listed.full_key);
  Copy copy;
  Status read = copy.Read(*region, value);
  if (!read.ok()) return ComplainOf(session.program, read);
  if (copy.has_nul()) return ComplainOfNul(session, listed.full_key);
  return ComplainOfAssignment(session, otto_shell_put(map, listed.full_key.data(), copy.text()), listed.full_key);
}

int Load(const Session& session, Attached* attached, const char* array, const char* names_file) {
  otto_map* map = MapOf(session, array);
  if (map == nullptr) return kUsage;
  posix::Mapping file;
  Status mapped = MapFile(names_file, &file);
  if (!mapped.ok()) return ComplainOf(session.program, mapped);
  std::string_view rest(reinterpret_cast<const char*>(file.data()), file.size());
  int exit_code = kSuccess;
  helpers::Listed listed;
  while (helpers::NextListed(&rest, &listed)) {
    const int loaded = LoadOne(session, attached, map, listed);
    if (loaded != kSuccess) exit_code = loaded;
  }
  return exit_code;
}

struct Elements {
  GrowableArray<Element> all;
  bool complete = true;

  static int Collect(void* context, const char* key, const char* value) {
    auto* elements = static_cast<Elements*>(context);
    elements->complete = elements->all.Append({key, value, kNowhere});
    return elements->complete ? 1 : 0;
  }
};

// The script whose text gives the keys their order; an empty mapping when it cannot be read.
posix::Mapping ScriptText() {
  posix::Mapping text;
  const char* directory = otto_shell_variable("OTTO_TASK_DIR");
  if (directory == nullptr) return text;
  const Text path = Text::Path(directory, "script.sh");
  Status ignored = MapFile(path.c_str(), &text);
  return text;
}

Status SetElement(Attached* attached, const Element& element, Region** region) {
  Status status = attached->Own(region);
  return status.ok() ? (*region)->Set({element.key, ValueType::kRaw, AsBytes(element.value)})
                     : static_cast<Status&&>(status);
}

int StoreOne(const Session& session, Attached* attached, const Element& element) {
  Region* region = nullptr;
  Status set = SetElement(attached, element, &region);
  // A script may close the descriptors that its shell has kept.
  if (set.error_number() == EBADF && attached->Forget()) set = SetElement(attached, element, &region);
  if (set.ok()) return kSuccess;
  const int exit_code = helpers::ComplainOfSet(session.program, set, *region);
  Complain(session.program, helpers::ExitCode(exit_code), {"so the value of \"", element.key, "\" was not kept"});
  return exit_code;
}

int Store(const Session& session, Attached* attached, const char* array) {
  otto_map* map = MapOf(session, array);
  if (map == nullptr) return kUsage;
  Elements elements;
  otto_shell_each(map, Elements::Collect, &elements);
  if (!elements.complete) return ComplainOf(session.program, Status::FromErrno("get memory for", array, ENOMEM));
  if (elements.all.size() > 1) {
    const posix::Mapping script = ScriptText();
    PutInOrder(&elements.all, {reinterpret_cast<const char*>(script.data()), script.size()});
  }
  int exit_code = kSuccess;
  for (const Element& element : elements.all) {
    const int stored = StoreOne(session, attached, element);
    if (stored != kSuccess) exit_code = stored;
  }
  return exit_code;
}

}  // namespace

const helpers::ShellWays kShellWays{Assign, Load, Store};

}  // namespace otto::bash
