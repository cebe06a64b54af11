// view(): a value's bytes as a Uint8Array. They are mapped, read-only, one ArrayBuffer for each range; only the
// ArrayBuffer's finalizer unmaps them, so that no view can go stale. Small values that lie in the region itself are
// copied: that is faster than mapping and unmapping, and does not keep the region's memory alive.
//
// One ArrayBuffer over the whole region would be cheaper still. But it would reach beyond the end of the file, and
// whoever posts a view to another thread would send the whole region along.
#include <utility>

#include "addon/mapped_view.h"
#include "addon/region_object.h"

namespace otto::addon {

namespace {

// From this length on mapping costs less than copying.
constexpr std::uint64_t kMinMappedInline = 65536;

// Each view is a mapping of its own, of which a process may have about 65,000. Values with a file of their own cannot
// do without; these can.
constexpr std::size_t kMaxMappedInline = 4096;

bool IsBetterCopied(const RegionObject& object, const Value& value, const Region::Range& range) {
  if (range.length == 0) return true;
  if (value.place != Place::kInline) return false;
  return range.length < kMinMappedInline || object.views.size() >= kMaxMappedInline;
}

napi_value CopyOf(napi_env env, const Region& region, const Value& value, const Region::Range& range) {
  void* data = nullptr;
  napi_value buffer = nullptr;
  if (napi_create_arraybuffer(env, range.length, &data, &buffer) != napi_ok) return nullptr;
  const Status status = region.Read(value, range.offset, {static_cast<std::byte*>(data), range.length});
  return status.ok() ? NewView(env, buffer, range.length) : Throw(env, status);
}

Status ReadRange(napi_env env, napi_value from, Region::Range* out) {
  napi_value offset = nullptr;
  napi_value length = nullptr;
  if (napi_get_named_property(env, from, "offset", &offset) != napi_ok ||
      napi_get_named_property(env, from, "length", &length) != napi_ok) {
    return Status::Usage("a range is { offset, length }", "view");
  }
  if (Status status = ReadCount(env, {offset, "offset"}, &out->offset); !status.ok()) return status;
  return ReadCount(env, {length, "length"}, &out->length);
}

Status CheckRange(const Region& region, const Value& value, const Region::Range& range) {
  Failure failure{.code = StatusCode::kTooLarge, .operation = "view", .subject = region.path()};
  if (range.offset > value.bytes || range.length > value.bytes - range.offset) {
    failure.detail = "the range reaches beyond the value's end";
    return Status(failure);
  }
  if (range.length <= kMaxArrayBufferBytes) return Status();
  failure.detail = "an ArrayBuffer has at most 4 GiB; view the value in parts with an offset and a length";
  return Status(failure);
}

Status RangeOf(napi_env env, napi_value argument, const Value& value, Region::Range* out) {
  napi_valuetype type = napi_undefined;
  napi_typeof(env, argument, &type);
  *out = {.offset = 0, .length = value.bytes};
  return type == napi_undefined ? Status() : ReadRange(env, argument, out);
}

napi_value Mapped(napi_env env, RegionObject* object, const Value& value, const Region::Range& range) {
  posix::Mapping mapping;
  const Status status = object->region.MapValue(value, range, &mapping);
  if (!status.ok()) return Throw(env, status);
  napi_value view = ExternalView(env, &mapping);
  if (view == nullptr) return CopiedView(env, mapping);
  object->views.Add(env, {value, range}, view);
  return view;
}

}  // namespace

napi_value View(napi_env env, napi_callback_info info) {
  Call<2> call;
  Value value;
  Region::Range range;
  if (!call.Begin(env, info) || !Find(env, call.self, call.args[0], &value) || !value.found) return nullptr;
  Status status = RangeOf(env, call.args[1], value, &range);
  if (status.ok()) status = CheckRange(call.region(), value, range);
  if (!status.ok()) return Throw(env, status);
  if (napi_value handed = call.self->views.Find(env, {value, range})) return handed;
  if (IsBetterCopied(*call.self, value, range)) return CopyOf(env, call.region(), value, range);
  return Mapped(env, call.self, value, range);
}

}  // namespace otto::addon
