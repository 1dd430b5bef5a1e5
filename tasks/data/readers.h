#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "suite/base/image_source.h"
#include "tasks/data/catalog.h"
#include "tasks/data/file_set.h"

namespace plasticity {

/// Writes image `index` as [channels, height, width] to `pixels`; called from several threads at
/// once.
using ImageDecoder = std::function<void(std::int64_t index, std::uint8_t* pixels)>;

/// One split of a source, before its pixels are decoded.
struct RawSplit {
  std::vector<std::uint16_t> labels;  ///< of every image
  ImageDecoder decode;
};

/// A source that was opened and indexed. It keeps alive the files that it decodes from.
struct RawDataset {
  std::string origin;  ///< as in Dataset
  int channels = 0;
  int height = 0;
  int width = 0;
  std::vector<std::string> class_names;
  RawSplit train;
  RawSplit test;
  std::int64_t unlabelled_count = 0;             ///< images without labels
  ImageDecoder decode_unlabelled;                ///< as a split's
  std::vector<std::vector<std::int64_t>> folds;  ///< as in Dataset
  bool is_streamable = false;  ///< images are decoded from files that stay on disk

  /// Of all images, decoded.
  std::int64_t bytes() const {
    const std::size_t labelled = train.labels.size() + test.labels.size();
    return std::int64_t{channels} * height * width *
           (static_cast<std::int64_t>(labelled) + unlabelled_count);
  }
};

/// How a source is to be read.
struct ReadOptions {
  int size = 0;  ///< side of the square that images of any size are brought to; 0: all are of one
  ImageShape shape;  ///< what the images are known to have; without channels they tell it
  std::int64_t memory = std::numeric_limits<std::int64_t>::max();  ///< FileSet::Open's
};

using Files = std::shared_ptr<const FileSet>;

/// CIFAR-10's and CIFAR-100's official .bin files, any number of records in each; nullopt where
/// `files` has none. CIFAR-100's fine labels are used.
std::optional<RawDataset> ReadCifarBinary(const Files& files, const KnownSet* known);

/// STL-10's official .bin files, any number of images in each; nullopt where `files` has none. The
/// unlabelled images and the folds may be absent.
std::optional<RawDataset> ReadStl10(const Files& files);

/// Tiny-ImageNet-200's own layout; nullopt where `files` has no wnids.txt. Classes are sorted by
/// their WordNet id and named by words.txt's first word where that is unique. val is the test
/// split.
std::optional<RawDataset> ReadTinyImageNet(const Files& files, const ReadOptions& options);

/// MNIST's four IDX files, gzip or plain; nullopt where `files` has none. `known` gives the
/// classes; without it they are counted.
std::optional<RawDataset> ReadIdx(const Files& files, const KnownSet* known);

/// Image files as {train,test}/<class>/<file>, or {train,val} where there is no test; nullopt where
/// `files` has none.
std::optional<RawDataset> ReadImageTree(const Files& files, const KnownSet* known,
                                        const ReadOptions& options);

/// The images of one split, by class: their numbers in `files`, in the order of their paths.
using ImagesByClass = std::vector<std::vector<std::size_t>>;

/// Image files as a data set. The index order is that of the file names within a class, and takes
/// the classes in turn, so that a prefix is balanced. Gray images expand to RGB where any is in
/// colour.
RawDataset MakeImageSet(const Files& files, std::vector<std::string> class_names,
                        const ImagesByClass& train, const ImagesByClass& test,
                        const ReadOptions& options);

/// The lines of the text file at `path`, as names of the known set's classes; the known names where
/// there is no such file. Throws InputError where they are not as many as the classes.
std::vector<std::string> ClassNamesIn(const FileSet& files, const std::string& path,
                                      const KnownSet& known);

/// The origin of what was read from .bin files of the known set: of all its images, or of how many.
std::string BinaryOrigin(const RawDataset& raw, const KnownSet& known);

/// Whether `path` is the archive that `known` tells the MD5 of.
bool IsOfficialArchive(const std::filesystem::path& path, const KnownSet& known);

/// Opens a folder or archive whose format its content tells. Throws InputError with one line when
/// it is none that we read, is damaged, or is not what `name` is known to be.
RawDataset ReadSource(const std::string& name, const std::filesystem::path& path,
                      const ReadOptions& options = {});

}  // namespace plasticity
