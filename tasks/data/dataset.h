#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace plasticity {

/// Images and labels of one split, in index order, in the memory-mapped cache. Valid while the
/// Dataset lives.
struct Split {
  const std::uint8_t* pixels = nullptr;   ///< [count, channels, height, width], 0 to 255
  const std::uint16_t* labels = nullptr;  ///< [count], 0 to classes - 1
  std::int64_t count = 0;
};

/// A decoded data set: uint8 images of one size, one label each. Opened read-only and shared
/// between processes.
///
/// `origin` is one of
/// - "official archive": the archive's MD5 is the known one;
/// - "official binary format": CIFAR's .bin files, whoever wrote them (a lossless copy, say);
/// - "official layout": Tiny-ImageNet-200's own folders, whole or cut;
/// - "idx": MNIST's file format;
/// - "re-encoded images": a tree of image files that stands in for CIFAR or MNIST, so not the
///   official pixels, or not provably so;
/// - "image tree": a tree of image files under any other name.
///
/// `fingerprint` is the SHA-256 of the line
/// "plasticity-data 1 classes=C channels=K height=H width=W train=N test=M\n", then of the train
/// pixels, train labels, test pixels and test labels, labels as 16-bit little-endian integers.
class Dataset {
 public:
  virtual ~Dataset() = default;
  std::string name;         ///< "cifar10"
  int version = 1;          ///< of our decoding; part of a Result's identity
  std::string fingerprint;  ///< SHA-256 over pixels and labels in index order, train then test
  std::string origin;       ///< what the source's digest or format tells; the list is below
  std::string source;       ///< the file or folder it was decoded from
  std::filesystem::path cache_file;  ///< the decoded copy that train and test point into
  int channels = 0;
  int height = 0;
  int width = 0;
  std::vector<std::string> class_names;
  std::vector<float> mean;    ///< [channels], of the train split, pixels scaled to 0..1
  std::vector<float> stddev;  ///< [channels], likewise (population)
  Split train;
  Split test;
  std::int64_t image_bytes() const { return std::int64_t{channels} * height * width; }
};

/// Opens `name` ("cifar10", "cifar100", "tiny-imagenet-200", "fashion-mnist", "mnist", or an
/// imported name): from the cache when it is there, else from what FindSource finds, decoding it
/// into the cache first. `source` names a file or folder to use instead. Throws InputError that
/// says where was looked and how to get the data.
std::shared_ptr<const Dataset> OpenDataset(const std::string& name,
                                           const std::filesystem::path& source = {});

/// Whether OpenDataset(name) would find something without the network.
bool HaveDataset(const std::string& name);

}  // namespace plasticity
