#include "tasks/data/file_set.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "suite/base/error.h"
#include "suite/base/files.h"
#include "suite/base/text.h"
#include "tasks/data/catalog.h"
#include "tasks/data/gzip.h"

namespace plasticity {
namespace {

constexpr int kMaxDepth = 6;  // set/train/<class>/images/<file> and one more
constexpr std::size_t kBlock = 1 << 18;

// An archive that is open for reading. A gzip file is unpacked by GzipReader.
class ArchiveReader {
 public:
  explicit ArchiveReader(const std::filesystem::path& path)
      : reader_(archive_read_new(), &archive_read_free), block_(kBlock) {
    archive* reader = reader_.get();
    archive_read_support_filter_all(reader);
    // All but mtree, warc and raw, which take many a text for an archive.
    for (const auto support :
         {archive_read_support_format_tar, archive_read_support_format_zip,
          archive_read_support_format_7zip, archive_read_support_format_cpio,
          archive_read_support_format_rar, archive_read_support_format_rar5,
          archive_read_support_format_cab, archive_read_support_format_xar,
          archive_read_support_format_iso9660, archive_read_support_format_lha}) {
      support(reader);
    }
    std::string start(2, '\0');
    std::ifstream(path, std::ios::binary).read(start.data(), 2);
    int status = ARCHIVE_OK;
    if (IsGzip(start)) {
      gzip_ = std::make_unique<GzipReader>(path);
      status = archive_read_open(reader, this, nullptr, &ReadGzip, nullptr);
    } else {
      status = archive_read_open_filename(reader, path.c_str(), kBlock);
    }
    if (status != ARCHIVE_OK) throw std::runtime_error(Reason());
  }

  // The next entry; nullptr at the end, which is the file's end too.
  archive_entry* Next() {
    while (true) {
      archive_entry* entry = nullptr;
      const int status = archive_read_next_header(reader_.get(), &entry);
      if (status == ARCHIVE_RETRY) continue;
      if (status < ARCHIVE_WARN) throw std::runtime_error(Reason());
      if (status != ARCHIVE_EOF) return entry;
      while (gzip_ && gzip_->Read(block_.data(), block_.size()) > 0) {
      }
      return nullptr;
    }
  }

  // Whether files lie in it as they are, one after the other. Known once Next gave an entry.
  bool IsPlainTar() const {
    return !gzip_ && archive_filter_count(reader_.get()) == 1 &&
           archive_filter_code(reader_.get(), 0) == ARCHIVE_FILTER_NONE &&
           (archive_format(reader_.get()) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR;
  }

  // In a plain tar, where the data begin of the entry that Next gave.
  std::int64_t DataAt() const { return archive_filter_bytes(reader_.get(), 0); }

  // The data of the entry that Next gave, or no more than just over `most` bytes of them.
  std::string Content(archive_entry* entry, std::int64_t most) {
    constexpr std::int64_t kBelieved = std::int64_t{1} << 24;  // of what a header promises
    std::string content;
    content.reserve(static_cast<std::size_t>(
        std::clamp<std::int64_t>(archive_entry_size(entry), 0, kBelieved)));
    std::vector<char> block(kBlock);
    while (true) {
      const la_ssize_t got = archive_read_data(reader_.get(), block.data(), block.size());
      if (got == 0 || std::ssize(content) > most) return content;
      if (got == ARCHIVE_RETRY) continue;
      if (got < 0) throw std::runtime_error(Reason());  // a warning here is a wrong CRC
      content.append(block.data(), static_cast<std::size_t>(got));
    }
  }

 private:
  static la_ssize_t ReadGzip(archive* reader, void* user, const void** data) {
    auto* self = static_cast<ArchiveReader*>(user);
    *data = self->block_.data();
    try {
      return static_cast<la_ssize_t>(self->gzip_->Read(self->block_.data(), self->block_.size()));
    } catch (const std::runtime_error& error) {
      archive_set_error(reader, EIO, "%s", error.what());
      return -1;
    }
  }

  std::string Reason() const {
    const char* text = archive_error_string(reader_.get());
    return text == nullptr ? "no reason given" : text;
  }

  std::unique_ptr<archive, decltype(&archive_read_free)> reader_;
  std::unique_ptr<GzipReader> gzip_;
  std::vector<char> block_;  // what libarchive reads from
};

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

bool IsWanted(const std::string& path) {
  const std::string name = Lower(BaseName(path));
  if (name.empty() || name[0] == '.') return false;
  return IsImageName(name) || name.ends_with(".bin") || name.ends_with(".txt") ||
         name.find("idx") != std::string::npos;
}

// What to tell about an archive that libarchive gave up on.
InputError Unreadable(const std::filesystem::path& path, const std::string& reason) {
  if (reason.find("ncrypt") != std::string::npos || reason.find("assphrase") != std::string::npos)
    return InputError(path.string() + " is encrypted. Unpack it and name the folder.");
  std::error_code ignored;
  const auto size = static_cast<std::int64_t>(std::filesystem::file_size(path, ignored));
  for (const KnownSet& set : KnownSets()) {
    if (set.archive.empty() || path.filename() != set.archive) continue;
    const std::string again = "Fetch it again: plasticity data fetch " + set.name + ".";
    if (size < set.archive_bytes) {
      return InputError(fmt::format("{} ends after {} of {} bytes. {}", path.filename().string(),
                                    Grouped(size), Grouped(set.archive_bytes), again));
    }
    return InputError(fmt::format("{} is damaged ({}). {}", path.string(), reason, again));
  }
  if (reason.find("Unrecognized") != std::string::npos) {
    return InputError(path.string() +
                      " is neither a folder nor an archive of a kind that we read (tar, zip, 7z "
                      "and others, compressed or not).");
  }
  return InputError(
      fmt::format("{} is cut short or damaged: it has {} bytes ({}). Copy or download it again.",
                  path.string(), Grouped(size), reason));
}

InputError Compressed(const std::filesystem::path& path) {
  return InputError(path.string() +
                    " is a compressed archive, whose files cannot be read one by one. Unpack it "
                    "and name the folder, or make it an uncompressed .tar.");
}

// `size` bytes of a file from byte `at` on; all of them where `size` is negative.
std::string ReadBytes(const std::filesystem::path& path, std::int64_t at, std::int64_t size) {
  const auto fail = [&](const char* reason) {
    return InputError(fmt::format("cannot read {}: {}.", path.string(), reason));
  };
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw fail(errno == ENOENT ? "no such file" : std::strerror(errno));
  struct stat status = {};
  if (size < 0) size = ::fstat(descriptor, &status) == 0 ? std::int64_t{status.st_size} : 0;
  std::string bytes(static_cast<std::size_t>(size), '\0');
  std::int64_t done = 0;
  ssize_t got = 1;
  while (done < size && got > 0) {
    got = ::pread(descriptor, bytes.data() + done, static_cast<std::size_t>(size - done),
                  static_cast<off_t>(at + done));
    if (got < 0 && errno == EINTR)
      got = 1;
    else
      done += std::max<ssize_t>(got, 0);
  }
  const int reason = errno;
  ::close(descriptor);
  if (got < 0) throw fail(std::strerror(reason));
  if (done < size) throw fail("it is shorter than when it was opened");
  return bytes;
}

std::string EntryPath(archive_entry* entry) {
  const char* path = archive_entry_pathname_utf8(entry);
  if (path == nullptr) path = archive_entry_pathname(entry);
  std::string clean = path == nullptr ? "" : path;
  while (clean.starts_with("./")) clean.erase(0, 2);
  return clean;
}

}  // namespace

std::string FolderOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

std::string BaseName(const std::string& path) { return path.substr(FolderOf(path).size()); }

bool IsImageName(std::string_view path) {
  const std::string name = Lower(path.substr(path.size() - std::min<std::size_t>(path.size(), 5)));
  return name.ends_with(".jpg") || name.ends_with(".jpeg") || name.ends_with(".png");
}

std::shared_ptr<const FileSet> FileSet::Open(const std::filesystem::path& path,
                                             std::int64_t memory) {
  auto set = std::make_shared<FileSet>();
  set->root_ = path;
  std::error_code failed;
  set->is_folder_ = std::filesystem::is_directory(path, failed);
  if (!set->is_folder_ && !std::filesystem::exists(path, failed)) {
    throw InputError("cannot read " + path.string() + ": no such file or folder.");
  }
  try {
    set->is_folder_ ? set->ListFolder() : set->ReadArchive(path, "", memory);
  } catch (const std::filesystem::filesystem_error& error) {
    throw InputError(
        fmt::format("cannot read {}: {}.", error.path1().string(), error.code().message()));
  }
  set->SortFiles();
  return set;
}

void FileSet::ListFolder() {
  using Walk = std::filesystem::recursive_directory_iterator;
  const auto options = std::filesystem::directory_options::follow_directory_symlink;
  const std::size_t prefix = (root_ / "").native().size();
  for (auto entry = Walk(root_ / "", options); entry != Walk(); ++entry) {
    if (entry.depth() >= kMaxDepth) entry.disable_recursion_pending();
    if (entry->is_directory()) continue;
    const std::string path = entry->path().native().substr(prefix);
    if (!entry->is_regular_file() && IsWanted(path)) CheckIsFile(entry->path());  // says why
    if (IsWanted(path)) {
      files_.push_back({path});
    } else if (path.ends_with(".tar")) {
      ReadArchive(entry->path(), FolderOf(path), 0);
    } else {
      unwanted_.insert(BaseName(path));
    }
  }
}

void FileSet::ReadArchive(const std::filesystem::path& archive, const std::string& folder,
                          std::int64_t memory) {
  CheckIsFile(archive);
  const int number = static_cast<int>(archives_.size());
  archives_.push_back(archive);
  const auto bytes = static_cast<std::int64_t>(std::filesystem::file_size(archive));
  try {
    ArchiveReader reader(archive);
    while (archive_entry* entry = reader.Next()) {
      if (archive_entry_filetype(entry) != AE_IFREG) continue;
      std::string path = EntryPath(entry);
      if (!IsWanted(path)) {
        unwanted_.insert(BaseName(path));
        continue;
      }
      const std::int64_t size = archive_entry_size(entry);
      if (is_folder_ && FolderOf(path).empty()) path = archive.stem().string() + "/" + path;
      path = folder + path;
      if (reader.IsPlainTar()) {
        if (reader.DataAt() + size > bytes) throw std::runtime_error("a file in it ends behind it");
        files_.push_back({std::move(path), number, reader.DataAt(), size});
        continue;
      }
      files_.push_back({std::move(path), number, static_cast<std::int64_t>(contents_.size())});
      contents_.push_back(std::make_shared<const std::string>(reader.Content(entry, memory)));
      memory -= static_cast<std::int64_t>(contents_.back()->size());
      if (memory < 0) throw Compressed(archive);
    }
  } catch (const InputError&) {
    throw;
  } catch (const std::runtime_error& error) {
    throw Unreadable(archive, error.what());
  }
}

// Of several files of one path the folder's own counts, and the last of an archive's.
void FileSet::SortFiles() {
  std::stable_sort(files_.begin(), files_.end(), [](const File& a, const File& b) {
    const int order = a.path.compare(b.path);
    return order != 0 ? order < 0 : a.archive > b.archive;
  });
  std::size_t kept = 0;  // the files before are
  for (File& file : files_) {
    if (kept > 0 && files_[kept - 1].path == file.path) {
      const File& other = files_[--kept];
      if (file.archive != kNone && file.archive != other.archive) {
        throw InputError(fmt::format("{} and {} both hold {}. Take one of them away.",
                                     archives_[file.archive].string(),
                                     archives_[other.archive].string(), file.path));
      }
    }
    if (&files_[kept] != &file) files_[kept] = std::move(file);
    ++kept;
  }
  files_.resize(kept);
}

std::string FileSet::Find(std::string_view name) const {
  const auto depth = [](const std::string& path) {
    return std::count(path.begin(), path.end(), '/');
  };
  const std::string* best = nullptr;
  for (const File& file : files_) {
    const std::string& path = file.path;
    if (!path.ends_with(name)) continue;
    if (path.size() > name.size() && path[path.size() - name.size() - 1] != '/') continue;
    if (best == nullptr || depth(path) < depth(*best)) best = &path;
  }
  return best == nullptr ? "" : *best;
}

std::optional<std::size_t> FileSet::Number(std::string_view path) const {
  const auto found =
      std::lower_bound(files_.begin(), files_.end(), path,
                       [](const File& file, std::string_view text) { return file.path < text; });
  if (found == files_.end() || found->path != path) return std::nullopt;
  return static_cast<std::size_t>(found - files_.begin());
}

std::shared_ptr<const std::string> FileSet::Read(std::size_t number) const {
  const File& file = files_[number];
  if (file.archive == kNone)
    return std::make_shared<const std::string>(ReadBytes(root_ / file.path, 0, -1));
  if (!contents_.empty()) return contents_[static_cast<std::size_t>(file.at)];
  return std::make_shared<const std::string>(
      ReadBytes(archives_[static_cast<std::size_t>(file.archive)], file.at, file.size));
}

std::shared_ptr<const std::string> FileSet::Read(const std::string& path) const {
  const std::optional<std::size_t> number = Number(path);
  if (!number) throw InputError(Label(path) + " is missing.");
  return Read(*number);
}

std::string FileSet::Label(std::size_t number) const {
  const File& file = files_[number];
  if (is_folder_ && file.archive != kNone)
    return archives_[static_cast<std::size_t>(file.archive)].string() + ": " + file.path;
  return Label(file.path);
}

std::string FileSet::Label(const std::string& path) const {
  return is_folder_ ? (root_ / path).string() : root_.filename().string() + ": " + path;
}

}  // namespace plasticity
