#include "suite/engine/tensorboard.h"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/crc.hpp>
#include <cerrno>
#include <chrono>
#include <protozero/pbf_builder.hpp>

#include "suite/base/files.h"

namespace plasticity {
namespace {

// Fields of the messages that are written here.
enum class EventField : protozero::pbf_tag_type {
  kWallTime = 1,
  kStep = 2,
  kFileVersion = 3,
  kSummary = 5,
  kSessionLog = 7
};
enum class SessionLogField : protozero::pbf_tag_type { kStatus = 1 };
enum class SummaryField : protozero::pbf_tag_type { kValue = 1 };
enum class ValueField : protozero::pbf_tag_type {
  kTag = 1,
  kSimpleValue = 2,
  kTensor = 8,
  kMetadata = 9
};
enum class TensorField : protozero::pbf_tag_type { kType = 1, kShape = 2, kStrings = 8 };
enum class ShapeField : protozero::pbf_tag_type { kDimension = 2 };
enum class DimensionField : protozero::pbf_tag_type { kSize = 1 };
enum class MetadataField : protozero::pbf_tag_type { kPlugin = 1 };
enum class PluginField : protozero::pbf_tag_type { kName = 1 };

constexpr int kSessionStart = 1, kStringType = 7;

double Now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string LittleEndian(std::uint64_t value, int bytes) {
  std::string text;
  for (int byte = 0; byte < bytes; ++byte) text += static_cast<char>(value >> (8 * byte) & 0xFF);
  return text;
}

// A TFRecord's checksum: CRC-32C, turned and shifted, so that a checksum of checksums says
// something.
std::string MaskedCrc(const std::string& bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  const std::uint32_t sum = crc.checksum();
  return LittleEndian(((sum >> 15 | sum << 17) + 0xA282EAD8U) & 0xFFFFFFFFU, 4);
}

// An event at a step, with what `fill` adds.
template <typename Fill>
std::string Event(std::int64_t step, const Fill& fill) {
  std::string bytes;
  protozero::pbf_builder<EventField> event(bytes);
  event.add_double(EventField::kWallTime, Now());
  event.add_int64(EventField::kStep, step);
  fill(event);
  return bytes;
}

// An event with one value under a tag.
template <typename Fill>
std::string Summary(const std::string& tag, std::int64_t step, const Fill& fill) {
  return Event(step, [&](protozero::pbf_builder<EventField>& event) {
    protozero::pbf_builder<SummaryField> summary(event, EventField::kSummary);
    protozero::pbf_builder<ValueField> value(summary, SummaryField::kValue);
    value.add_string(ValueField::kTag, tag);
    fill(value);
  });
}

}  // namespace

TensorBoardFile::TensorBoardFile(const std::filesystem::path& folder, std::int64_t from) {
  const std::filesystem::path path =
      folder / fmt::format("events.out.tfevents.{:.0f}.plasticity.{}", Now() * 1e3, ::getpid());
  file_.open(path, std::ios::binary);
  if (!file_) CannotWrite(path, errno);
  using Builder = protozero::pbf_builder<EventField>;
  Write(Event(0,
              [](Builder& event) { event.add_string(EventField::kFileVersion, "brain.Event:2"); }));
  if (from == 0) return;
  Write(Event(from, [](Builder& event) {
    protozero::pbf_builder<SessionLogField> session(event, EventField::kSessionLog);
    session.add_enum(SessionLogField::kStatus, kSessionStart);
  }));
}

void TensorBoardFile::Scalar(const std::string& tag, std::int64_t step, double value) {
  Write(Summary(tag, step, [&](protozero::pbf_builder<ValueField>& summary) {
    summary.add_float(ValueField::kSimpleValue, static_cast<float>(value));
  }));
}

void TensorBoardFile::Text(const std::string& tag, std::int64_t step, const std::string& text) {
  Write(Summary(tag, step, [&](protozero::pbf_builder<ValueField>& summary) {
    {
      protozero::pbf_builder<TensorField> tensor(summary, ValueField::kTensor);
      tensor.add_enum(TensorField::kType, kStringType);
      {
        protozero::pbf_builder<ShapeField> shape(tensor, TensorField::kShape);
        protozero::pbf_builder<DimensionField> dimension(shape, ShapeField::kDimension);
        dimension.add_int64(DimensionField::kSize, 1);
      }
      tensor.add_bytes(TensorField::kStrings, text);
    }
    protozero::pbf_builder<MetadataField> metadata(summary, ValueField::kMetadata);
    protozero::pbf_builder<PluginField> plugin(metadata, MetadataField::kPlugin);
    plugin.add_string(PluginField::kName, "text");
  }));
}

void TensorBoardFile::Write(const std::string& event) {
  const std::string length = LittleEndian(event.size(), 8);
  file_ << length << MaskedCrc(length) << event << MaskedCrc(event) << std::flush;
}

}  // namespace plasticity
