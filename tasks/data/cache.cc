// The decoded form of a data set: a header, the train pixels and labels, the test pixels and
// labels, the unlabelled pixels where the set has some, and a JSON text. Every part starts at a
// multiple of 64 bytes; the header is checked by a SHA-256 over itself and the JSON text. Of a set
// whose files are streamed there are the header and the text alone.

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
#include <functional>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <string_view>
#include <unordered_set>

#include "suite/base/digest.h"
#include "suite/base/error.h"
#include "tasks/data/cache_format.h"

namespace plasticity {
namespace {

static_assert(std::endian::native == std::endian::little,
              "labels are stored as they lie in memory");

// An open file, which is in memory too, for as long as anyone points into it.
class Mapping {
 public:
  Mapping() = default;
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() {
    if (size_ != 0) ::munmap(address_, size_);
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  // Opens and maps the whole file; returns what went wrong, "" for nothing. `exists` says whether
  // the file is there.
  std::string Map(const std::filesystem::path& file, bool* exists) {
    descriptor_ = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    *exists = descriptor_ >= 0 || (errno != ENOENT && errno != ENOTDIR);
    if (descriptor_ < 0) return std::strerror(errno);
    struct stat status = {};
    if (::fstat(descriptor_, &status) != 0 || status.st_size < std::int64_t{sizeof(CacheHeader)})
      return "it is shorter than a header";
    const auto size = static_cast<std::size_t>(status.st_size);
    void* address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor_, 0);
    if (address == MAP_FAILED) return std::strerror(errno);
    address_ = address;
    size_ = size;
    return "";
  }

  // Copies `size` bytes from `at` on, without a page of them becoming this process's.
  void Read(void* data, std::size_t size, std::uint64_t at) const {
    char* next = static_cast<char*>(data);
    while (size > 0) {
      const ssize_t got = ::pread(descriptor_, next, size, static_cast<off_t>(at));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0)
        throw RunError(fmt::format("cannot read decoded images: {}.",
                                   got < 0 ? std::strerror(errno) : "their file became shorter"));
      next += got;
      at += static_cast<std::uint64_t>(got);
      size -= static_cast<std::size_t>(got);
    }
  }

  const std::uint8_t* bytes() const { return static_cast<const std::uint8_t*>(address_); }
  std::size_t size() const { return size_; }

 private:
  void* address_ = nullptr;
  std::size_t size_ = 0;
  int descriptor_ = -1;
};

// A split of a mapped file; without `labels_at` its images have no labels.
class MappedImages final : public ImageSource {
 public:
  MappedImages(std::shared_ptr<const Mapping> mapping, const ImageShape& shape, std::int64_t count,
               std::uint64_t pixels_at, std::optional<std::uint64_t> labels_at)
      : ImageSource(shape, count),
        mapping_(std::move(mapping)),
        pixels_at_(pixels_at),
        labels_(labels_at ? reinterpret_cast<const std::uint16_t*>(mapping_->bytes() + *labels_at)
                          : nullptr) {}

  std::int64_t Label(std::int64_t index) const override {
    return labels_ == nullptr ? -1 : labels_[index];
  }
  void Decode(std::int64_t index, std::uint8_t* pixels) const override {
    mapping_->Read(pixels, static_cast<std::size_t>(shape().bytes()),
                   pixels_at_ + static_cast<std::uint64_t>(index * shape().bytes()));
  }
  const std::uint8_t* Mapped() const override { return mapping_->bytes() + pixels_at_; }

 private:
  std::shared_ptr<const Mapping> mapping_;
  std::uint64_t pixels_at_;
  const std::uint16_t* labels_;  // null: of unlabelled images
};

// Checks the header and fills in `set` and `lookup`; returns the problem, "" for none.
std::string ReadHeader(const std::shared_ptr<const Mapping>& mapping, Dataset* set,
                       CacheLookup* lookup) {
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
  set->folds = json.value("folds", std::vector<std::vector<std::int64_t>>());
  lookup->stamp = json.at("stamp");
  lookup->train = json.at("train");
  lookup->test = json.at("test");
  lookup->unlabelled = json.value("unlabelled", std::int64_t{0});
  lookup->content = {json.value("pixels", true), json.value("size", 0)};
  const bool pixels = lookup->content.pixels;
  const CacheLayout layout(set->shape.bytes(), lookup->train, lookup->test, lookup->unlabelled,
                           pixels);
  if (layout.text_at != header.text_at) return "its sizes contradict each other";
  if (set->version != kDecodingVersion)
    return fmt::format("its decoding is version {}", set->version);
  if (!pixels) return "";
  set->train = std::make_shared<MappedImages>(mapping, set->shape, lookup->train,
                                              layout.train_pixels, layout.train_labels);
  set->test = std::make_shared<MappedImages>(mapping, set->shape, lookup->test, layout.test_pixels,
                                             layout.test_labels);
  if (lookup->unlabelled > 0)
    set->unlabelled = std::make_shared<MappedImages>(mapping, set->shape, lookup->unlabelled,
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

// Calls `see` with the pixels of each image, in index order.
template <typename See>
void ForEachImage(const ImageSource& images, See see) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(images.count()));
  std::iota(all.begin(), all.end(), 0);
  images.Expect(all);
  std::vector<std::uint8_t> decoded(static_cast<std::size_t>(images.shape().bytes()));
  for (const std::int64_t index : all) {
    images.Decode(index, decoded.data());
    see(decoded);
  }
}

}  // namespace

CacheLookup OpenCache(const std::filesystem::path& file) {
  CacheLookup lookup;
  const auto mapping = std::make_shared<Mapping>();
  bool exists = false;
  lookup.problem = mapping->Map(file, &exists);
  if (!exists) lookup.problem.clear();
  if (!exists || !lookup.problem.empty()) return lookup;
  auto set = std::make_shared<Dataset>();
  set->cache_file = file;
  try {
    lookup.problem = ReadHeader(mapping, set.get(), &lookup);
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
  const auto add_pixels = [&](const std::vector<std::uint8_t>& pixels) {
    digest.Add(pixels.data(), pixels.size());
  };
  for (const auto& split : {dataset.train, dataset.test}) {
    ForEachImage(*split, add_pixels);
    std::vector<std::uint16_t> labels;
    for (std::int64_t i = 0; i < split->count(); ++i)
      labels.push_back(static_cast<std::uint16_t>(split->Label(i)));
    digest.Add(labels.data(), labels.size() * sizeof(std::uint16_t));
  }
  if (dataset.unlabelled) ForEachImage(*dataset.unlabelled, add_pixels);
  return digest.Hex();
}

std::int64_t TestImagesInTrain(const Dataset& dataset) {
  const auto key = [](const std::vector<std::uint8_t>& pixels) {
    const auto* bytes = reinterpret_cast<const char*>(pixels.data());
    return std::hash<std::string_view>()({bytes, pixels.size()});
  };
  std::unordered_set<std::size_t> train;  // 64 bits an image tell any two apart
  ForEachImage(*dataset.train, [&](const auto& pixels) { train.insert(key(pixels)); });
  std::int64_t found = 0;
  ForEachImage(*dataset.test, [&](const auto& pixels) { found += train.contains(key(pixels)); });
  return found;
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
