#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "suite/ops/precision.h"
#include "suite/state.h"
#include "suite/streams.h"

namespace plasticity {

struct FactoredGradient;

/// The shape of one image or feature map. A dense layer's is {features, 1, 1} and `flat`.
struct Shape {
  std::int64_t channels = 0;  ///< maps, or features of a dense layer
  std::int64_t height = 1;    ///< rows
  std::int64_t width = 1;     ///< columns
  bool flat = false;  ///< whether tensors are [n, features] and not [n, channels, height, width]
  /// Values of one image.
  std::int64_t size() const { return channels * height * width; }
};

/// What a unit responds with.
enum class UnitOutput {
  kDot,           ///< w.x
  kProjection,    ///< w.x / |w|
  kCosine,        ///< w.x / (|w| |x|)
  kCosineByPlace  ///< likewise, each place of a kernel divided by its own norm over the channels
};

/// What images become before they reach a network.
enum class InputNormalization {
  kStandardize,  ///< (pixel / 255 - mean) / deviation, by channel over the training images
  kScale,        ///< pixel / 255
  kZca,          ///< mean 0 and deviation 1 per image, then whitened (ZCA) over the training images
  kZcaPixels,    ///< mean 0 and deviation 1 per value over the training images, then whitened
};

/// A fixed or gradient-trained part of a block: normalisation, activation, pooling.
class Operation {
 public:
  virtual ~Operation() = default;
  /// x [n, channels, height, width] or [n, features]. `training`: batch statistics, and running
  /// ones are updated.
  virtual at::Tensor Forward(const at::Tensor& x, bool training) = 0;
  /// Its parameters and running statistics.
  virtual void Visit(StateVisitor&) {}
  /// Appends what a gradient may train.
  virtual void AddParameters(std::vector<at::Tensor>&) const {}
  /// Moves its tensors.
  virtual void To(at::Device) {}
};

/// Makes the operation that `spec` describes ({"op": "max_pool", "kernel": 4, ...}) and turns
/// `shape` from its input's into its output's. Throws InputError for an unknown op or a wrong
/// setting, naming `where`.
std::unique_ptr<Operation> MakeOperation(const nlohmann::json& spec, Shape& shape,
                                         const std::string& where);

/// What computes the same as `operations` one after the other, sooner: a max pooling goes before
/// the activations in front of it, which never fall and then see a part of the values, and into the
/// batch norm (NormPool) or the triangle before those, which from now on pools. The pointers are
/// into `operations`.
std::vector<Operation*> RunningOrder(const std::vector<std::unique_ptr<Operation>>& operations);

/// The weights that a rule trains: a convolution or a dense layer.
struct PlasticLayer {
  bool convolutional = false;            ///< a convolution, or dense
  at::Tensor weight;                     ///< [out, in, kernel, kernel] or [out, in]
  at::Tensor bias;                       ///< [out], or undefined
  std::int64_t stride = 1;               ///< of a convolution
  std::int64_t padding = 0;              ///< of a convolution, on every side
  bool reflect = false;                  ///< padding mirrors the image; else zeros
  UnitOutput output = UnitOutput::kDot;  ///< what units respond with
  at::Tensor surround;  ///< [side, side], of a convolution: how a unit's responses at the places
                        ///< around (odd side) act on its own; undefined: not at all
  Precision precision = Precision::kFloat32;   ///< what products are computed in
  std::int64_t positions = 1;                  ///< output positions of one image
  std::shared_ptr<FactoredGradient> gradient;  ///< of a dense layer whose rule may take it in
                                               ///< factors; undefined: grad() alone has it

  /// How many units there are: out.
  std::int64_t units() const { return weight.size(0); }
  /// How many inputs a unit has: in, times the kernel's area.
  std::int64_t fan_in() const { return weight.numel() / weight.size(0); }
  /// The weights over their norms: each unit's, or those over the channels at each place of its
  /// kernel.
  at::Tensor Direction(bool by_place) const;
  /// Norms of the input patches of padded x, shaped as one channel of the response: [n, 1] or [n,
  /// 1, h, w].
  at::Tensor InputNorms(const at::Tensor& padded) const;
  /// The response u [n, out, h, w] under the surround, zeros beyond the edge; u without one.
  at::Tensor Surrounded(const at::Tensor& u) const;
  /// x with the padding attached, so that what follows needs none.
  at::Tensor Pad(const at::Tensor& x) const;
  /// The pre-activation of padded x under `weights` (this layer's, or a function of them), bias
  /// added: [n, out, ...].
  at::Tensor Respond(const at::Tensor& padded, const at::Tensor& weights) const;
  /// The pre-activation of x [n, out, ...] under its own weights, padded here.
  at::Tensor Forward(const at::Tensor& x) const;
};

/// One block: operations, the plastic layer, operations, and possibly a parameter-free skip
/// connection.
class Block {
 public:
  /// Makes what `spec` describes, and turns `shape` from its input's into its output's.
  Block(const nlohmann::json& spec, double width, Shape& shape, const std::string& where,
        Stream init);

  /// What the plastic layer sees, before padding.
  at::Tensor Before(const at::Tensor& x, bool training);
  /// From the pre-activation to the block's output, without the skip connection.
  at::Tensor After(const at::Tensor& pre_activation, bool training);
  /// Whether After, in training, updates running statistics: then it is called for their sake.
  bool keeps_statistics_behind() const { return keeps_statistics_behind_; }
  /// Before, the layer, After.
  at::Tensor Inner(const at::Tensor& x, bool training) {
    return After(layer.Forward(Before(x, training)), training);
  }
  /// Adds the skip connection where the block has one: x with zero channels appended and averaged
  /// over 2 x 2.
  at::Tensor Skip(const at::Tensor& x, const at::Tensor& inner) const;
  /// The block's output for x.
  at::Tensor Forward(const at::Tensor& x, bool training) { return Skip(x, Inner(x, training)); }

  /// The layer's tensors, and its operations'.
  void Visit(StateVisitor& visitor);
  /// Weights, biases and the operations' parameters: all that a gradient may train.
  std::vector<at::Tensor> Parameters() const;
  /// Moves its tensors.
  void To(at::Device device);

  PlasticLayer layer;                                          ///< what a rule trains
  const Shape& output_shape() const { return output_shape_; }  ///< of Inner and Forward

 private:
  std::vector<std::unique_ptr<Operation>> before_;
  std::vector<std::unique_ptr<Operation>> after_;
  std::vector<Operation*> before_order_;  // what runs, of before_
  std::vector<Operation*> after_order_;   // and of after_
  bool residual_ = false;
  bool keeps_statistics_behind_ = false;
  Shape output_shape_;
};

/// A linear map with PyTorch's default initialisation, uniform in +-1/sqrt(in).
struct Linear {
  at::Tensor weight;  ///< [out, in]
  at::Tensor bias;    ///< [out]

  Linear() = default;
  /// Draws the weights from `init`.
  Linear(std::int64_t in, std::int64_t out, Stream init, at::Device device);
  /// x [n, in] to [n, out].
  at::Tensor Forward(const at::Tensor& x) const;
  /// Weight and bias.
  void Visit(StateVisitor& visitor);
};

/// What a network's description says beside its layers.
struct NetworkSettings {
  std::string name = "network";  ///< what messages and Results call it
  double width = 1;              ///< multiplies the units of every layer
  InputNormalization input =
      InputNormalization::kStandardize;  ///< what images become before they reach it
};
/// Throws InputError for a setting that there is not, and for a value that is not allowed.
NetworkSettings SettingsOf(const nlohmann::json& spec);

/// The blocks that a rule trains, the features they end in, and a linear head from features to
/// classes.
class Network {
 public:
  /// `spec` as docs/protocol.md describes: {"name", "width", "input", "blocks": [...], "features":
  /// [...]}.
  Network(const nlohmann::json& spec, const Shape& image, std::int64_t classes,
          const Streams& streams, at::Device device, Precision precision = Precision::kFloat32);

  /// The blocks, from the image on.
  std::vector<Block>& blocks() { return blocks_; }
  /// The blocks, from the image on.
  const std::vector<Block>& blocks() const { return blocks_; }
  /// The linear map from features to classes.
  Linear& head() { return head_; }
  /// How many features an image has.
  std::int64_t feature_count() const { return feature_count_; }
  /// How many classes the data have.
  std::int64_t classes() const { return head_.weight.size(0); }
  /// Where its tensors are.
  at::Device device() const { return device_; }
  /// The cell's random streams.
  const Streams& streams() const { return streams_; }
  /// How images are normalised before the first block.
  InputNormalization input() const { return input_; }
  /// How images lie in memory where the first block takes them as they come: channels last for a
  /// convolution; a dense layer's inputs are flattened, which then copies nothing.
  at::MemoryFormat input_format() const;
  /// Whether what an image becomes before it reaches the network mixes its pixels.
  bool MixesPixels() const {
    return input_ == InputNormalization::kZca || input_ == InputNormalization::kZcaPixels;
  }

  /// From the last block's output to features [n, feature_count].
  at::Tensor Readable(const at::Tensor& last_output);
  /// The output of the first `count` blocks for normalised images [n, c, h, w], in evaluation mode;
  /// gradients flow where the caller wants them.
  at::Tensor Through(const at::Tensor& images, std::size_t count);
  /// Through all blocks, without gradients.
  at::Tensor Maps(const at::Tensor& images);
  /// Readable(Maps(images)).
  at::Tensor Features(const at::Tensor& images);

  /// Multiply-adds times 2 of the plastic layers' forward pass, for one image.
  double forward_flops() const;
  /// All its tensors.
  void Visit(StateVisitor& visitor);

 private:
  std::vector<Block> blocks_;
  std::vector<std::unique_ptr<Operation>> features_;
  Linear head_;
  std::int64_t feature_count_ = 0;
  InputNormalization input_ = InputNormalization::kStandardize;
  at::Device device_;
  Streams streams_;
};

/// The names of the presets.
std::vector<std::string> NetworkPresets();

/// The specification of `name`: a preset, or the path of a JSON file. Throws InputError with the
/// nearest names.
nlohmann::json NetworkSpec(const std::string& name);

}  // namespace plasticity
