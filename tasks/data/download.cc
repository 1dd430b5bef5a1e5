#include "tasks/data/download.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>

#include "suite/base/error.h"
#include "suite/base/text.h"
#include "tasks/data/progress.h"

namespace plasticity {
namespace {

constexpr int kFruitlessTries = 3;
constexpr long kConnectSeconds = 30;
constexpr long kStallSeconds = 60;

// One request and the file that it adds to.
struct Transfer {
  CURL* curl = nullptr;
  int file = -1;
  std::int64_t start = 0;         // of the file's bytes that were there before the request
  std::int64_t written = 0;       // the file's size now
  std::int64_t total = 0;         // of the whole, as the server tells; 0: unknown
  std::int64_t range_start = -1;  // of the server's answer
  int write_error = 0;
  Progress* progress = nullptr;
};

long StatusOf(CURL* curl) {
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  return status;
}

// "Content-Range: bytes 100-199/200" and, of a refused range, "bytes */200".
std::size_t OnHeader(char* data, std::size_t, std::size_t size, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  const std::string line(data, size);
  long long start = -1;
  long long end = -1;
  long long total = 0;
  constexpr std::string_view kName = "content-range:";
  if (line.size() > kName.size() && strncasecmp(line.c_str(), kName.data(), kName.size()) == 0) {
    const char* value = line.c_str() + kName.size();
    if (std::sscanf(value, " bytes %lld-%lld/%lld", &start, &end, &total) >= 2) {
      transfer->range_start = start;
      transfer->total = total;
    } else if (std::sscanf(value, " bytes */%lld", &total) == 1) {
      transfer->total = total;
    }
  }
  return size;
}

std::size_t OnData(char* data, std::size_t, std::size_t size, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  const long status = StatusOf(transfer->curl);
  if (status >= 300) return size;  // an error page
  if (status != 206 && transfer->start > 0) {
    // The server sends the whole: it knows no ranges.
    if (::ftruncate(transfer->file, 0) != 0) transfer->write_error = errno;
    transfer->start = transfer->written = 0;
  }
  if (status == 206 && transfer->range_start != transfer->start) return 0;
  std::size_t done = 0;
  while (done < size && transfer->write_error == 0) {
    const ssize_t got = ::pwrite(transfer->file, data + done, size - done, transfer->written);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      transfer->write_error = got < 0 ? errno : ENOSPC;
      break;
    }
    done += static_cast<std::size_t>(got);
    transfer->written += got;
  }
  curl_off_t length = -1;
  if (transfer->total == 0 &&
      curl_easy_getinfo(transfer->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length) == CURLE_OK &&
      length > 0) {
    transfer->total = transfer->start + length;
  }
  transfer->progress->Show(transfer->written, transfer->total);
  return transfer->write_error == 0 ? size : 0;
}

bool IsWorthAnotherTry(CURLcode code, long status) {
  switch (code) {
    case CURLE_OK:
      return status >= 500;
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return true;
    default:
      return false;
  }
}

CURLcode Perform(const std::string& url, Transfer* transfer, char* message) {
  CURL* curl = transfer->curl;
  const std::string range = std::to_string(transfer->start) + "-";
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "plasticity");
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, kStallSeconds);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &OnHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &OnData);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
  curl_easy_setopt(curl, CURLOPT_RANGE, transfer->start > 0 ? range.c_str() : nullptr);
  return curl_easy_perform(curl);
}

}  // namespace

void Download(const std::string& url, const std::filesystem::path& part, bool show_progress) {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(
      started == CURLE_OK ? curl_easy_init() : nullptr, &curl_easy_cleanup);
  if (!curl) throw RunError("libcurl cannot start.");
  const int file = ::open(part.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) {
    throw InputError(fmt::format("cannot write {}: {}.", part.string(), std::strerror(errno)));
  }
  const auto close_file = [](const int* descriptor) { ::close(*descriptor); };
  const std::unique_ptr<const int, decltype(close_file)> closer(&file, close_file);
  Progress progress("fetching " + url, "bytes", show_progress);
  std::int64_t size = ::lseek(file, 0, SEEK_END);
  for (int fruitless = 0;;) {
    Transfer transfer{.curl = curl.get(), .file = file, .start = size, .written = size};
    transfer.progress = &progress;
    char message[CURL_ERROR_SIZE] = "";
    const CURLcode code = Perform(url, &transfer, message);
    const long status = StatusOf(curl.get());
    const bool grew = transfer.written > size;
    if (code == CURLE_OK && status < 300) return;
    if (code == CURLE_OK && status == 416 && size > 0) {
      if (transfer.total == size) return;  // it was complete already
      if (::ftruncate(file, 0) != 0) transfer.write_error = errno;
      size = 0;  // not a part of what the server has
      if (transfer.write_error == 0) continue;
    }
    size = transfer.written;
    if (transfer.write_error != 0) {
      throw InputError(fmt::format(
          "cannot write {}: {}. {} bytes are kept; free some space and fetch again to go on.",
          part.string(), std::strerror(transfer.write_error), Grouped(size)));
    }
    fruitless = grew ? 0 : fruitless + 1;
    if (!IsWorthAnotherTry(code, status) || fruitless >= kFruitlessTries) {
      const std::string reason = code == CURLE_OK  ? fmt::format("the server answered {}", status)
                                 : message[0] != 0 ? message
                                                   : curl_easy_strerror(code);
      std::error_code ignored;
      if (size == 0) std::filesystem::remove(part, ignored);
      throw InputError(fmt::format("cannot fetch {}: {}. {}Check the network and fetch again.", url,
                                   reason, size > 0 ? Grouped(size) + " bytes are kept. " : ""));
    }
    if (!grew) ::sleep(static_cast<unsigned>(fruitless));
  }
}

}  // namespace plasticity
