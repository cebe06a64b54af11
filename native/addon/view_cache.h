// ViewCache: the views of one region that JavaScript still has. Who asks for the same range again gets the same object,
// without another mapping.
//
// Threads: that of its environment. Owns: weak references; Clear() them before it ends.
#pragma once

#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <map>

#include "core/region.h"

namespace otto::addon {

// A range of one published value, which never changes.
struct ViewedRange {
  ViewedRange(const Value& value, const Region::Range& range)
      : place(value.place),
        file_number(value.file_number),
        data(value.data),
        offset(range.offset),
        length(range.length) {}
  auto operator<=>(const ViewedRange&) const = default;

  Place place;
  std::uint64_t file_number;
  const std::byte* data;  // where an inline value lies; null for others
  std::uint64_t offset;
  std::uint64_t length;
};

class ViewCache {
 public:
  // Null when there is none.
  napi_value Find(napi_env env, const ViewedRange& range);
  void Add(napi_env env, const ViewedRange& range, napi_value view);
  void Clear(napi_env env);
  // How many views there may be; those that JavaScript has dropped since count for a while.
  std::size_t size() const { return views_.size(); }

 private:
  void ForgetDropped(napi_env env);

  std::map<ViewedRange, napi_ref> views_;
  std::size_t clean_at_ = 64;
};

}  // namespace otto::addon
