#include "suite/engine/safetensors.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "suite/base/error.h"
#include "suite/base/files.h"
#include "suite/base/json_text.h"
#include "suite/base/memory.h"

namespace plasticity {
namespace {

constexpr std::pair<const char*, at::ScalarType> kTypes[] = {
    {"F32", at::kFloat}, {"F64", at::kDouble}, {"I64", at::kLong}, {"BOOL", at::kBool}};

const char* NameOf(at::ScalarType type) {
  for (const auto& [name, known] : kTypes)
    if (known == type) return name;
  throw RunError("safetensors: no name for tensors of this type.");
}

at::ScalarType TypeOf(const std::string& asked) {
  for (const auto& [name, type] : kTypes)
    if (asked == name) return type;
  throw InputError("holds a tensor of type " + asked +
                   ", which is not float32, float64, int64 or bool");
}

// Throws InputError with the reason alone.
Snapshot FromSafetensors(std::string_view bytes) {
  std::uint64_t length = 0;
  if (bytes.size() < sizeof(length)) throw InputError("is too short for a safetensors file");
  std::memcpy(&length, bytes.data(), sizeof(length));
  bytes.remove_prefix(sizeof(length));
  if (length > bytes.size()) throw InputError("is no safetensors file, or cut short");
  const nlohmann::json header = ParseJson(bytes.substr(0, length), "has a header that is no JSON");
  if (!header.is_object()) throw InputError("is no safetensors file");
  bytes.remove_prefix(length);
  Snapshot snapshot;
  try {
    for (const auto& [name, entry] : header.items()) {
      if (name == "__metadata__") {
        for (const auto& [key, text] : entry.items())
          snapshot.values[key] = ParseJson(text.get<std::string>(), "has a value that is no JSON");
        continue;
      }
      for (const nlohmann::json& size : entry.at("shape"))
        if (!size.is_number_unsigned()) throw InputError("has a tensor of no shape");
      const auto shape = entry.at("shape").get<std::vector<std::int64_t>>();
      const at::ScalarType type = TypeOf(entry.at("dtype"));
      const auto from = entry.at("data_offsets").at(0).get<std::uint64_t>();
      const auto to = entry.at("data_offsets").at(1).get<std::uint64_t>();
      const auto needed = TensorBytes(shape, static_cast<std::int64_t>(at::elementSize(type)));
      if (from > to || to > bytes.size() || !needed ||
          to - from != static_cast<std::uint64_t>(*needed))
        throw InputError("is cut short, or its header is wrong");
      at::Tensor tensor = at::empty(shape, type);
      std::memcpy(tensor.mutable_data_ptr(), bytes.data() + from, to - from);
      snapshot.tensors[name] = tensor;
    }
  } catch (const nlohmann::json::exception&) {
    throw InputError("has a header that safetensors files do not have");
  }
  return snapshot;
}

}  // namespace

std::string ToSafetensors(const Snapshot& snapshot) {
  nlohmann::json header = nlohmann::json::object();
  for (const auto& [name, value] : snapshot.values) header["__metadata__"][name] = value.dump();
  std::string data;
  for (const auto& [name, tensor] : snapshot.tensors) {
    const at::Tensor plain = tensor.detach().cpu().contiguous();
    const std::size_t from = data.size();
    data.append(static_cast<const char*>(plain.const_data_ptr()), plain.nbytes());
    header[name] = {{"dtype", NameOf(plain.scalar_type())},
                    {"shape", plain.sizes().vec()},
                    {"data_offsets", {from, data.size()}}};
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const std::uint64_t length = text.size();
  std::string file(sizeof(length), '\0');
  std::memcpy(file.data(), &length, sizeof(length));
  return file + text + data;
}

Snapshot ReadSafetensors(const std::filesystem::path& path) {
  const std::string bytes = ReadFile(path);
  try {
    return FromSafetensors(bytes);
  } catch (const InputError& error) {
    throw InputError(fmt::format("{} {}.", path.string(), error.what()));
  }
}

}  // namespace plasticity
