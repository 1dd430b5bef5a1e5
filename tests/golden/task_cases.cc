#include "tests/golden/task_cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "suite/engine/tally.h"
#include "suite/ops/cka.h"
#include "tasks/changes/attacks.h"
#include "tasks/changes/corruptions.h"
#include "tasks/decoders/upsampling.h"
#include "tasks/metrics/images.h"
#include "tasks/metrics/representation.h"

namespace plasticity {
namespace {

Judgement Judge(const Case& given, int bins) {
  const at::Tensor scores = given.Input("logits").to(at::kDouble);
  Tally tally(scores.size(1), true, bins);
  tally.Add(scores, given.Input("labels"));
  return tally.Finish();
}

template <typename Value>
at::Tensor Vector(const std::vector<Value>& values) {
  return at::tensor(std::vector<double>(values.begin(), values.end()), at::kDouble);
}

// ------------------------------------------------------------------------------- corruptions

// [h, w, c] as [c, h, w].
at::Tensor Planar(const at::Tensor& image) { return image.permute({2, 0, 1}).contiguous(); }

std::vector<double> Draws(const Case& given, const std::string& name) {
  const auto found = given.inputs.find(name);
  if (found == given.inputs.end()) return {};
  const at::Tensor planar = Planar(found->second.to(at::kDouble));
  return {planar.const_data_ptr<double>(), planar.const_data_ptr<double>() + planar.numel()};
}

std::vector<double> Constants(const json& all, int severity) {
  const json& constant = all.at(static_cast<std::size_t>(severity - 1));
  if (constant.is_array()) return constant.get<std::vector<double>>();
  return {constant.get<double>()};
}

// [h, w, c] float64, before it is cut to 8 bits.
at::Tensor CorruptedImage(const Case& given, const std::string& name,
                          const std::vector<double>& constants, int severity) {
  const at::Tensor image = Planar(given.Input("image")).to(at::kByte).contiguous();
  const ImageShape shape = {static_cast<int>(image.size(0)), static_cast<int>(image.size(1)),
                            static_cast<int>(image.size(2))};
  const NoiseDraws draws = {.normal = Draws(given, "z"),
                            .photons = Draws(given, fmt::format("poisson_s{}", severity)),
                            .flips = Draws(given, "u_flip"),
                            .salt = Draws(given, "u_salt")};
  const std::vector<double> values =
      Corrupted({name, constants}, shape, image.const_data_ptr<std::uint8_t>(), draws);
  return at::tensor(values, at::kDouble).view(image.sizes()).permute({1, 2, 0}).contiguous();
}

Tensors CorruptionConstants(const Case& given) {
  const int size = given.Param<int>("image_size");
  const ImageShape shape = {3, size, size};
  Tensors computed;
  for (const std::string& name : Corruptions(3)) {
    std::vector<double> all;
    for (int severity = 1; severity <= 5; ++severity) {
      const std::vector<double> constants = CorruptionOf(name, severity, shape).constants;
      all.insert(all.end(), constants.begin(), constants.end());
      if (name == "defocus_blur")
        computed[fmt::format("defocus_kernel_s{}", severity)] =
            Vector(DefocusKernel(constants[0], constants[1]));
    }
    computed[name] = Vector(all);
  }
  return computed;
}

}  // namespace

Tensors CalibrationCase(const Case& given) {
  Tensors computed;
  for (const int bins : given.Param<std::vector<int>>("bins")) {
    const Judgement judgement = Judge(given, bins);
    computed[fmt::format("ece{}_temperature_scaling", bins)] =
        Scalar(judgement.calibration_error.value());
    computed["accuracy"] = Scalar(judgement.accuracy().value());
    std::vector<double> count, confidence, right;
    for (const ConfidenceBin& bin : judgement.bins) {
      const double images = std::max<double>(1, static_cast<double>(bin.count));
      count.push_back(static_cast<double>(bin.count));
      confidence.push_back(bin.confidence / images);
      right.push_back(static_cast<double>(bin.right) / images);
    }
    computed[fmt::format("bin_count{}", bins)] = Vector(count);
    computed[fmt::format("bin_conf{}", bins)] = Vector(confidence);
    computed[fmt::format("bin_acc{}", bins)] = Vector(right);
  }
  return computed;
}

Tensors TopFiveCase(const Case& given) {
  const Judgement judgement = Judge(given, 15);
  std::vector<double> confusion, support;
  double present = 0, sum = 0;
  for (const std::vector<std::int64_t>& row : judgement.confusion) {
    confusion.insert(confusion.end(), row.begin(), row.end());
    double images = 0;
    for (const std::int64_t count : row) images += static_cast<double>(count);
    support.push_back(images);
  }
  for (const std::optional<double>& accuracy : judgement.accuracy_by_class()) {
    present += accuracy.has_value();
    sum += accuracy.value_or(0);
  }
  return {{"top1", Scalar(judgement.accuracy().value())},
          {"top5_lower_index_first", Scalar(judgement.top5().value())},
          {"pred", Vector(judgement.predicted)},
          {"confusion", Vector(confusion)},
          {"support", Vector(support)},
          {"balanced_sklearn", Scalar(sum / present)}};
}

Tensors ImageQualityCase(const Case& given) {
  const auto as_images = [&](const char* name) {
    const at::Tensor image = given.Input(name).to(at::kDouble);
    return (image.dim() == 2 ? image.unsqueeze(0) : Planar(image)).unsqueeze(0);
  };
  const at::Tensor a = as_images("a"), b = as_images("b");
  return {{"mse", MeanSquaredError(a, b)},
          {"psnr", PeakSignalToNoise(a, b)},
          {"ssim_wang", StructuralSimilarity(a, b)}};
}

Tensors LinearCkaCase(const Case& given) {
  const at::Tensor &x = given.Input("x"), &y = given.Input("y");
  return {{"cka", Scalar(LinearCka(x, y))}, {"cka_debiased", Scalar(LinearCkaDebiased(x, y))}};
}

Tensors DimensionsCase(const Case& given) {
  const at::Tensor& m = given.Input("m");
  const Dimensions dimensions = DimensionsOf(m);
  const Silence silence = SilenceOf(m);
  return {{"effective_rank", Scalar(dimensions.effective_rank)},
          {"participation_ratio", Scalar(dimensions.participation_ratio)},
          {"stable_rank_fro", Scalar(dimensions.stable_rank)},
          {"dead_units", Scalar(std::round(silence.dead * static_cast<double>(m.size(1))))},
          {"dead_fraction", Scalar(silence.dead)},
          {"dormant_fraction", Scalar(silence.dormant)}};
}

Tensors AnglesCase(const Case& given) {
  std::vector<double> cosines, degrees, defined;
  std::vector<at::Tensor> all_a, all_b;
  double sum = 0;
  for (int i = 0; i < given.Param<int>("tensors"); ++i) {
    const at::Tensor &a = given.Input(fmt::format("a.{}", i)),
                     &b = given.Input(fmt::format("b.{}", i));
    const double cosine = Cosine(a, b);
    const bool is_defined = std::isfinite(cosine);
    defined.push_back(is_defined);
    cosines.push_back(is_defined ? cosine : 0);
    degrees.push_back(is_defined ? Degrees(cosine) : 0);
    sum += degrees.back();
    all_a.push_back(a.flatten());
    all_b.push_back(b.flatten());
  }
  const double overall = Cosine(at::cat(all_a), at::cat(all_b));
  const auto count = static_cast<double>(std::count(defined.begin(), defined.end(), 1));
  return {{"cosine", Vector(cosines)},
          {"angle_deg", Vector(degrees)},
          {"defined", Vector(defined)},
          {"overall_cosine", Scalar(overall)},
          {"overall_angle_deg", Scalar(Degrees(overall))},
          {"mean_angle_deg", Scalar(sum / count)}};
}

Tensors CorruptionsCase(const Case& given) {
  if (given.inputs.count("image") == 0) return CorruptionConstants(given);
  const std::vector<std::string> names = Corruptions(3);
  Tensors computed;
  for (const std::string& name : names) {
    const bool noise = given.params.contains(name);  // a file of several, each with its constants
    const std::string rest = given.name.substr(given.name.find('_') + 1);
    if (!noise && rest.rfind(name + "_", 0) != 0) continue;
    const std::string prefix = noise ? name + "_" : "";
    for (const int severity : given.Param<std::vector<int>>("severities")) {
      const at::Tensor image = CorruptedImage(
          given, name, Constants(given.params.at(noise ? name : "constants"), severity), severity);
      at::Tensor cut = image.floor(), rows = image;
      const std::string s = fmt::format("s{}", severity);
      computed[prefix + "sum_uint8_" + s] = cut.sum();
      if (given.params.contains("float_rows"))
        rows =
            image.index_select(0, at::tensor(given.Param<std::vector<std::int64_t>>("float_rows")));
      if (given.params.contains("uint8_crop_rows_cols")) {
        const auto crop = given.Param<std::vector<std::int64_t>>("uint8_crop_rows_cols");
        cut = cut.slice(0, crop[0], crop[1]).slice(1, crop[2], crop[3]);
      }
      computed[prefix + "float_" + s] = rows;
      computed[prefix + "uint8_" + s] = cut;
    }
  }
  return computed;
}

Tensors AttacksCase(const Case& given) {
  const auto matrix = [&](const char* name) { return given.Input(name).to(at::kDouble); };
  const at::Tensor w1 = matrix("w1"), b1 = matrix("b1"), w2 = matrix("w2"), b2 = matrix("b2");
  const Scorer scores = [&](const at::Tensor& x) {
    return at::linear(at::relu(at::linear(x.flatten(1), w1, b1)), w2, b2);
  };
  const at::Tensor images = matrix("images"), &labels = given.Input("labels");
  Tensors computed;
  const auto look = [&](const std::string& name, const at::Tensor& shown) {
    computed["loss_" + name] = at::cross_entropy_loss(scores(shown), labels);
    computed["pred_" + name] = scores(shown).argmax(1);
  };
  look("clean", images);
  for (const char* size : {"2", "8"}) {
    const auto radius = given.Param<double>(std::string("eps_") + size);
    const AttackBounds bounds{Scalar(radius), Scalar(0), Scalar(1)};
    const double share = given.Param<double>(std::string("alpha_pgd_") + size) / radius;
    for (const auto& [name, attacked] :
         {std::pair{"fgsm_", Attacked(images, labels, scores, bounds, 1, 1)},
          std::pair{"pgd_", Attacked(images, labels, scores, bounds,
                                     given.Param<std::int64_t>("steps"), share)}}) {
      computed[std::string("adv_") + name + size] = attacked;
      look(std::string(name) + size, attacked);
    }
  }
  return computed;
}

Tensors DecoderCase(const Case& given) {
  const at::Tensor &maps = given.Input("x"), &target = given.Input("target");
  const auto channels = given.Param<std::vector<std::int64_t>>("channels");
  UpsamplingDecoder decoder({channels.at(0), channels.at(1), channels.at(2), channels.at(3)},
                            maps.size(2), target.size(2), target.size(3), Stream(1), at::kCPU,
                            given.Param<double>("lr"));
  const auto name = [](std::size_t i) {
    return fmt::format("decoder.{}.{}", i / 2 * 2, i % 2 == 0 ? "weight" : "bias");
  };
  for (std::size_t i = 0; i < 6; ++i) decoder.parameters()[i].detach().copy_(given.Input(name(i)));
  Tensors computed = {{"decoded", decoder.Decode(maps).detach().clone()}};
  std::vector<double> losses;
  for (std::int64_t step = 0; step < given.Param<std::int64_t>("steps"); ++step)
    losses.push_back(decoder.Learn(maps, target, {.step = step}).item<double>());
  computed["loss"] = Vector(losses);
  computed["loss_x1000_last"] = Scalar(losses.back() * 1000);
  for (std::size_t i = 0; i < 6; ++i)
    computed["final_norm." + name(i)] = decoder.parameters()[i].detach().norm();
  return computed;
}

}  // namespace plasticity
