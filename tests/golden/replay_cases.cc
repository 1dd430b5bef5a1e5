#include "tests/golden/replay_cases.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "baselines/continual/herding.h"
#include "baselines/continual/projections.h"
#include "baselines/continual/replay_losses.h"

namespace plasticity {
namespace {

at::Tensor InputOr(const Case& given, const std::string& name) {
  const auto found = given.inputs.find(name);
  return found == given.inputs.end() ? at::Tensor() : found->second;
}

// Those that are defined, one below the other.
at::Tensor Stacked(const std::vector<at::Tensor>& parts) {
  std::vector<at::Tensor> defined;
  for (const at::Tensor& part : parts)
    if (part.defined()) defined.push_back(part);
  return at::cat(defined);
}

}  // namespace

Tensors AveragedGradientMemoryCase(const Case& given) {
  const at::Tensor g = given.Input("g").to(at::kDouble), memory = given.Input("g_mem").to(g);
  return {{"dot", g.dot(memory)},
          {"g_out", Agreeing(g, memory)},
          {"project_unconditional", WithoutPartAlong(g, memory)}};
}

Tensors GradientMemoryCase(const Case& given) {
  const at::Tensor g = given.Input("g").to(at::kDouble), memories = given.Input("memories").to(g);
  const auto margin = given.Param<double>("margin"), ridge = given.Param<double>("eps");
  return {{"dots", memories.mv(g)},
          {"g_out", AgreeingWithAll(g, memories, margin, ridge)},
          {"v", Multipliers(g, memories, margin, ridge)}};
}

Tensors DarkReplayCase(const Case& given) {
  const at::Tensor logits = given.Input("logits"), scored = InputOr(given, "buf1_logits"),
                   labelled = InputOr(given, "buf2_logits"), &labels = given.Input("labels");
  DarkObjective objective(given.Param<double>("alpha"), given.params.value("beta", 0.0),
                          ScoreDistance::kMeanSquare);
  const std::int64_t fresh = logits.size(0), last = fresh + (scored.defined() ? scored.size(0) : 0);
  objective.Expect(fresh, InputOr(given, "stored_logits"));
  const at::Tensor unasked =
      scored.defined() ? at::zeros({scored.size(0)}, labels.options()) : at::Tensor();
  const Batch batch{.labels = Stacked({labels, unasked, InputOr(given, "buf2_labels")})};
  const auto [loss, error] = objective.SlopeAt(Stacked({logits, scored, labelled}), batch);
  return {{"loss", loss},
          {"grad_logits", error.slice(0, 0, fresh)},
          {"grad_buf1_logits", error.slice(0, fresh, last)},
          {"grad_buf2_logits", error.slice(0, last)},
          {"logits_put_in_buffer", objective.TakeScores()}};
}

Tensors AsymmetricReplayCase(const Case& given) {
  const at::Tensor &logits = given.Input("logits"), &labels = given.Input("labels"),
                   &replayed = given.Input("buf_logits");
  const std::int64_t fresh = logits.size(0), classes = logits.size(1);
  const bool plain =
      given.Param<std::int64_t>("current_task") == 0 && !given.Param<bool>("task_free");
  const at::Tensor seen =
      (ClassesAmong(labels, classes) + ClassesAmong(given.Input("seen_before"), classes))
          .nonzero()
          .flatten();
  const at::Tensor allowed =
      plain ? at::ones({classes}, at::kBool)
            : AsPublished(ClassesAmong(labels, classes), seen.max().item<std::int64_t>());
  AsymmetricObjective objective;
  objective.Expect(fresh, allowed);
  const auto alone = objective.SlopeAt(logits, {.labels = labels});
  Tensors computed = {{"allowed_mask", allowed.expand({fresh, classes})},
                      {"seen_after", seen},
                      {"loss_stream", alone.loss},
                      {"loss", alone.loss},
                      {"grad_logits", alone.error},
                      {"grad_buf_logits", at::zeros_like(replayed)}};
  if (plain) return computed;
  const auto both = objective.SlopeAt(at::cat({logits, replayed}),
                                      {.labels = at::cat({labels, given.Input("buf_labels")})});
  computed["loss"] = both.loss;
  computed["loss_buffer"] = both.loss - alone.loss;
  computed["grad_logits"] = both.error.slice(0, 0, fresh);
  computed["grad_buf_logits"] = both.error.slice(0, fresh);
  return computed;
}

Tensors IcarlLossCase(const Case& given) {
  const at::Tensor& logits = given.Input("logits");
  const at::Tensor classes = at::arange(logits.size(1));
  BinaryObjective objective(BinaryMean::kImagesAndClasses);
  objective.Expect(at::ones_like(classes).to(at::kBool),
                   classes.lt(given.Param<std::int64_t>("n_past_classes")),
                   InputOr(given, "old_logits"));
  const auto [loss, error] = objective.SlopeAt(logits, {.labels = given.Input("labels")});
  return {{"loss", loss}, {"grad_logits", error}};
}

Tensors HerdingCase(const Case& given) {
  Tensors computed;
  const auto features = [&](const at::Tensor& images) {
    return at::relu(images.flatten(1).to(at::kDouble).mm(given.Input("w").t().to(at::kDouble)));
  };
  at::Tensor all = InputOr(given, "features"), query = InputOr(given, "query_features"), mirrored;
  if (!all.defined()) {
    const at::Tensor& images = given.Input("images");
    computed["features"] = all = features(images);
    computed["features_flipped"] = mirrored = features(images.flip({3}));
    query = features(given.Input("query_images"));
  }
  const at::Tensor& labels = given.Input("labels");
  const auto classes = given.Param<std::int64_t>("classes");
  const std::int64_t each = given.Param<std::int64_t>("buffer_size") / classes;
  std::vector<at::Tensor> exemplars, exemplar_labels, means;
  for (std::int64_t label = 0; label < classes; ++label) {
    const at::Tensor own = labels.eq(label).nonzero().flatten();
    const at::Tensor chosen =
        own.index_select(0, at::tensor(Herd(OnSphere(all.index_select(0, own)), each), at::kLong));
    exemplars.push_back(chosen);
    exemplar_labels.push_back(at::full_like(chosen, label));
    means.push_back(ExemplarMean(all.index_select(0, chosen), mirrored.defined()
                                                                  ? mirrored.index_select(0, chosen)
                                                                  : at::Tensor()));
  }
  NearestExemplars nearest;
  nearest.SetMeans(at::stack(means));
  const at::Tensor scores = nearest.Scores(query);
  computed["exemplar_index"] = at::cat(exemplars);
  computed["exemplar_label"] = at::cat(exemplar_labels);
  computed["class_means"] = at::stack(means);
  computed["neg_sq_dist"] = scores;
  computed["pred"] = scores.argmax(1);
  return computed;
}

}  // namespace plasticity
