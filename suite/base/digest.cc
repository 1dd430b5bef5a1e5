#include "suite/base/digest.h"

#include <openssl/evp.h>

#include <array>

#include "suite/base/error.h"

namespace plasticity {

struct Digest::State {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                  &EVP_MD_CTX_free};
};

Digest::Digest(const char* algorithm) : state_(std::make_unique<State>()) {
  const EVP_MD* method = EVP_get_digestbyname(algorithm);
  if (method == nullptr || EVP_DigestInit_ex(state_->context.get(), method, nullptr) != 1) {
    throw RunError(std::string("OpenSSL offers no digest '") + algorithm + "'.");
  }
}

Digest::~Digest() = default;
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;

void Digest::Add(const void* data, std::size_t size) {
  if (EVP_DigestUpdate(state_->context.get(), data, size) != 1)
    throw RunError("OpenSSL failed to hash.");
}

std::string Digest::Hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes;
  unsigned int size = 0;
  if (EVP_DigestFinal_ex(state_->context.get(), bytes.data(), &size) != 1)
    throw RunError("OpenSSL failed to hash.");
  static const char* const kDigits = "0123456789abcdef";
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) {
    hex += kDigits[bytes[i] >> 4];
    hex += kDigits[bytes[i] & 15];
  }
  return hex;
}

std::string Sha256(std::string_view content) {
  Digest digest;
  digest.Add(content.data(), content.size());
  return digest.Hex();
}

}  // namespace plasticity
