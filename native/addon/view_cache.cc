#include "addon/view_cache.h"

#include <algorithm>

namespace otto::addon {

namespace {

napi_value Referred(napi_env env, napi_ref reference) {
  napi_value view = nullptr;
  napi_get_reference_value(env, reference, &view);
  return view;
}

// 0 once its buffer was handed on to somebody else (ArrayBuffer.prototype.transfer).
std::size_t LengthOf(napi_env env, napi_value view) {
  std::size_t length = 0;
  napi_get_typedarray_info(env, view, nullptr, &length, nullptr, nullptr, nullptr);
  return length;
}

}  // namespace

napi_value ViewCache::Find(napi_env env, const ViewedRange& range) {
  const auto found = views_.find(range);
  if (found == views_.end()) return nullptr;
  napi_value view = Referred(env, found->second);
  if (view != nullptr && LengthOf(env, view) == range.length) return view;
  napi_delete_reference(env, found->second);
  views_.erase(found);
  return nullptr;
}

void ViewCache::Add(napi_env env, const ViewedRange& range, napi_value view) {
  if (views_.size() >= clean_at_) ForgetDropped(env);
  napi_ref reference = nullptr;
  if (napi_create_reference(env, view, 0, &reference) == napi_ok) views_.emplace(range, reference);
}

void ViewCache::Clear(napi_env env) {
  for (const auto& [range, reference] : views_) napi_delete_reference(env, reference);
  views_.clear();
}

// Each look at all of them is paid for by as many additions.
void ViewCache::ForgetDropped(napi_env env) {
  std::erase_if(views_, [env](const auto& entry) {
    if (Referred(env, entry.second) != nullptr) return false;
    napi_delete_reference(env, entry.second);
    return true;
  });
  clean_at_ = std::max<std::size_t>(64, 2 * views_.size());
}

}  // namespace otto::addon
