#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace plasticity {

/// A running digest (OpenSSL's libcrypto). `algorithm` is OpenSSL's name: "sha256", "md5".
class Digest {
 public:
  explicit Digest(const char* algorithm = "sha256");
  ~Digest();
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;

  void Add(const void* data, std::size_t size);
  /// The digest in lower-case hexadecimal; nothing may be added afterwards.
  std::string Hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// SHA-256 of `content`, in lower-case hexadecimal.
std::string Sha256(std::string_view content);

}  // namespace plasticity
