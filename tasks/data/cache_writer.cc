#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <nlohmann/json.hpp>

#include "suite/base/files.h"
#include "suite/base/parallel.h"
#include "suite/base/text.h"
#include "tasks/data/cache.h"
#include "tasks/data/cache_format.h"
#include "tasks/data/progress.h"

namespace plasticity {
namespace {

constexpr std::int64_t kChunkBytes = 16 << 20;

// The file that is being written; every failure names the folder and what to do.
class Output {
 public:
  Output(const std::filesystem::path& path, std::uint64_t bytes)
      : descriptor_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)),
        folder_(path.parent_path()),
        bytes_(bytes) {
    if (descriptor_ < 0) Fail(errno);
    // A full disk is told of before the work, where the file system can tell, and before the rest
    // of it is taken.
    std::error_code unknown;
    const std::filesystem::space_info space = std::filesystem::space(folder_, unknown);
    if (!unknown && space.available < bytes) {
      ::close(descriptor_);
      Fail(ENOSPC);
    }
    const int status = ::posix_fallocate(descriptor_, 0, static_cast<off_t>(bytes));
    if (status == ENOSPC || status == EFBIG || status == EDQUOT) {
      ::close(descriptor_);
      Fail(status);
    }
  }
  ~Output() { ::close(descriptor_); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  void Write(const void* data, std::size_t size, std::uint64_t at) {
    const char* next = static_cast<const char*>(data);
    while (size > 0) {
      const ssize_t written = ::pwrite(descriptor_, next, size, static_cast<off_t>(at));
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) Fail(written < 0 ? errno : ENOSPC);
      next += written;
      at += static_cast<std::uint64_t>(written);
      size -= static_cast<std::size_t>(written);
    }
  }

  void Truncate(std::uint64_t size) {
    if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) Fail(errno);
  }

 private:
  [[noreturn]] void Fail(int reason) const {
    std::error_code failed;
    const auto space = std::filesystem::space(folder_, failed);
    const std::string free =
        failed ? "" : ", " + Grouped(static_cast<std::int64_t>(space.available)) + " are free";
    ThrowFor(reason,
             fmt::format("cannot write the decoded images to {}: {} ({} bytes needed{}). Free some "
                         "space, or set XDG_CACHE_HOME to a folder on another disk.",
                         folder_.string(), std::strerror(reason),
                         Grouped(static_cast<std::int64_t>(bytes_)), free));
  }

  int descriptor_;
  std::filesystem::path folder_;
  std::uint64_t bytes_;
};

// Decodes images `first` to `last` - 1 into `pixels` with all cores. Of several damaged images the
// first one's error comes out.
void DecodeRange(const ImageDecoder& decode, std::int64_t first, std::int64_t last,
                 std::int64_t image_bytes, std::uint8_t* pixels) {
  constexpr std::int64_t kWorthAThread = 200'000;  // bytes
  ForEachIndex(static_cast<std::size_t>(last - first),
               static_cast<std::size_t>(kWorthAThread / image_bytes + 1), [&](std::size_t i) {
                 const auto offset = static_cast<std::int64_t>(i);
                 decode(first + offset, pixels + offset * image_bytes);
               });
}

// How often each byte value occurs, by channel: mean and deviation follow exactly.
using Histogram = std::vector<std::array<std::int64_t, 256>>;

void Count(const std::uint8_t* pixels, std::int64_t images, std::int64_t plane, Histogram* counts) {
  for (std::int64_t i = 0; i < images; ++i) {
    for (auto& channel : *counts) {
      for (std::int64_t p = 0; p < plane; ++p) ++channel[pixels[p]];
      pixels += plane;
    }
  }
}

void Moments(const Histogram& counts, std::vector<float>* mean, std::vector<float>* stddev) {
  for (const auto& channel : counts) {
    double total = 0;
    double sum = 0;
    for (int value = 0; value < 256; ++value) {
      total += static_cast<double>(channel[value]);
      sum += static_cast<double>(channel[value]) * value;
    }
    const double center = sum / total;
    double squares = 0;
    for (int value = 0; value < 256; ++value) {
      squares += static_cast<double>(channel[value]) * (value - center) * (value - center);
    }
    mean->push_back(static_cast<float>(center / 255));
    stddev->push_back(static_cast<float>(std::sqrt(squares / total) / 255));
  }
}

class Writer {
 public:
  Writer(const std::filesystem::path& path, const std::string& name, const RawDataset& raw,
         const CacheContent& content)
      : raw_(raw),
        name_(name),
        content_(content),
        train_count_(static_cast<std::int64_t>(raw.train.labels.size())),
        test_count_(static_cast<std::int64_t>(raw.test.labels.size())),
        image_bytes_(std::int64_t{raw.channels} * raw.height * raw.width),
        layout_(image_bytes_, train_count_, test_count_, raw.unlabelled_count, content.pixels),
        output_(path, layout_.text_at),
        digest_(StartFingerprint(static_cast<int>(raw.class_names.size()), raw.channels, raw.height,
                                 raw.width, train_count_, test_count_, raw.unlabelled_count)),
        counts_(static_cast<std::size_t>(raw.channels)) {}

  void Write(const std::string& source, const std::string& stamp) {
    WritePixels(raw_.train.decode, train_count_, layout_.train_pixels, &counts_);
    WriteLabels(raw_.train.labels, layout_.train_labels);
    WritePixels(raw_.test.decode, test_count_, layout_.test_pixels);
    WriteLabels(raw_.test.labels, layout_.test_labels);
    WritePixels(raw_.decode_unlabelled, raw_.unlabelled_count, layout_.unlabelled_pixels);
    std::vector<float> mean;
    std::vector<float> stddev;
    Moments(counts_, &mean, &stddev);
    nlohmann::json json = {{"name", name_},
                           {"version", kDecodingVersion},
                           {"fingerprint", digest_.Hex()},
                           {"origin", raw_.origin},
                           {"source", source},
                           {"stamp", stamp},
                           {"channels", raw_.channels},
                           {"height", raw_.height},
                           {"width", raw_.width},
                           {"class_names", raw_.class_names},
                           {"mean", mean},
                           {"stddev", stddev},
                           {"train", train_count_},
                           {"test", test_count_}};
    if (raw_.unlabelled_count > 0) json["unlabelled"] = raw_.unlabelled_count;
    if (!raw_.folds.empty()) json["folds"] = raw_.folds;
    if (!content_.pixels) json["pixels"] = false;
    if (content_.size > 0) json["size"] = content_.size;
    const std::string text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    CacheHeader header = {};
    std::memcpy(header.magic, kCacheMagic, sizeof(header.magic));
    header.format = kCacheFormat;
    header.text_at = layout_.text_at;
    header.text_bytes = text.size();
    header.file_bytes = layout_.text_at + text.size();
    const std::string checksum = HeaderChecksum(header, text);
    std::memcpy(header.checksum, checksum.data(), sizeof(header.checksum));
    output_.Write(text.data(), text.size(), layout_.text_at);
    output_.Write(&header, sizeof(header), 0);
    output_.Truncate(header.file_bytes);
  }

 private:
  // Decodes `count` images to `pixels_at`, and counts their values in `counts` where it is given.
  void WritePixels(const ImageDecoder& decode, std::int64_t count, std::uint64_t pixels_at,
                   Histogram* counts = nullptr) {
    const std::int64_t chunk = std::max<std::int64_t>(1, kChunkBytes / image_bytes_);
    std::vector<std::uint8_t> pixels(
        static_cast<std::size_t>(std::min(chunk, count) * image_bytes_));
    for (std::int64_t first = 0; first < count; first += chunk) {
      const std::int64_t last = std::min(first + chunk, count);
      const auto bytes = static_cast<std::size_t>((last - first) * image_bytes_);
      DecodeRange(decode, first, last, image_bytes_, pixels.data());
      digest_.Add(pixels.data(), bytes);
      if (counts != nullptr) {
        Count(pixels.data(), last - first, image_bytes_ / raw_.channels, counts);
      }
      if (content_.pixels) {
        output_.Write(pixels.data(), bytes,
                      pixels_at + static_cast<std::uint64_t>(first * image_bytes_));
      }
      progress_.Show(written_ += last - first, train_count_ + test_count_ + raw_.unlabelled_count);
    }
  }

  void WriteLabels(const std::vector<std::uint16_t>& labels, std::uint64_t labels_at) {
    digest_.Add(labels.data(), labels.size() * sizeof(std::uint16_t));
    if (!content_.pixels) return;
    output_.Write(labels.data(), labels.size() * sizeof(std::uint16_t), labels_at);
  }

  const RawDataset& raw_;
  std::string name_;
  CacheContent content_;
  std::int64_t train_count_;
  std::int64_t test_count_;
  std::int64_t image_bytes_;
  CacheLayout layout_;
  Output output_;
  Digest digest_;
  Histogram counts_;
  Progress progress_{"decoding " + name_, "images"};
  std::int64_t written_ = 0;  // images
};

// What a killed process left of `file`. Called under the file's lock, so nobody is writing it.
void RemoveLeftovers(const std::filesystem::path& file) {
  std::error_code failed;
  const std::string prefix = file.filename().string() + ".tmp";
  std::vector<std::filesystem::path> stale;
  for (const auto& entry : std::filesystem::directory_iterator(file.parent_path(), failed)) {
    if (entry.path().filename().string().starts_with(prefix)) stale.push_back(entry.path());
  }
  for (const auto& path : stale) std::filesystem::remove(path, failed);
}

}  // namespace

std::string HeaderChecksum(const CacheHeader& header, std::string_view text) {
  Digest digest;
  digest.Add(&header, offsetof(CacheHeader, checksum));
  digest.Add(text.data(), text.size());
  return digest.Hex();
}

Digest StartFingerprint(int classes, int channels, int height, int width, std::int64_t train,
                        std::int64_t test, std::int64_t unlabelled) {
  const std::string sizes = fmt::format(
      "plasticity-data 1 classes={} channels={} height={} width={} train={} test={}{}\n", classes,
      channels, height, width, train, test,
      unlabelled > 0 ? fmt::format(" unlabelled={}", unlabelled) : "");
  Digest digest;
  digest.Add(sizes.data(), sizes.size());
  return digest;
}

void WriteCache(const std::filesystem::path& file, const std::string& name, const RawDataset& raw,
                const std::string& source, const std::string& stamp, const CacheContent& content) {
  RemoveLeftovers(file);
  try {
    WriteAtomically(file, [&](const std::filesystem::path& temporary) {
      Writer(temporary, name, raw, content).Write(source, stamp);
    });
  } catch (const std::filesystem::filesystem_error& error) {
    CannotWrite(file, error.code().value());
  }
}

}  // namespace plasticity
