#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace plasticity {

/// The size of an image.
struct ImageShape {
  int channels = 0;  ///< colours, 1 or 3
  int height = 0;    ///< rows
  int width = 0;     ///< columns
  /// Of one image.
  std::int64_t bytes() const { return std::int64_t{channels} * height * width; }
  /// Whether all three are equal.
  bool operator==(const ImageShape&) const = default;
};

/// uint8 images of one size, with one label each, in a fixed order.
class ImageSource {
 public:
  /// A source of `count` images of one shape.
  ImageSource(const ImageShape& shape, std::int64_t count) : shape_(shape), count_(count) {}
  virtual ~ImageSource() = default;
  ImageSource(const ImageSource&) = delete;
  ImageSource& operator=(const ImageSource&) = delete;

  /// Every image's shape.
  const ImageShape& shape() const { return shape_; }
  /// How many images there are.
  std::int64_t count() const { return count_; }
  /// The class of image `index`, from 0; -1 for an image without a label.
  virtual std::int64_t Label(std::int64_t index) const = 0;
  /// Writes image `index`, [channels, height, width], to `pixels`; in any order, from any thread.
  virtual void Decode(std::int64_t index, std::uint8_t* pixels) const = 0;
  /// Says that these images are looked at next, in this order: a source that decodes slowly may
  /// begin. Takes an earlier call's place; whatever is said, every image may be decoded.
  virtual void Expect(const std::vector<std::int64_t>& /*indices*/) const {}
  /// All images where they lie in memory, [count, channels, height, width]; nullptr where they do
  /// not.
  virtual const std::uint8_t* Mapped() const { return nullptr; }

 private:
  ImageShape shape_;
  std::int64_t count_;
};

/// A data set: what is known of it, its two splits, and what it has of images without labels.
///
/// `origin` is one of
/// - "official archive": the archive's MD5 is the known one;
/// - "official binary format": CIFAR's or STL-10's .bin files, whoever wrote them (a lossless copy,
///   say); of fewer images than the official ones it goes on ", 500 of 60,000 images";
/// - "official layout": Tiny-ImageNet-200's own folders, whole or cut;
/// - "idx": MNIST's file format;
/// - "re-encoded images": a tree of image files that stands in for CIFAR or MNIST, so not the
///   official pixels, or not provably so;
/// - "image tree": a tree of image files under any other name.
///
/// `fingerprint` is the SHA-256 of the line
/// "plasticity-data 1 classes=C channels=K height=H width=W train=N test=M\n", then of the train
/// pixels, train labels, test pixels and test labels, labels as 16-bit little-endian integers. A
/// set with unlabelled images has " unlabelled=U" before the line's end, and their pixels last.
struct Dataset {
  std::string name;                      ///< "cifar10"
  int version = 1;                       ///< of our decoding; part of a Result's identity
  std::string fingerprint;               ///< over pixels and labels in index order, train then test
  std::string origin;                    ///< what the source's digest or format tells
  std::string source;                    ///< the file or folder it was decoded from
  std::filesystem::path cache_file;      ///< the decoded copy, or its header alone
  ImageShape shape;                      ///< every image's shape
  std::vector<std::string> class_names;  ///< by label
  std::map<std::string, std::vector<std::int64_t>> groupings;  ///< coarser classes, such as
                                                               ///< "coarse": each class's group
  std::vector<float> mean;    ///< [channels], of the train split, pixels scaled to 0..1;
                              ///< of a fold: of the whole train split
  std::vector<float> stddev;  ///< [channels], likewise (population)
  std::shared_ptr<const ImageSource> train;       ///< what may be learned from
  std::shared_ptr<const ImageSource> test;        ///< what is looked at once, at the end
  std::shared_ptr<const ImageSource> unlabelled;  ///< further images to learn from without labels;
                                                  ///< null where the set has none
  std::vector<std::vector<std::int64_t>> folds;   ///< published parts of the train split that are
                                                  ///< each learned from in turn, by index

  /// How many classes there are.
  std::int64_t classes() const { return static_cast<std::int64_t>(class_names.size()); }
};

/// Opens `name` ("cifar10", "cifar100", "tiny-imagenet-200", "stl10", "fashion-mnist", "mnist", or
/// an imported name): from the cache when it is there, else from what is found in PLASTICITY_DATA
/// and the system's folders, decoding it into the cache first. `source` names a file or folder to
/// use instead. A variant's name follows a colon: "cifar100:coarse" is the set under a grouping of
/// its classes, "stl10:fold0" has the first published fold as its train split. A set whose decoded
/// pixels are more than `memory` bytes is streamed: threads decode what is expected, at most so
/// many bytes of it at a time, and nothing else is kept; 0 streams only what was imported in place.
/// Throws InputError that says where was looked and how to get the data. (tasks/data has the
/// readers.)
std::shared_ptr<const Dataset> OpenDataset(const std::string& name,
                                           const std::filesystem::path& source = {},
                                           std::int64_t memory = 0);

/// Whether OpenDataset(name) would find something without the network.
bool HaveDataset(const std::string& name);

}  // namespace plasticity
