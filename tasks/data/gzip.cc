#include "tasks/data/gzip.h"

#include <fmt/format.h>
#include <zlib.h>

#include <stdexcept>
#include <vector>

#include "suite/base/error.h"

namespace plasticity {

struct GzipReader::State {
  gzFile file = nullptr;
};

bool IsGzip(const std::string& bytes) { return bytes.starts_with("\x1f\x8b"); }

GzipReader::GzipReader(const std::filesystem::path& path) : state_(std::make_unique<State>()) {
  state_->file = gzopen(path.c_str(), "rb");
  if (state_->file == nullptr) throw std::runtime_error("it cannot be opened");
  gzbuffer(state_->file, 1 << 18);
}

GzipReader::~GzipReader() {
  if (state_->file != nullptr) gzclose(state_->file);
}

std::size_t GzipReader::Read(char* data, std::size_t size) {
  const int got = gzread(state_->file, data, static_cast<unsigned>(size));
  int code = Z_OK;
  const char* reason = gzerror(state_->file, &code);
  // A file that is cut short gives its last bytes together with Z_BUF_ERROR.
  if (got < 0 || code == Z_BUF_ERROR) {
    throw std::runtime_error(code == Z_BUF_ERROR ? "unexpected end of file" : reason);
  }
  return static_cast<std::size_t>(got);
}

std::shared_ptr<const std::string> Gunzip(std::shared_ptr<const std::string> bytes,
                                          const std::string& label, std::size_t most) {
  if (!IsGzip(*bytes)) return bytes;
  auto unpacked = std::make_shared<std::string>();
  std::vector<unsigned char> block(1 << 18);
  z_stream stream = {};
  constexpr int kGzipOnly = 16;
  if (inflateInit2(&stream, MAX_WBITS + kGzipOnly) != Z_OK) throw RunError("zlib cannot start.");
  stream.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(bytes->data()));
  stream.avail_in = static_cast<unsigned>(bytes->size());
  int status = Z_OK;
  while (status == Z_OK && unpacked->size() < most) {
    stream.next_out = block.data();
    stream.avail_out = static_cast<unsigned>(block.size());
    status = inflate(&stream, Z_NO_FLUSH);
    unpacked->append(reinterpret_cast<const char*>(block.data()), block.size() - stream.avail_out);
  }
  const std::string reason = stream.msg != nullptr ? stream.msg : "unexpected end of file";
  inflateEnd(&stream);
  if (unpacked->size() > most) unpacked->resize(most);
  if (status == Z_STREAM_END || unpacked->size() == most) return unpacked;
  throw InputError(
      fmt::format("{} is cut short or damaged ({}). Copy or download it again.", label, reason));
}

}  // namespace plasticity
