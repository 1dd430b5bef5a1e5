#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

namespace plasticity {

/// Whether `bytes` start as a gzip file does.
bool IsGzip(const std::string& bytes);

/// A gzip file that is read from its start. zlib checks length and CRC, which libarchive does not.
class GzipReader {
 public:
  explicit GzipReader(const std::filesystem::path& path);
  ~GzipReader();
  GzipReader(const GzipReader&) = delete;
  GzipReader& operator=(const GzipReader&) = delete;

  /// Reads up to `size` bytes; 0 at the end. Throws std::runtime_error with the reason when the
  /// file is cut short or damaged.
  std::size_t Read(char* data, std::size_t size);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// `bytes` unpacked when they are a gzip file, else as they are; of a gzip file that unpacks to
/// more than `most` bytes so many. `label` names them in the InputError that a damaged one leads
/// to.
std::shared_ptr<const std::string> Gunzip(std::shared_ptr<const std::string> bytes,
                                          const std::string& label, std::size_t most);

}  // namespace plasticity
