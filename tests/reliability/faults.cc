// A library for LD_PRELOAD that stands between a program and the C library's calls on a folder and
// what is below it. It counts them, writes each down, and has one of them go wrong: the program
// itself knows nothing of it. Settings are environment variables:
//
// FAULTS_FOLDER: the folder, as an absolute path without links.
//
// FAULTS_LOG: a file that gets a line for each call that is over: number, name, result, path, and
// where in the file or a rename's second path, with tabs between. The bytes written go to
// FAULTS_LOG.data, one write after the other.
//
// FAULTS_AT: the number of the call that goes wrong, from 1.
//
// FAULTS_KIND: how it does. "eio" and "enospc" fail it; "short" writes half; "kill" ends the
// process in its middle; "full" has the disk full from half of that call on.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <string_view>

namespace {

std::string Setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Opened by the kernel's own calls, which nothing stands before.
int OpenLog(const std::string& file) {
  if (file.empty()) return -1;
  return static_cast<int>(
      syscall(SYS_openat, AT_FDCWD, file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
}

struct Asked {
  std::string folder = Setting("FAULTS_FOLDER") + "/";
  std::string kind = Setting("FAULTS_KIND");
  long at = std::atol(Setting("FAULTS_AT").c_str());
  int log = OpenLog(Setting("FAULTS_LOG"));
  int data = log < 0 ? -1 : OpenLog(Setting("FAULTS_LOG") + ".data");
};

const Asked& TheAsked() {
  static const Asked asked;
  return asked;
}

std::string Absolute(const char* path) {
  if (*path == '/') return path;
  char folder[PATH_MAX];
  return getcwd(folder, sizeof folder) == nullptr ? path : std::string(folder) + "/" + path;
}

// What an open descriptor names; "" where it names nothing.
std::string PathOf(int descriptor) {
  char path[PATH_MAX];
  const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  const ssize_t size = readlink(link.c_str(), path, sizeof path);
  return size < 0 ? "" : std::string(path, static_cast<std::size_t>(size));
}

enum class Need { kNothing, kSpace };
enum class Fate { kGoesWell, kFails, kHalf, kDies };

// One call on a file, from before it is done until it is over.
class Call {
 public:
  Call(const char* name, std::string path, Need need = Need::kNothing)
      : name_(name), path_(std::move(path)) {
    const Asked& asked = TheAsked();
    if (!(path_ + "/").starts_with(asked.folder)) return;
    static std::atomic<long> calls{0};
    number_ = ++calls;
    fate_ = FateOf(asked, need);
    reason_ = asked.kind == "eio" ? EIO : ENOSPC;
  }

  Fate fate() const { return fate_; }

  // Does the call by `real`, or has it fail with `failed`.
  template <typename Real, typename Result>
  Result Through(Real real, Result failed, const std::string& other = "0") {
    if (fate_ == Fate::kDies) std::raise(SIGKILL);
    Result result = failed;
    if (fate_ == Fate::kGoesWell) {
      result = real();
    } else {
      errno = reason_;
    }
    Log(result == failed ? -1 : 0, other);
    return result;
  }

  // Does a write of `data` by `real(size)`, or of half of it.
  template <typename Real>
  ssize_t Write(std::string_view data, long place, Real real) {
    const bool half = fate_ == Fate::kHalf || fate_ == Fate::kDies;
    if (half && data.size() > 1) data = data.substr(0, data.size() / 2);
    if (fate_ == Fate::kFails) {
      errno = reason_;
      return -1;
    }
    const ssize_t written = real(data.size());
    if (fate_ == Fate::kDies) std::raise(SIGKILL);
    Log(written, std::to_string(place), data);
    return written;
  }

 private:
  Fate FateOf(const Asked& asked, Need need) const {
    if (asked.at == 0 || number_ < asked.at) return Fate::kGoesWell;
    if (asked.kind == "full" && need == Need::kNothing) return Fate::kGoesWell;
    if (number_ > asked.at) return asked.kind == "full" ? Fate::kFails : Fate::kGoesWell;
    if (asked.kind == "kill") return Fate::kDies;
    return asked.kind == "short" || asked.kind == "full" ? Fate::kHalf : Fate::kFails;
  }

  void Log(long result, const std::string& other, std::string_view data = "") const {
    const Asked& asked = TheAsked();
    if (number_ == 0 || asked.log < 0) return;
    const int kept = errno;
    const std::string line = std::to_string(number_) + "\t" + name_ + "\t" +
                             std::to_string(result) + "\t" + path_ + "\t" + other + "\n";
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    syscall(SYS_write, asked.log, line.data(), line.size());
    if (result > 0) syscall(SYS_write, asked.data, data.data(), static_cast<std::size_t>(result));
    errno = kept;
  }

  const char* name_;
  std::string path_;
  long number_ = 0;  // 0: of no interest
  int reason_ = 0;
  Fate fate_ = Fate::kGoesWell;
};

// The C library's own function of this name and type.
template <typename Function>
Function* Next(Function*, const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}
#define NEXT(function) Next(static_cast<decltype(&::function)>(nullptr), #function)

// What opening a file does to it: the name of the call in the log.
const char* Opening(const char* path, int flags) {
  if ((flags & O_TRUNC) != 0) return "truncate";
  return (flags & O_CREAT) != 0 && access(path, F_OK) != 0 ? "create" : "open";
}

template <typename Real>
int Open(const char* path, int flags, Real real) {
  const Need need = (flags & O_CREAT) != 0 ? Need::kSpace : Need::kNothing;
  return Call(Opening(path, flags), Absolute(path), need).Through(real, -1);
}

template <typename Real>
FILE* OpenStream(const char* path, const char* mode, Real real) {
  const int flags = *mode == 'r' ? 0 : *mode == 'w' ? O_CREAT | O_TRUNC : O_CREAT;
  return Call(Opening(path, flags), Absolute(path), flags == 0 ? Need::kNothing : Need::kSpace)
      .Through(real, static_cast<FILE*>(nullptr));
}

// Closes even where it says that it failed, as the kernel does.
template <typename Real>
int Close(int descriptor, Real real) {
  Call call("close", PathOf(descriptor));
  const int closed = call.fate() == Fate::kFails ? real() : 0;
  return closed != 0 ? closed : call.Through(real, -1);
}

template <typename Real>
int OnPath(const char* name, const char* path, Real real, Need need = Need::kNothing) {
  return Call(name, Absolute(path), need).Through(real, -1);
}

mode_t ModeFrom(int flags, va_list rest) {
  return (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
}

}  // namespace

extern "C" {

#define OPEN(function)                                                           \
  int function(const char* path, int flags, ...) {                               \
    va_list rest;                                                                \
    va_start(rest, flags);                                                       \
    const mode_t mode = ModeFrom(flags, rest);                                   \
    va_end(rest);                                                                \
    return Open(path, flags, [&] { return NEXT(function)(path, flags, mode); }); \
  }
OPEN(open)
OPEN(open64)

#define FOPEN(function)                                                        \
  FILE* function(const char* path, const char* mode) {                         \
    return OpenStream(path, mode, [&] { return NEXT(function)(path, mode); }); \
  }
FOPEN(fopen)
FOPEN(fopen64)

#define PWRITE(function, Offset)                                                            \
  ssize_t function(int descriptor, const void* data, size_t size, Offset place) {           \
    return Call("write", PathOf(descriptor), Need::kSpace)                                  \
        .Write({static_cast<const char*>(data), size}, place,                               \
               [&](size_t some) { return NEXT(function)(descriptor, data, some, place); }); \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define FTRUNCATE(function, Offset)                                                           \
  int function(int descriptor, Offset size) noexcept {                                        \
    return Call("resize", PathOf(descriptor))                                                 \
        .Through([&] { return NEXT(function)(descriptor, size); }, -1, std::to_string(size)); \
  }
FTRUNCATE(ftruncate, off_t)
FTRUNCATE(ftruncate64, off64_t)

// 0, or the reason itself.
#define ALLOCATE(function, Offset)                                                \
  int function(int descriptor, Offset place, Offset size) {                       \
    const int failed = Call("allocate", PathOf(descriptor), Need::kSpace)         \
                           .Through(                                              \
                               [&] {                                              \
                                 errno = NEXT(function)(descriptor, place, size); \
                                 return errno == 0 ? 0 : -1;                      \
                               },                                                 \
                               -1, std::to_string(place + size));                 \
    return failed == 0 ? 0 : errno;                                               \
  }
ALLOCATE(posix_fallocate, off_t)
ALLOCATE(posix_fallocate64, off64_t)

ssize_t write(int descriptor, const void* data, size_t size) {
  Call call("write", PathOf(descriptor), Need::kSpace);
  const long place = lseek(descriptor, 0, SEEK_CUR);
  return call.Write({static_cast<const char*>(data), size}, place,
                    [&](size_t some) { return NEXT(write)(descriptor, data, some); });
}

ssize_t writev(int descriptor, const iovec* parts, int count) {
  std::string all;
  for (int i = 0; i < count; ++i)
    all.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
  return write(descriptor, all.data(), all.size());
}

ssize_t read(int descriptor, void* data, size_t size) {
  return Call("read", PathOf(descriptor))
      .Through([&] { return NEXT(read)(descriptor, data, size); }, ssize_t{-1});
}

int close(int descriptor) {
  return Close(descriptor, [&] { return NEXT(close)(descriptor); });
}
int fclose(FILE* file) {
  return Close(fileno(file), [&] { return NEXT(fclose)(file); });
}
int fsync(int descriptor) {
  return Call("sync", PathOf(descriptor)).Through([&] { return NEXT(fsync)(descriptor); }, -1);
}
int rename(const char* from, const char* to) noexcept {
  return Call("rename", Absolute(from), Need::kSpace)
      .Through([&] { return NEXT(rename)(from, to); }, -1, Absolute(to));
}
int mkdir(const char* path, mode_t mode) noexcept {
  return OnPath(
      "mkdir", path, [&] { return NEXT(mkdir)(path, mode); }, Need::kSpace);
}
int unlink(const char* path) noexcept {
  return OnPath("remove", path, [&] { return NEXT(unlink)(path); });
}
int rmdir(const char* path) noexcept {
  return OnPath("remove", path, [&] { return NEXT(rmdir)(path); });
}
int remove(const char* path) noexcept {
  return OnPath("remove", path, [&] { return NEXT(remove)(path); });
}

}  // extern "C"
