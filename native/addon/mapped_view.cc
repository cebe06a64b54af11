#include "addon/mapped_view.h"

#include <cstring>
#include <memory>
#include <utility>

#include "addon/convert.h"
#include "base/text.h"
#include "core/file_view.h"

namespace otto::addon {

namespace {

void Unmap(napi_env, void*, void* mapping) {
  delete static_cast<posix::Mapping*>(mapping);
}

Status CheckSize(const posix::Mapping& mapping, const char* path) {
  if (mapping.size() <= kMaxArrayBufferBytes) return {};
  return Status({.code = StatusCode::kTooLarge,
                 .operation = "view",
                 .subject = path,
                 .detail = "an ArrayBuffer has at most 4 GiB; read the file in parts"});
}

}  // namespace

napi_value NewView(napi_env env, napi_value buffer, std::uint64_t bytes) {
  napi_value view = nullptr;
  napi_create_typedarray(env, napi_uint8_array, bytes, buffer, 0, &view);
  return view;
}

napi_value ExternalView(napi_env env, posix::Mapping* mapping) {
  if (mapping->size() == 0) return nullptr;
  auto owned = std::make_unique<posix::Mapping>(std::move(*mapping));
  napi_value buffer = nullptr;
  if (napi_create_external_arraybuffer(env, owned->data(), owned->size(), Unmap, owned.get(), &buffer) != napi_ok) {
    *mapping = std::move(*owned);
    return nullptr;
  }
  const std::uint64_t bytes = owned.release()->size();
  return NewView(env, buffer, bytes);
}

napi_value CopiedView(napi_env env, const posix::Mapping& mapping) {
  void* data = nullptr;
  napi_value buffer = nullptr;
  if (napi_create_arraybuffer(env, mapping.size(), &data, &buffer) != napi_ok) return nullptr;
  if (mapping.size() > 0) std::memcpy(data, mapping.data(), mapping.size());
  if (mapping.damaged()) return Throw(env, Status::Corrupt("the file became shorter while it was read", "a value"));
  return NewView(env, buffer, mapping.size());
}

napi_value MapFile(napi_env env, napi_callback_info info) {
  std::size_t count = 1;
  napi_value argument = nullptr;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  Utf8Text path;
  if (Status status = path.Read(env, argument, "the path"); !status.ok()) return Throw(env, status);
  const Text text(path.view());
  posix::Mapping mapping;
  Status status = otto::MapFile(text.c_str(), &mapping);
  if (status.ok()) status = CheckSize(mapping, text.c_str());
  if (!status.ok()) return Throw(env, status);
  napi_value view = ExternalView(env, &mapping);
  return view != nullptr ? view : CopiedView(env, mapping);
}

}  // namespace otto::addon
