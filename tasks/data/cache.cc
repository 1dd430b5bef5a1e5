// The decoded form of a data set: a header, the train pixels and labels, the test pixels and
// labels, the unlabelled pixels where the set has some, and a JSON text. Every part starts at a
// multiple of 64 bytes; the header is checked by a SHA-256 over itself and the JSON text.

#include "tasks/data/cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>

#include "suite/base/digest.h"
#include "suite/base/error.h"
#include "tasks/data/cache_format.h"

namespace plasticity {
namespace {

static_assert(std::endian::native == std::endian::little,
              "labels are stored as they lie in memory");

// A file in memory, for as long as anyone points into it.
class Mapping {
 public:
  Mapping() = default;
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() {
    if (size_ != 0) ::munmap(address_, size_);
  }

  // Maps the whole file; returns what went wrong, "" for nothing.
  std::string Map(int descriptor, std::size_t size) {
    void* address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0);
    if (address == MAP_FAILED) return std::strerror(errno);
    address_ = address;
    size_ = size;
    return "";
  }

  const std::uint8_t* bytes() const { return static_cast<const std::uint8_t*>(address_); }
  std::size_t size() const { return size_; }

 private:
  void* address_ = nullptr;
  std::size_t size_ = 0;
};

// A split of a mapped file; without `labels_at` its images have no labels.
class MappedImages final : public ImageSource {
 public:
  MappedImages(std::shared_ptr<const Mapping> mapping, const ImageShape& shape, std::int64_t count,
               std::uint64_t pixels_at, std::optional<std::uint64_t> labels_at)
      : ImageSource(shape, count),
        mapping_(std::move(mapping)),
        pixels_(mapping_->bytes() + pixels_at),
        labels_(labels_at ? reinterpret_cast<const std::uint16_t*>(mapping_->bytes() + *labels_at)
                          : nullptr) {}

  std::int64_t Label(std::int64_t index) const override {
    return labels_ == nullptr ? -1 : labels_[index];
  }
  void Decode(std::int64_t index, std::uint8_t* pixels) const override {
    std::memcpy(pixels, pixels_ + index * shape().bytes(),
                static_cast<std::size_t>(shape().bytes()));
  }
  const std::uint8_t* Mapped() const override { return pixels_; }

 private:
  std::shared_ptr<const Mapping> mapping_;
  const std::uint8_t* pixels_;
  const std::uint16_t* labels_;  // null: of unlabelled images
};

// Checks the header and fills in `set`; returns the problem, "" for none.
std::string ReadHeader(const std::shared_ptr<const Mapping>& mapping, Dataset* set,
                       std::string* stamp) {
  CacheHeader header;
  std::memcpy(&header, mapping->bytes(), sizeof(header));
  if (std::memcmp(header.magic, kCacheMagic, sizeof(header.magic)) != 0)
    return "it is no cache file";
  if (header.format != kCacheFormat) return fmt::format("it has format {}", header.format);
  if (header.file_bytes != mapping->size() || header.text_at > mapping->size() ||
      header.text_bytes != mapping->size() - header.text_at) {
    return fmt::format("it has {} bytes instead of {}", mapping->size(), header.file_bytes);
  }
  const std::string text(reinterpret_cast<const char*>(mapping->bytes()) + header.text_at,
                         header.text_bytes);
  if (HeaderChecksum(header, text) != std::string(header.checksum, sizeof(header.checksum))) {
    return "its header does not match its checksum";
  }
  const nlohmann::json json = nlohmann::json::parse(text);
  set->name = json.at("name");
  set->version = json.at("version");
  set->fingerprint = json.at("fingerprint");
  set->origin = json.at("origin");
  set->source = json.at("source");
  set->shape.channels = json.at("channels");
  set->shape.height = json.at("height");
  set->shape.width = json.at("width");
  set->class_names = json.at("class_names").get<std::vector<std::string>>();
  set->mean = json.at("mean").get<std::vector<float>>();
  set->stddev = json.at("stddev").get<std::vector<float>>();
  *stamp = json.at("stamp");
  const std::int64_t train = json.at("train"), test = json.at("test");
  const std::int64_t unlabelled = json.value("unlabelled", std::int64_t{0});
  set->folds = json.value("folds", std::vector<std::vector<std::int64_t>>());
  const CacheLayout layout(set->shape.bytes(), train, test, unlabelled);
  if (layout.text_at != header.text_at) return "its sizes contradict each other";
  if (set->version != kDecodingVersion)
    return fmt::format("its decoding is version {}", set->version);
  set->train = std::make_shared<MappedImages>(mapping, set->shape, train, layout.train_pixels,
                                              layout.train_labels);
  set->test = std::make_shared<MappedImages>(mapping, set->shape, test, layout.test_pixels,
                                             layout.test_labels);
  if (unlabelled > 0)
    set->unlabelled = std::make_shared<MappedImages>(mapping, set->shape, unlabelled,
                                                     layout.unlabelled_pixels, std::nullopt);
  return "";
}

std::string StampLine(const std::filesystem::path& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) return "";
  const std::int64_t size = S_ISDIR(status.st_mode) ? -1 : std::int64_t{status.st_size};
  return fmt::format("{}:{}.{:09}", size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

void AddStamps(const std::filesystem::path& folder, int depth, std::vector<std::string>* lines) {
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
    lines->push_back(entry.path().filename().string() + " " + StampLine(entry.path()));
    if (!entry.is_directory(failed)) continue;
    if (depth > 0) {
      AddStamps(entry.path(), depth - 1, lines);
    } else {
      lines->push_back(StampLine(entry.path() / "images"));  // Tiny-ImageNet's one level more
    }
  }
}

// The first folder from `folder` downwards that holds more than just another folder.
std::filesystem::path SkipWrappers(std::filesystem::path folder) {
  std::error_code failed;
  while (true) {
    std::filesystem::directory_iterator entry(folder, failed);
    if (failed || entry == std::filesystem::directory_iterator()) return folder;
    const std::filesystem::path inner = entry->path();
    const bool is_folder = entry->is_directory(failed) && !entry->is_symlink(failed);
    if (!is_folder || ++entry != std::filesystem::directory_iterator()) return folder;
    folder = inner;
  }
}

}  // namespace

CacheLookup OpenCache(const std::filesystem::path& file) {
  CacheLookup lookup;
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    if (errno != ENOENT && errno != ENOTDIR) lookup.problem = std::strerror(errno);
    return lookup;
  }
  auto set = std::make_shared<Dataset>();
  set->cache_file = file;
  const auto mapping = std::make_shared<Mapping>();
  struct stat status = {};
  if (::fstat(descriptor, &status) != 0 || status.st_size < std::int64_t{sizeof(CacheHeader)}) {
    lookup.problem = "it is shorter than a header";
  } else {
    lookup.problem = mapping->Map(descriptor, static_cast<std::size_t>(status.st_size));
  }
  ::close(descriptor);
  if (!lookup.problem.empty()) return lookup;
  try {
    lookup.problem = ReadHeader(mapping, set.get(), &lookup.stamp);
  } catch (const nlohmann::json::exception& error) {
    lookup.problem = error.what();
  }
  if (lookup.problem.empty()) lookup.dataset = std::move(set);
  return lookup;
}

std::string Fingerprint(const Dataset& dataset) {
  Digest digest =
      StartFingerprint(static_cast<int>(dataset.classes()), dataset.shape.channels,
                       dataset.shape.height, dataset.shape.width, dataset.train->count(),
                       dataset.test->count(), dataset.unlabelled ? dataset.unlabelled->count() : 0);
  for (const auto& split : {dataset.train, dataset.test}) {
    digest.Add(split->Mapped(), static_cast<std::size_t>(split->count() * split->shape().bytes()));
    std::vector<std::uint16_t> labels;
    for (std::int64_t i = 0; i < split->count(); ++i)
      labels.push_back(static_cast<std::uint16_t>(split->Label(i)));
    digest.Add(labels.data(), labels.size() * sizeof(std::uint16_t));
  }
  if (dataset.unlabelled)
    digest.Add(dataset.unlabelled->Mapped(),
               static_cast<std::size_t>(dataset.unlabelled->count() * dataset.shape.bytes()));
  return digest.Hex();
}

std::string SourceStamp(const std::filesystem::path& source) {
  std::error_code failed;
  if (!std::filesystem::is_directory(source, failed)) return StampLine(source);
  const std::filesystem::path folder = SkipWrappers(source);
  std::vector<std::string> lines = {folder.string()};
  AddStamps(folder, 1, &lines);
  std::sort(lines.begin(), lines.end());
  std::string text = StampLine(source);
  for (const std::string& line : lines) text += "\n" + line;
  return Sha256(text);
}

}  // namespace plasticity
