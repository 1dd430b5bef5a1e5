#include "suite/program/features.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "suite/base/error.h"
#include "suite/base/files.h"
#include "suite/base/placed_error.h"
#include "suite/base/text.h"
#include "suite/engine/cell.h"
#include "suite/engine/cell_lab.h"
#include "suite/engine/progress_bar.h"
#include "suite/engine/safetensors.h"
#include "suite/engine/session.h"
#include "suite/ops/cka.h"

namespace plasticity {
namespace {

// The network that a Result keeps, and the data that it learned from, or others of its shape.
class KeptNetwork {
 public:
  KeptNetwork(const std::filesystem::path& path, const std::string& other_data, at::Device device)
      : result_(KeptResult(path)),
        cell_{.request = result_.request,
              .run_id = result_.run_id,
              .data = WithPlace(path.string(), [&] { return DataOf(result_); }),
              .seed = result_.request.at("seed")},
        bar_("", false),
        session_({.checkpoint = {}, .checkpoint_every_s = 1e18, .device = device}, bar_),
        lab_(cell_, device, session_, {}),
        data_(lab_.Open(0)) {
    if (!other_data.empty()) data_ = lab_.Open(other_data, 0, data_);
    learner_ = &lab_.NewLearner("learner", data_, {});
    lab_.TakeNetwork(
        *learner_,
        ReadSafetensors(path.parent_path() / result_.artifacts.at(kNetworkArtifact).file),
        other_data.empty());
  }

  const Splits& data() const { return data_; }
  // [size, count] float32
  at::Tensor Features(const Samples& samples) { return lab_.Features(*learner_, samples); }

 private:
  Result result_;
  Cell cell_;
  ProgressBar bar_;
  Session session_;
  CellLab lab_;
  Splits data_;
  Learner* learner_ = nullptr;
};

void Write(KeptNetwork& network, const std::filesystem::path& output) {
  const Splits& data = network.data();
  Snapshot written;
  std::int64_t count = 0;
  for (const auto& [split, samples] :
       {std::pair{"train", &data.train}, std::pair{"test", &data.test}}) {
    if (samples->size() == 0) continue;
    const at::Tensor features = network.Features(*samples);
    count = features.size(1);
    written.tensors[fmt::format("{}.features", split)] = features;
    written.tensors[fmt::format("{}.labels", split)] = at::tensor(samples->label, at::kLong);
  }
  WriteFileAtomically(output, ToSafetensors(written));
  fmt::print("{}: {} features of {} training and {} test images\n", output.string(), Grouped(count),
             Grouped(data.train.size()), Grouped(data.test.size()));
}

void Compare(KeptNetwork& network, const FeaturesCommand& command, at::Device device) {
  constexpr std::int64_t kImages = 2000;
  KeptNetwork other(command.compare, command.data, device);
  const Splits &data = network.data(), &others = other.data();
  if (data.set->fingerprint != others.set->fingerprint)
    throw InputError(fmt::format("{} and {} learned from other data. Name one set: --data NAME.",
                                 command.result.string(), command.compare.string()));
  const bool tested = data.test.size() > 0 && others.test.size() > 0;
  const Samples images = First(tested ? data.test : data.train, kImages);
  const at::Tensor x = network.Features(images), y = other.Features(images);
  fmt::print("linear CKA {:.4f}, debiased {:.4f} ({} {} images)\n", LinearCka(x, y),
             LinearCkaDebiased(x, y), Grouped(images.size()), tested ? "test" : "training");
}

}  // namespace

void WriteFeatures(const FeaturesCommand& command, at::Device device) {
  if (command.output.empty() && command.compare.empty())
    throw InputError("nothing to do: give --output FILE, --compare RESULT, or both.");
  if (!command.output.empty()) CheckWritable(command.output);
  if (!command.output.empty() && command.output.extension() != ".safetensors")
    throw InputError(command.output.string() +
                     ": features are written as safetensors. Let the name end in .safetensors.");
  KeptNetwork network(command.result, command.data, device);
  if (!command.output.empty()) Write(network, command.output);
  if (!command.compare.empty()) Compare(network, command, device);
}

}  // namespace plasticity
