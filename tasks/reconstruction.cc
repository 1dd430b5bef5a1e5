// Reconstruction: how much of an image a frozen block's maps still tell, judged by a decoder that
// is trained to give the image back. In two modes: a decoder of each block learns from training
// images and is judged on test images, bare and with noise that the network sees and the target
// does not; and, as SPHeRe's reconstruction/run.py has it, a decoder is trained on one image alone,
// whose error in its last step counts. Source of decoder and second mode: that script, whose 100
// steps of Adam at 1e-3 and error x 1000 are followed. Differs: test images of the data set instead
// of one picture of 1024 x 1024, and the network's running statistics instead of that picture's
// own.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <cmath>

#include "suite/base/error.h"
#include "suite/learning.h"
#include "suite/task.h"
#include "tasks/changes/pixels.h"
#include "tasks/decoders/upsampling.h"
#include "tasks/metrics/images.h"
#include "tasks/metrics/picture_grid.h"

namespace plasticity {
namespace {

// What a block makes of images, without gradients; the last block's is what the rule calls its own.
at::Tensor MapsOf(Learner& learner, std::size_t block, const at::Tensor& images) {
  const at::NoGradGuard no_gradients;
  return block == learner.network().blocks().size() ? learner.rule().Encode(images)
                                                    : learner.network().Through(images, block);
}

// A decoder of one block's maps, as the lab trains it.
class BlockDecoder final : public Trainable {
 public:
  BlockDecoder(Learner& learner, std::size_t block, const PixelScale& scale,
               UpsamplingDecoder decoder)
      : learner_(learner), block_(block), scale_(scale), decoder_(std::move(decoder)) {}

  at::Tensor Step(const Batch& batch, const Progress& progress) override {
    return decoder_.Learn(MapsOf(learner_, block_, batch.images), scale_.ToPixels(batch.images),
                          progress);
  }
  void Visit(StateVisitor& visitor) override { decoder_.Visit(visitor); }

  // Pixels of normalised images.
  at::Tensor Decode(const at::Tensor& images) const {
    const at::NoGradGuard no_gradients;
    return decoder_.Decode(MapsOf(learner_, block_, images));
  }

 private:
  Learner& learner_;
  std::size_t block_;
  const PixelScale& scale_;
  UpsamplingDecoder decoder_;
};

class Reconstruction final : public Task {
 public:
  static TaskInfo Describe() {
    return {.name = "reconstruction",
            .version = 1,
            .summary = "learn features, then get the images back from each block's maps",
            .metrics =
                {{.name = "reconstruction.psnr",
                  .unit = "dB",
                  .definition = "peak signal-to-noise ratio of test images decoded from the last "
                                "block, averaged over images"},
                 {.name = "reconstruction.psnr.*",
                  .unit = "dB",
                  .definition = "the same from each block, of images with noise of so large a "
                                "deviation (pixels 0 to 1)"},
                 {.name = "reconstruction.mse.*",
                  .unit = "squared pixels",
                  .definition = "mean squared error, likewise, against the image without noise",
                  .higher_is_better = false},
                 {.name = "reconstruction.ssim.*",
                  .unit = "",
                  .definition = "structural similarity (Wang et al. 2004), likewise"},
                 {.name = "one_image.mse1000.*",
                  .unit = "squared pixels / 1000",
                  .definition = "1000 times the mean squared error of a decoder of the last block "
                                "in its last step on one image alone, averaged over images",
                  .higher_is_better = false}},
            .common = {{"data", "cifar10"},
                       {"network", "sphere-cnn"},
                       {"readout", "linear"},
                       {"precision", "float32"},
                       {"set", {{"network.width", 0.25}}}}};
  }

  explicit Reconstruction(Params& params)
      : learning_(Learning::Declare(params)),
        decoder_images_(params.Integer("decoder_images", 10000, Range{.min = 1},
                                       "training images that a decoder learns from, the first by "
                                       "index",
                                       "images")),
        passes_{params.Integer("decoder_epochs", 5, Range{.min = 1}, "passes over them"),
                params.Integer("decoder_batch", 64, Range{.min = 1}, "images a step", "images")},
        learning_rate_(params.Real("decoder_rate", 1e-3, kPositive, "Adam's step size")),
        test_images_(params.Integer("test_images", 1000, Range{.min = 1},
                                    "test images that are decoded, the first by index", "images")),
        noise_(params.List("noise", {0, 0.1, 0.2}, kNonNegative,
                           "deviations of the Gaussian noise on test images, pixels 0 to 1")),
        single_images_(params.Integer("single_images", 2, kNonNegative,
                                      "test images that a decoder of their own is trained on",
                                      "images")),
        single_steps_(params.Integer("single_steps", 100, Range{.min = 1}, "its steps")) {}

  void Run(Lab& lab) override {
    const Splits data = lab.Open(learning_.validation_images);
    Learner& learner = lab.NewLearner("learner", data);
    const std::size_t blocks = learner.network().blocks().size();
    const PixelScale scale = PixelScale::Of(*data.set, learner.network());
    std::vector<std::unique_ptr<BlockDecoder>> decoders;
    for (std::size_t block = 1; block <= blocks; ++block) {
      decoders.push_back(std::make_unique<BlockDecoder>(
          learner, block, scale,
          NewDecoder(lab, learner, data, block, fmt::format("decoder.block{}", block))));
    }
    lab.Train(learner, learning_.images(lab, learner, data), learning_.budget());

    const Samples test = First(data.test, test_images_);
    for (std::size_t block = 1; block <= blocks; ++block) {
      const std::string name = fmt::format("block{}", block);
      lab.Train("decoder." + name, *decoders[block - 1], learner,
                First(data.train, decoder_images_), passes_);
      Record(lab, name, block == blocks, lab.Once(name, [&] {
        return Quality(lab, learner, *decoders[block - 1], scale, test);
      }));
    }
    if (test.size() == 0) return;
    RecordSingleImages(lab, learner, data, scale, First(data.test, single_images_));
    Draw(lab, learner, decoders, scale, First(test, 10));
  }

 private:
  static constexpr const char* kNoTest = "a cell that tunes tests nothing";

  // A fresh decoder of a block. Throws InputError for a block without maps.
  UpsamplingDecoder NewDecoder(Lab& lab, Learner& learner, const Splits& data, std::size_t block,
                               const std::string& stream, std::uint64_t index = 0) const {
    const at::Tensor maps = MapsOf(learner, block, lab.Images(learner, First(data.train, 2)));
    if (maps.dim() != 4)
      throw InputError(fmt::format(
          "reconstruction decodes maps, and block {} of this network gives none. Choose "
          "a network of convolutions.",
          block));
    const ImageShape& image = data.set->shape;
    return {UpsamplingDecoder::ChannelsFor(maps.size(1), image.channels),
            maps.size(2),
            image.height,
            image.width,
            lab.streams().For(stream, index),
            learner.network().device(),
            learning_rate_};
  }

  // Normalised images with Gaussian noise of this deviation in pixels, each image's from a stream
  // of its own.
  static at::Tensor Noisy(Lab& lab, const PixelScale& scale, const at::Tensor& images,
                          const at::Tensor& ids, double deviation) {
    if (deviation == 0) return images;
    at::Tensor noise = at::empty(images.sizes());
    const at::Tensor places = ids.cpu();
    for (std::int64_t i = 0; i < images.size(0); ++i) {
      Stream stream = lab.streams().For("reconstruction.noise",
                                        static_cast<std::uint64_t>(places[i].item<std::int64_t>()));
      stream.FillNormal(noise[i].data_ptr<float>(), static_cast<std::size_t>(noise[i].numel()), 0,
                        deviation);
    }
    return scale.FromPixels(scale.ToPixels(images) + noise.to(images.device()));
  }

  static std::vector<double> Numbers(const at::Tensor& values) {
    const at::Tensor flat = values.to(at::kCPU, at::kDouble).contiguous();
    return {flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel()};
  }

  // {"psnr": {"noise0": [of each image], ..}, "mse": .., "ssim": ..}
  nlohmann::json Quality(Lab& lab, Learner& learner, const BlockDecoder& decoder,
                         const PixelScale& scale, const Samples& test) const {
    nlohmann::json quality;
    lab.Show(learner, test, [&](const Batch& batch) {
      const at::Tensor target = scale.ToPixels(batch.images);
      for (const double deviation : noise_) {
        const at::Tensor decoded =
            decoder.Decode(Noisy(lab, scale, batch.images, batch.ids, deviation));
        const std::string level = fmt::format("noise{:g}", deviation);
        const auto append = [&](const char* what, const at::Tensor& values) {
          for (const double value : Numbers(values))
            quality[what][level].push_back(std::isfinite(value) ? nlohmann::json(value)
                                                                : nlohmann::json());
        };
        append("mse", MeanSquaredError(decoded, target));
        append("psnr", PeakSignalToNoise(decoded, target));
        append("ssim", StructuralSimilarity(decoded, target));
      }
    });
    return quality;
  }

  // To six digits, so that a Result of many images stays small.
  static nlohmann::json Rounded(const nlohmann::json& values) {
    nlohmann::json rounded = nlohmann::json::array();
    for (const nlohmann::json& value : values)
      rounded.push_back(value.is_null()
                            ? value
                            : nlohmann::json::parse(fmt::format("{:.6g}", value.get<double>())));
    return rounded;
  }

  void Record(Lab& lab, const std::string& block, bool last, const nlohmann::json& quality) const {
    for (const char* what : {"psnr", "mse", "ssim"}) {
      for (const double deviation : noise_) {
        const std::string level = fmt::format("noise{:g}", deviation);
        const std::string name = fmt::format("reconstruction.{}.{}.{}", what, block, level);
        const nlohmann::json values =
            quality.is_null() ? nlohmann::json::array() : quality.at(what).at(level);
        double sum = 0, count = 0;
        for (const nlohmann::json& value : values) {
          sum += value.is_null() ? 0 : value.get<double>();
          count += !value.is_null();
        }
        const std::optional<double> mean = count > 0 ? std::optional(sum / count) : std::nullopt;
        const char* reason =
            values.empty() ? kNoTest : "images are smaller than its window of 11 x 11";
        // PSNR follows from MSE, image by image.
        if (!values.empty() && what != std::string("psnr"))
          lab.record().Record(name, {"image"}, "", Rounded(values));
        lab.record().Metric(name, mean, reason);
        if (last && what == std::string("psnr") && deviation == noise_.front())
          lab.record().Metric("reconstruction.psnr", mean, kNoTest);
      }
    }
  }

  // SPHeRe's figure, for test images one by one.
  void RecordSingleImages(Lab& lab, Learner& learner, const Splits& data, const PixelScale& scale,
                          const Samples& images) const {
    const std::size_t last = learner.network().blocks().size();
    for (const double deviation : noise_) {
      if (images.size() == 0) break;
      const std::string name = fmt::format("one_image.mse1000.noise{:g}", deviation);
      const nlohmann::json errors = lab.Once(name, [&] {
        nlohmann::json found = nlohmann::json::array();
        for (std::int64_t i = 0; i < images.size(); ++i) {
          const Samples one = Slice(images, i, i + 1);
          const at::Tensor image = lab.Images(learner, one);
          const at::Tensor maps =
              MapsOf(learner, last, Noisy(lab, scale, image, at::tensor(one.index), deviation));
          UpsamplingDecoder decoder = NewDecoder(lab, learner, data, last, "decoder.one_image",
                                                 static_cast<std::uint64_t>(i));
          at::Tensor loss;
          for (std::int64_t step = 0; step < single_steps_; ++step)
            loss =
                decoder.Learn(maps, scale.ToPixels(image), {.step = step, .steps = single_steps_});
          found.push_back(loss.item<double>() * 1000);
        }
        return found;
      });
      double mean = 0;
      for (const nlohmann::json& error : errors)
        mean += error.get<double>() / static_cast<double>(errors.size());
      lab.record().Record(name, {"image"}, "squared pixels / 1000", errors);
      lab.record().Metric(name, mean);
    }
  }

  // Rows: images; the same with the strongest noise; decoded from each block; decoded from the last
  // block of the noisy ones.
  void Draw(Lab& lab, Learner& learner, const std::vector<std::unique_ptr<BlockDecoder>>& decoders,
            const PixelScale& scale, const Samples& images) const {
    const at::Tensor clean = lab.Images(learner, images);
    const at::Tensor noisy = Noisy(lab, scale, clean, at::tensor(images.index), noise_.back());
    std::vector<at::Tensor> rows = {scale.ToPixels(clean), scale.ToPixels(noisy)};
    for (const auto& decoder : decoders) rows.push_back(decoder->Decode(clean));
    rows.push_back(decoders.back()->Decode(noisy));
    lab.record().Artifact("reconstructions", PictureGrid(rows, 2), "png", "image/png");
  }

  Learning learning_;
  std::int64_t decoder_images_;
  Passes passes_;
  double learning_rate_;
  std::int64_t test_images_;
  std::vector<double> noise_;
  std::int64_t single_images_;
  std::int64_t single_steps_;
};
PLASTICITY_REGISTER(Task, Reconstruction);

}  // namespace
}  // namespace plasticity
