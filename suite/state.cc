#include "suite/state.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "suite/base/digest.h"
#include "suite/base/error.h"
#include "suite/base/files.h"
#include "suite/base/json_text.h"
#include "suite/base/memory.h"

namespace plasticity {
namespace {

constexpr const char* kFormat = "plasticity checkpoint 3";

const std::map<std::string, at::ScalarType>& TensorTypes() {
  static const std::map<std::string, at::ScalarType> types = {
      {"float32", at::kFloat}, {"float64", at::kDouble}, {"bfloat16", at::kBFloat16},
      {"int64", at::kLong},    {"int32", at::kInt},      {"int16", at::kShort},
      {"bool", at::kBool},     {"uint8", at::kByte}};
  return types;
}

std::string TypeName(at::ScalarType type) {
  for (const auto& [name, candidate] : TensorTypes()) {
    if (candidate == type) return name;
  }
  throw RunError(fmt::format("a checkpoint cannot hold tensors of type {}.", at::toString(type)));
}

}  // namespace

void VisitTensors(StateVisitor& visitor, NamedTensors& tensors) {
  for (auto& [name, tensor] : tensors) visitor.Tensor(name, tensor);
}

void VisitTensors(StateVisitor& visitor, const std::string& list, NamedTensors& tensors) {
  nlohmann::json names = nlohmann::json::array();
  for (const auto& [name, tensor] : tensors) names.push_back(name);
  visitor.Json(list, names);
  for (const nlohmann::json& name : names) tensors[name];
  VisitTensors(visitor, tensors);
}

bool Snapshot::Has(const std::string& prefix) const {
  const auto starts = [&](const auto& named) {
    const auto found = named.lower_bound(prefix);
    return found != named.end() && found->first.rfind(prefix, 0) == 0;
  };
  return starts(tensors) || starts(values);
}

void Snapshot::Drop(const std::string& prefix) {
  const auto starts = [&](const auto& item) { return item.first.rfind(prefix, 0) == 0; };
  std::erase_if(tensors, starts);
  std::erase_if(values, starts);
}

void StateSaver::Tensor(const std::string& name, at::Tensor& tensor) {
  if (!tensor.defined()) return;
  snapshot_.tensors[name] = tensor.detach().to(at::kCPU).clone(at::MemoryFormat::Contiguous);
}

void StateSaver::Json(const std::string& name, nlohmann::json& value) {
  snapshot_.values[name] = value;
}

void StateLoader::Tensor(const std::string& name, at::Tensor& tensor) {
  const auto found = snapshot_.tensors.find(name);
  if (found == snapshot_.tensors.end()) {
    if (tensor.defined()) throw RunError("the checkpoint has no tensor '" + name + "'.");
    return;
  }
  if (!tensor.defined()) {
    tensor = found->second.to(device_, found->second.scalar_type(), false, true);
    return;
  }
  if (tensor.sizes() != found->second.sizes()) {
    if (tensor.requires_grad())
      throw RunError("the checkpoint's '" + name + "' has another shape.");
    tensor.resize_(found->second.sizes());
  }
  tensor.detach().copy_(found->second);
}

void StateCounter::Tensor(const std::string&, at::Tensor& tensor) {
  if (tensor.defined()) bytes_ += static_cast<std::int64_t>(tensor.nbytes());
}

void StateLoader::Json(const std::string& name, nlohmann::json& value) {
  const auto found = snapshot_.values.find(name);
  if (found == snapshot_.values.end())
    throw RunError("the checkpoint has no value '" + name + "'.");
  value = found->second;
}

void WriteSnapshot(const std::filesystem::path& path, const Snapshot& snapshot) {
  nlohmann::json header = {
      {"format", kFormat}, {"values", snapshot.values}, {"tensors", nlohmann::json::array()}};
  std::uint64_t bytes = 0;
  for (const auto& [name, tensor] : snapshot.tensors) {
    header["tensors"].push_back({{"name", name},
                                 {"type", TypeName(tensor.scalar_type())},
                                 {"shape", tensor.sizes().vec()}});
    bytes += tensor.nbytes();
  }
  header["bytes"] = bytes;
  WriteAtomically(path, [&](const std::filesystem::path& temporary) {
    std::ofstream file(temporary, std::ios::binary);
    Digest digest;
    const auto write = [&](const void* data, std::size_t size) {
      digest.Add(data, size);
      file.write(static_cast<const char*>(data), static_cast<std::streamsize>(size));
    };
    const std::string line = header.dump() + "\n";
    write(line.data(), line.size());
    for (const auto& [name, tensor] : snapshot.tensors)
      write(tensor.const_data_ptr(), tensor.nbytes());
    file << digest.Hex();
    file.close();
    if (!file) CannotWrite(path, errno);
  });
}

Snapshot ReadSnapshot(const std::filesystem::path& path) {
  const RunError not_ours(
      path.string() + " is not a checkpoint of this version. Delete it to start the cell anew.");
  const RunError cut_short(path.string() + " is cut short. Delete it to start the cell anew.");
  const RunError changed(path.string() +
                         " was changed since it was written: its digest is another. Delete it to "
                         "start the cell anew.");
  if (!std::filesystem::is_regular_file(path)) throw not_ours;
  auto left = static_cast<std::int64_t>(std::filesystem::file_size(path));
  std::ifstream file(path, std::ios::binary);
  const auto check = [&](const RunError& wrong) {  // the disk's errors are not the file's
    if (!file.is_open() || file.bad())
      throw RunError("cannot read " + path.string() + ": " + std::strerror(errno) + ".");
    if (!file) throw wrong;
  };
  std::string line;
  std::getline(file, line);
  check(not_ours);
  left -= std::ssize(line) + 1;
  Digest digest;
  digest.Add((line + "\n").data(), line.size() + 1);
  Snapshot snapshot;
  try {
    const nlohmann::json header = ParseJson(line, path.string());
    if (header.at("format") != kFormat || !header.at("values").is_object()) throw not_ours;
    for (const auto& [name, value] : header.at("values").items()) snapshot.values[name] = value;
    for (const nlohmann::json& entry : header.at("tensors")) {
      const auto type = TensorTypes().find(entry.at("type").get<std::string>());
      if (type == TensorTypes().end()) throw not_ours;
      for (const nlohmann::json& size : entry.at("shape"))
        if (!size.is_number_unsigned()) throw not_ours;
      const auto shape = entry.at("shape").get<std::vector<std::int64_t>>();
      const auto each = static_cast<std::int64_t>(at::elementSize(type->second));
      // Nothing is made before it is known to be there.
      const std::int64_t bytes = TensorBytes(shape, each).value_or(left + 1);
      if (bytes > left) throw cut_short;
      left -= bytes;
      at::Tensor tensor = at::empty(shape, type->second);
      file.read(static_cast<char*>(tensor.mutable_data_ptr()), bytes);
      digest.Add(tensor.const_data_ptr(), tensor.nbytes());
      snapshot.tensors[entry.at("name").get<std::string>()] = tensor;
    }
  } catch (const nlohmann::json::exception&) {
    throw not_ours;
  } catch (const InputError&) {  // no JSON
    throw not_ours;
  }
  const std::string expected = digest.Hex();
  std::string written(expected.size(), '\0');
  file.read(written.data(), std::ssize(written));
  check(cut_short);
  if (written != expected || file.peek() != std::ifstream::traits_type::eof()) throw changed;
  return snapshot;
}

}  // namespace plasticity
