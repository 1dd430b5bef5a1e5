#include "suite/feedback_rule.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

#include "suite/hebbian_rule.h"
#include "suite/ops/convolution.h"
#include "suite/ops/dense.h"
#include "suite/ops/matrix_product.h"

namespace plasticity {
namespace {

// A block's forward pass, cut at its plastic layer: `input` and `response` are leaves, so that
// autograd carries an error from the output to the layer, and from the layer to the input, but
// never across the layer or into another block.
struct Trace {
  at::Tensor input;
  at::Tensor padded;    // what the plastic layer sees
  at::Tensor response;  // its pre-activation
  at::Tensor output;
};

Trace Run(Block& block, const at::Tensor& x, bool first) {
  Trace trace;
  trace.input = x.detach().requires_grad_(!first);  // nobody asks for the error at the images
  trace.padded = block.layer.Pad(block.Before(trace.input, true));
  {
    const at::NoGradGuard no_gradients;
    trace.response = block.layer.Respond(trace.padded, block.layer.weight);
  }
  trace.response.requires_grad_();
  trace.output = block.Skip(trace.input, block.After(trace.response, true));
  return trace;
}

// The error at a layer's padded input: `gradient`, at its pre-activation, through `feedback` in
// place of the weights.
at::Tensor ErrorAtInput(const PlasticLayer& layer, const at::Tensor& padded,
                        const at::Tensor& gradient, const at::Tensor& feedback) {
  if (layer.convolutional)
    return ConvolutionInputGradient(gradient, padded, feedback, layer.stride, layer.precision);
  return Multiplied(layer.precision, MatrixProduct, gradient, feedback);
}

// Leaves the gradients of the block's parameters in them; gives the error at its input.
at::Tensor GoBack(Block& block, const Trace& trace, const at::Tensor& error,
                  const at::Tensor& feedback) {
  trace.output.backward(error);
  PlasticLayer& layer = block.layer;
  const at::Tensor& gradient = trace.response.grad();
  const at::Tensor rows = UnitRows(gradient);  // [n * positions, out]
  if (layer.gradient && layer.gradient->Takes(layer.weight, rows.size(0)))
    layer.gradient->Add(rows, trace.padded.detach());
  else
    layer.weight.mutable_grad() = PostTimesInput(layer, trace.padded, rows);
  if (layer.bias.defined()) layer.bias.mutable_grad() = rows.sum(0);
  if (feedback.defined() && trace.padded.requires_grad()) {
    trace.padded.backward(ErrorAtInput(layer, trace.padded, gradient, feedback));
  }
  return trace.input.grad();
}

}  // namespace

StepReport FeedbackRule::ComputeGradients(const Batch& batch, const Progress& progress) {
  std::vector<Block>& blocks = network().blocks();
  const std::size_t count = blocks.size();
  std::vector<Trace> traces;
  at::Tensor x = batch.images;
  for (Block& block : blocks) {
    traces.push_back(Run(block, x, traces.empty()));
    x = traces.back().output;
  }
  const at::Tensor last = x.detach().requires_grad_();
  const at::Tensor features = network().Readable(last);

  const at::NoGradGuard no_gradients;
  Linear& head = network().head();
  const at::Tensor scores = head.Forward(features);  // [n, classes]
  const auto [loss, error] = objective().SlopeAt(scores, batch);
  head.weight.mutable_grad() = MatrixProduct(error.t(), features);
  head.bias.mutable_grad() = error.sum(0);
  const at::Tensor feedback = FeedbackWeight(count, head.weight, progress);
  if (feedback.defined()) features.backward(error.mm(feedback));
  at::Tensor carried = last.grad();
  for (std::size_t i = count; i-- > 0; traces.pop_back()) {
    carried = GoBack(blocks[i], traces[i], OutputError(i, error, carried),
                     FeedbackWeight(i, blocks[i].layer.weight, progress));
  }
  return {.features = features.detach(), .loss = loss};
}

const at::Tensor& FeedbackRule::LayerWeight(std::size_t layer) {
  const std::vector<Block>& blocks = network().blocks();
  return layer < blocks.size() ? blocks[layer].layer.weight : network().head().weight;
}

at::Tensor FeedbackRule::RandomWeight(std::size_t layer, std::string_view purpose,
                                      std::uint64_t index) {
  const at::Tensor& weight = LayerWeight(layer);
  at::Tensor random = at::empty(weight.sizes());
  const std::int64_t fan_in = weight.numel() / weight.size(0);
  const double bound = 1 / std::sqrt(static_cast<double>(fan_in));
  Stream stream = network().streams().For(purpose, index);
  stream.FillUniform(random.data_ptr<float>(), static_cast<std::size_t>(random.numel()), -bound,
                     bound);
  return random.to(weight.device()).contiguous(weight.suggest_memory_format());
}

}  // namespace plasticity
