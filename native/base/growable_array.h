// GrowableArray: a list of trivially copyable items on the C heap, for code that is linked without libstdc++.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <type_traits>

namespace otto {

template <typename T>
class GrowableArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  GrowableArray() = default;
  GrowableArray(GrowableArray&& other) noexcept : items_(other.items_), size_(other.size_), capacity_(other.capacity_) {
    other.items_ = nullptr;
    other.size_ = other.capacity_ = 0;
  }
  GrowableArray& operator=(GrowableArray&& other) noexcept {
    if (this != &other) {
      std::free(items_);
      items_ = other.items_;
      size_ = other.size_;
      capacity_ = other.capacity_;
      other.items_ = nullptr;
      other.size_ = other.capacity_ = 0;
    }
    return *this;
  }
  GrowableArray(const GrowableArray&) = delete;
  GrowableArray& operator=(const GrowableArray&) = delete;
  ~GrowableArray() { std::free(items_); }

  // False when there is no memory; the list is then unchanged.
  [[nodiscard]] bool Append(const T& item) {
    if (size_ == capacity_ && !Grow()) return false;
    items_[size_++] = item;
    return true;
  }
  void Clear() { size_ = 0; }
  void Truncate(std::size_t size) { size_ = size < size_ ? size : size_; }

  std::size_t size() const { return size_; }
  T& operator[](std::size_t i) { return items_[i]; }
  const T& operator[](std::size_t i) const { return items_[i]; }
  T* begin() { return items_; }
  T* end() { return items_ + size_; }
  const T* begin() const { return items_; }
  const T* end() const { return items_ + size_; }

 private:
  bool Grow() {
    const std::size_t wanted = capacity_ == 0 ? 64 : capacity_ * 2;
    void* grown = std::realloc(static_cast<void*>(items_), wanted * sizeof(T));
    if (grown == nullptr) return false;
    items_ = static_cast<T*>(grown);
    capacity_ = wanted;
    return true;
  }

  T* items_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace otto
