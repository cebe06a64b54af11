// view(): a value's bytes as a Uint8Array. A value in a file of its own is mapped, read-only, one ArrayBuffer for each
// range; only the ArrayBuffer's finalizer unmaps it, so that no view can go stale. A value in the region itself is
// copied: it has at most 1 MiB, and an ArrayBuffer over the region would reach beyond the end of its file, where
// reading is fatal.
#include <utility>

#include "addon/mapped_view.h"
#include "addon/region_object.h"

namespace otto::addon {

namespace {

bool SameRange(const CachedView& cached, const Value& value, const Region::Range& range) {
  return cached.file_number == value.file_number && cached.place == value.place &&
         cached.range.offset == range.offset && cached.range.length == range.length;
}

// The view handed out for this range before, if JavaScript still has it; forgets those that it has not.
napi_value Handed(napi_env env, RegionObject* object, const Value& value, const Region::Range& range) {
  auto& views = object->views;
  for (std::size_t i = 0; i < views.size();) {
    napi_value view = nullptr;
    napi_get_reference_value(env, views[i].view, &view);
    if (view != nullptr && SameRange(views[i], value, range)) return view;
    if (view != nullptr) {
      i++;
      continue;
    }
    napi_delete_reference(env, views[i].view);
    views[i] = views.back();
    views.pop_back();
  }
  return nullptr;
}

napi_value CopyOf(napi_env env, const Region& region, const Value& value, const Region::Range& range) {
  void* data = nullptr;
  napi_value buffer = nullptr;
  napi_create_arraybuffer(env, range.length, &data, &buffer);
  const Status status = region.Read(value, range.offset, {static_cast<std::byte*>(data), range.length});
  return status.ok() ? NewView(env, buffer, range.length) : Throw(env, status);
}

napi_value Mapped(napi_env env, const Region& region, const Value& value, const Region::Range& range) {
  posix::Mapping mapping;
  const Status status = region.MapValue(value, range, &mapping);
  return status.ok() ? ViewOf(env, std::move(mapping)) : Throw(env, status);
}

Status ReadRange(napi_env env, napi_value from, Region::Range* out) {
  napi_value offset = nullptr;
  napi_value length = nullptr;
  if (napi_get_named_property(env, from, "offset", &offset) != napi_ok ||
      napi_get_named_property(env, from, "length", &length) != napi_ok) {
    return Status::Usage("a range is { offset, length }", "view");
  }
  if (Status status = ReadCount(env, offset, &out->offset); !status.ok()) return status;
  return ReadCount(env, length, &out->length);
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

void Remember(napi_env env, RegionObject* object, const CachedView& cached, napi_value view) {
  CachedView kept = cached;
  if (view != nullptr && napi_create_reference(env, view, 0, &kept.view) == napi_ok) object->views.push_back(kept);
}

}  // namespace

napi_value View(napi_env env, napi_callback_info info) {
  Call<2> call;
  Value value;
  Region::Range range;
  if (!call.Begin(env, info) || !Find(env, call.region(), call.args[0], &value) || !value.found) return nullptr;
  Status status = RangeOf(env, call.args[1], value, &range);
  if (status.ok()) status = CheckRange(call.region(), value, range);
  if (!status.ok()) return Throw(env, status);
  if (range.length == 0 || (value.place == Place::kInline && value.bytes <= kMaxInlineBytes)) {
    return CopyOf(env, call.region(), value, range);
  }
  if (napi_value handed = Handed(env, call.self, value, range)) return handed;
  napi_value view = Mapped(env, call.region(), value, range);
  Remember(env, call.self, {value.file_number, value.place, range, nullptr}, view);
  return view;
}

}  // namespace otto::addon
