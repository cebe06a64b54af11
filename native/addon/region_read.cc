// How a Region's values become JavaScript strings and Buffers.
//
// The bytes may change while they are read when a hostile process of the same user writes to the region. V8's UTF-8
// decoder reads its input twice and would overrun its buffer then, so it is given a private copy; its ASCII path reads
// once.
#include <cstdlib>
#include <memory>

#include "addon/region_object.h"

namespace otto::addon {

namespace {

constexpr std::size_t kStackCopyBytes = 4096;

struct FreeDeleter {
  void operator()(void* memory) const { std::free(memory); }
};
using HeapBytes = std::unique_ptr<std::byte, FreeDeleter>;

HeapBytes Allocate(std::uint64_t bytes) {
  return HeapBytes(static_cast<std::byte*>(std::malloc(bytes + 1)));
}

napi_value ThrowTooLarge(napi_env env, const Region& region, const char* detail) {
  return Throw(
      env, Status({.code = StatusCode::kTooLarge, .operation = "read", .subject = region.path(), .detail = detail}));
}

napi_value StringTooLarge(napi_env env, const Region& region) {
  return ThrowTooLarge(env, region, "a string has at most 2^29 - 24 characters; use view() for the value's bytes");
}

bool IsThrowing(napi_env env) {
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  return pending;
}

napi_value Latin1(napi_env env, Bytes text) {
  napi_value result = nullptr;
  napi_create_string_latin1(env, reinterpret_cast<const char*>(text.data()), text.size(), &result);
  return result;
}

napi_value Concatenation(napi_env env, napi_value head, napi_value tail) {
  napi_value concat = nullptr;
  napi_value result = nullptr;
  napi_get_named_property(env, head, "concat", &concat);
  napi_call_function(env, head, concat, 1, &tail, &result);
  return result;
}

// V8 decodes no more bytes at once than a string may have characters, so a longer text is decoded in parts.
napi_value Decode(napi_env env, std::string_view utf8) {
  if (utf8.size() <= kMaxStringUnits) return NewString(env, utf8);
  std::size_t part = kMaxStringUnits;
  for (int i = 0; i < 3 && (utf8[part] & 0xc0) == 0x80; i++) part--;
  const napi_value head = NewString(env, utf8.substr(0, part));
  const napi_value tail = Decode(env, utf8.substr(part));
  return head == nullptr || tail == nullptr ? nullptr : Concatenation(env, head, tail);
}

napi_value DecodedCopy(napi_env env, const Region& region, const Value& value) {
  std::byte small[kStackCopyBytes];
  HeapBytes large;
  if (value.bytes > sizeof small) large = Allocate(value.bytes);
  std::byte* copy = value.bytes > sizeof small ? large.get() : small;
  if (copy == nullptr) return Throw(env, Status::FromErrno("copy a value of", region.path(), ENOMEM));
  const std::span<std::byte> target(copy, value.bytes);
  if (Status status = region.Read(value, 0, target); !status.ok()) return Throw(env, status);
  if (value.bytes > kMaxStringUnits && Utf16Units(target) > kMaxStringUnits) return nullptr;
  return Decode(env, {reinterpret_cast<const char*>(copy), value.bytes});
}

// `bytes` are the value's, where they lie; they may be damaged.
napi_value StringAt(napi_env env, const Region& region, const Value& value, Bytes bytes) {
  if (!IsAscii(bytes)) return DecodedCopy(env, region, value);
  return bytes.size() > kMaxStringUnits ? nullptr : Latin1(env, bytes);
}

napi_value StringOrThrow(napi_env env, const Region& region, bool damaged, napi_value string) {
  if (damaged) return Throw(env, region.DamagedStatus());
  return string != nullptr || IsThrowing(env) ? string : StringTooLarge(env, region);
}

// As Region::Confirm, for the mapped file of a value.
Status ConfirmEnd(const Region& region, const Value& value, Bytes bytes) {
  if (bytes.empty() || bytes.back() != std::byte{0}) return {};
  posix::Descriptor file;
  return region.OpenValueFile(value, &file);
}

napi_value MappedString(napi_env env, const Region& region, const Value& value) {
  if (value.bytes > 3 * kMaxStringUnits) return StringTooLarge(env, region);
  posix::Mapping mapping;
  const Status status = region.MapValue(value, {.offset = 0, .length = value.bytes}, &mapping);
  if (!status.ok()) return Throw(env, status);
  const Bytes bytes{mapping.data(), mapping.size()};
  const napi_value string = StringAt(env, region, value, bytes);
  if (Status whole = ConfirmEnd(region, value, bytes); !whole.ok()) return Throw(env, whole);
  return StringOrThrow(env, region, mapping.damaged(), string);
}

napi_value StringOf(napi_env env, const Region& region, const Value& value) {
  if (value.place != Place::kInline) return MappedString(env, region, value);
  const Bytes bytes{value.data, value.bytes};
  const napi_value string = StringAt(env, region, value, bytes);
  if (Status whole = region.Confirm(value); !whole.ok()) return Throw(env, whole);
  return StringOrThrow(env, region, region.damaged(), string);
}

void FreeBuffer(napi_env, void* data, void*) {
  std::free(data);
}

// Larger buffers get their memory here: V8 ends the process when it cannot have any, malloc says so.
napi_value LargeBuffer(napi_env env, const Region& region, const Value& value) {
  HeapBytes memory = Allocate(value.bytes);
  if (!memory) return Throw(env, Status::FromErrno("copy a value of", region.path(), ENOMEM));
  const Status status = region.Read(value, 0, {memory.get(), value.bytes});
  if (!status.ok()) return Throw(env, status);
  napi_value result = nullptr;
  if (napi_create_external_buffer(env, value.bytes, memory.get(), FreeBuffer, nullptr, &result) == napi_ok) {
    memory.release();
    return result;
  }
  napi_create_buffer_copy(env, value.bytes, memory.get(), nullptr, &result);
  return result;
}

napi_value BufferOf(napi_env env, const Region& region, const Value& value) {
  if (value.bytes > kMaxArrayBufferBytes) {
    return ThrowTooLarge(env, region, "a Buffer has at most 4 GiB; use view() with an offset and a length");
  }
  if (value.bytes > kMaxInlineBytes) return LargeBuffer(env, region, value);
  void* data = nullptr;
  napi_value result = nullptr;
  if (napi_create_buffer(env, value.bytes, &data, &result) != napi_ok) return nullptr;
  const Status status = region.Read(value, 0, {static_cast<std::byte*>(data), value.bytes});
  return status.ok() ? result : Throw(env, status);
}

// A file of its own there, or a record in the second segment.
bool LiesOnDisk(const Entry& entry) {
  return entry.value.place == Place::kSpilled || entry.offset >> kSlotSegmentShift != 0;
}

napi_value EntryOf(napi_env env, const Region& region, const Entry& entry) {
  napi_value object = nullptr;
  napi_create_object(env, &object);
  const bool in_object = region.IsInObject(entry.value);
  const bool has_file = entry.value.place != Place::kInline && !in_object;
  Put(env, object, "key", NewString(env, entry.key));
  Put(env, object, "type", NewString(env, NameOf(entry.value.type)));
  Put(env, object, "bytes", NewNumber(env, entry.value.bytes));
  Put(env, object, "file", has_file ? NewString(env, region.ValueFilePath(entry.value).view()) : Null(env));
  Put(env, object, "object", in_object ? NewString(env, region.ValueFilePath(entry.value).view()) : Null(env));
  Put(env, object, "spilled", NewBoolean(env, LiesOnDisk(entry)));
  return object;
}

}  // namespace

template <typename Key>
napi_value GetString(napi_env env, napi_callback_info info) {
  Call<1> call;
  Value value;
  if (!call.Begin(env, info) || !Find<Key>(env, call.self, call.args[0], &value) || !value.found) return nullptr;
  return StringOf(env, call.region(), value);
}
template napi_value GetString<ByText>(napi_env env, napi_callback_info info);
template napi_value GetString<ByNumber>(napi_env env, napi_callback_info info);

napi_value GetBytes(napi_env env, napi_callback_info info) {
  Call<1> call;
  Value value;
  if (!call.Begin(env, info) || !Find(env, call.self, call.args[0], &value) || !value.found) return nullptr;
  return BufferOf(env, call.region(), value);
}

napi_value TypeOf(napi_env env, napi_callback_info info) {
  Call<1> call;
  Value value;
  if (!call.Begin(env, info) || !Find(env, call.self, call.args[0], &value) || !value.found) return nullptr;
  return NewString(env, NameOf(value.type));
}

template <typename Key>
napi_value Has(napi_env env, napi_callback_info info) {
  Call<1> call;
  Value value;
  if (!call.Begin(env, info) || !Find<Key>(env, call.self, call.args[0], &value)) return nullptr;
  return NewBoolean(env, value.found);
}
template napi_value Has<ByText>(napi_env env, napi_callback_info info);
template napi_value Has<ByNumber>(napi_env env, napi_callback_info info);

napi_value Entries(napi_env env, napi_callback_info info) {
  Call<0> call;
  if (!call.Begin(env, info)) return nullptr;
  GrowableArray<Entry> entries;
  if (Status status = call.region().List(&entries); !status.ok()) return Throw(env, status);
  napi_value result = nullptr;
  napi_create_array_with_length(env, entries.size(), &result);
  for (std::size_t i = 0; i < entries.size(); i++) {
    napi_handle_scope scope = nullptr;
    napi_open_handle_scope(env, &scope);
    napi_set_element(env, result, static_cast<std::uint32_t>(i), EntryOf(env, call.region(), entries[i]));
    napi_close_handle_scope(env, scope);
  }
  return call.region().damaged() ? Throw(env, call.region().DamagedStatus()) : result;
}

}  // namespace otto::addon
