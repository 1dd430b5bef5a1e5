#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

namespace plasticity {

/// An event file as TensorBoard reads it: a TFRecord of Event messages, which are those of
/// tensorflow/core/util/event.proto. A run that goes on from a checkpoint writes a further file
/// into the same folder.
class TensorBoardFile {
 public:
  /// Into `folder`, which must be there; what earlier files in it say of step `from` and later
  /// counts no more, where that is above 0. Throws as CannotWrite does.
  TensorBoardFile(const std::filesystem::path& folder, std::int64_t from);

  void Scalar(const std::string& tag, std::int64_t step, double value);
  void Text(const std::string& tag, std::int64_t step, const std::string& text);
  /// Whether all was written so far.
  bool good() const { return file_.good(); }

 private:
  void Write(const std::string& event);

  std::ofstream file_;
};

}  // namespace plasticity
