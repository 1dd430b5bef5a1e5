#include "tests/golden/stream_cases.h"

#include <cmath>
#include <numeric>

#include "suite/objective.h"
#include "suite/readout.h"
#include "tasks/continual/metrics.h"

namespace plasticity {
namespace {

// A readout by itself, on features of so many values.
class Alone {
 public:
  Alone(const std::string& name, const json& params, std::int64_t features, std::int64_t classes)
      : network_(json::parse(R"({"blocks": [{"ops": [{"op": "dense", "out": 1}]}]})"),
                 {.channels = features, .flat = true}, classes, Streams(1), at::kCPU),
        readout_(Registry<Readout>::Get().Make(name, params)) {
    readout_->Attach({}, network_, features, classes);
  }

  void Fit(const at::Tensor& features, const at::Tensor& labels) {
    readout_->Fit({.features = features, .labels = labels});
  }
  at::Tensor Scores(const at::Tensor& features) { return readout_->Scores(features); }
  // What it keeps, by name: handles.
  at::Tensor Kept(const std::string& name) {
    StateCollector collector;
    readout_->Visit(collector);
    return collector.tensors.at(name);
  }
  json Value(const std::string& name) {
    Snapshot snapshot;
    StateSaver saver(snapshot);
    readout_->Visit(saver);
    return snapshot.values.at(name);
  }

 private:
  Network network_;
  std::unique_ptr<Readout> readout_;
};

AccuracyMatrix Rows(const at::Tensor& matrix) {
  AccuracyMatrix rows;
  for (std::int64_t k = 0; k < matrix.size(0); ++k) {
    const at::Tensor row = matrix[k].to(at::kDouble).contiguous();
    rows.emplace_back(row.const_data_ptr<double>(), row.const_data_ptr<double>() + row.numel());
  }
  return rows;
}

at::Tensor Doubles(const std::vector<double>& values) { return at::tensor(values, at::kDouble); }

}  // namespace

Tensors StreamingLdaCase(const Case& given) {
  const at::Tensor &x = given.Input("x"), &y = given.Input("y");
  const bool base = given.inputs.count("base_x") > 0;
  Alone lda("slda",
            {{"shrinkage", given.Param<double>("shrinkage")}, {"base", base ? "oas" : "none"}},
            given.Param<std::int64_t>("D"), given.Param<std::int64_t>("C"));
  Tensors computed;
  if (base) {
    lda.Fit(given.Input("base_x"), given.Input("base_y"));
    computed["base_mean"] = lda.Kept("mean").clone();
    computed["base_sigma"] = lda.Kept("sigma").clone();
  }
  lda.Fit(x.slice(0, 0, 1), y.slice(0, 0, 1));
  computed["sigma_after_first"] = lda.Kept("sigma").clone();
  if (x.size(0) > 1) lda.Fit(x.slice(0, 1), y.slice(0, 1));
  computed["mean"] = lda.Kept("mean");
  computed["count"] = lda.Kept("count").to(at::kLong);
  computed["sigma"] = lda.Kept("sigma");
  computed["num_updates"] = at::scalar_tensor(lda.Value("seen").get<std::int64_t>(), at::kLong);
  computed["scores"] = lda.Scores(given.Input("test_x"));
  computed["proba"] = at::softmax(computed["scores"], 1);
  computed["pred"] = computed["scores"].argmax(1);
  return computed;
}

Tensors RandomProjectionCase(const Case& given) {
  const auto units = given.Param<std::int64_t>("M"),
             per_task = given.Param<std::int64_t>("classes_per_task");
  const bool chosen = given.params.at("ridge").is_null();
  Alone readout("ranpac",
                {{"projection", units}, {"ridge", chosen ? json(0) : given.params.at("ridge")}},
                given.Param<std::int64_t>("D"), given.Param<std::int64_t>("total_classes"));
  if (units > 0) readout.Kept("projection").copy_(given.Input("w_rand"));
  Tensors computed;
  std::vector<std::int64_t> exponents;
  for (std::int64_t task = 0; task < given.Param<std::int64_t>("tasks"); ++task) {
    const std::string k = std::to_string(task);
    readout.Fit(given.Input("x" + k), given.Input("y" + k));
    exponents.push_back(std::llround(std::log10(readout.Value("ridge").get<double>())));
    computed["G_after" + k] = readout.Kept("gram").clone();
    computed["Q_after" + k] = readout.Kept("product").clone();
    computed["weight_after" + k] =
        readout.Kept("weight").t().slice(0, 0, per_task * (task + 1)).clone();
  }
  computed["logits"] = readout.Scores(given.Input("test_x"));
  computed["pred"] = computed["logits"].argmax(1);
  if (chosen) computed["ridge_exponent"] = at::tensor(exponents, at::kLong);
  return computed;
}

Tensors FlyCase(const Case& given) {
  const at::Tensor wiring = given.Input("R").to(at::kFloat);
  const auto tasks = given.Param<std::int64_t>("tasks");
  const std::int64_t classes = tasks * given.Param<std::int64_t>("classes_per_task");
  const json params = {{"units", wiring.size(0)},
                       {"inputs", given.params.at("n_response")},
                       {"quantile", given.params.at("quantile")},
                       {"learning_rate", given.params.at("lr")}};
  Alone fly("fly", params, wiring.size(1), classes);
  fly.Kept("wiring").copy_(wiring);
  Tensors computed;
  for (std::int64_t task = 0; task < tasks; ++task) {
    const std::string k = std::to_string(task);
    // An answer is what a row learns of one image at a rate of 1.
    const at::Tensor& x = given.Input("x" + k);
    json once = params;
    once["learning_rate"] = 1;
    Alone probe("fly", once, wiring.size(1), x.size(0));
    probe.Kept("wiring").copy_(wiring);
    probe.Fit(x, at::arange(x.size(0)));
    computed["kc" + k] = probe.Kept("weight").clone();
    fly.Fit(x, given.Input("y" + k));
  }
  computed["weights"] = fly.Kept("weight");
  computed["scores"] = fly.Scores(given.Input("test_x"));
  computed["pred"] = computed["scores"].argmax(1);
  computed["accuracy"] = computed["pred"].eq(given.Input("test_y")).to(at::kFloat).mean();
  return computed;
}

Tensors MaskCase(const Case& given) {
  const at::Tensor &logits = given.Input("logits"), &labels = given.Input("labels");
  const std::int64_t classes = logits.size(1);
  const at::Tensor label = at::arange(classes);
  const at::Tensor own = label.ge(given.Param<std::int64_t>("start"))
                             .logical_and(label.lt(given.Param<std::int64_t>("end")));
  std::int64_t seen = 0;
  const json& sizes = given.params.at("classes_per_task");
  for (std::int64_t task = 0; task <= given.Param<std::int64_t>("current_task"); ++task)
    seen += sizes.is_array() ? sizes.at(static_cast<std::size_t>(task)).get<std::int64_t>()
                             : sizes.get<std::int64_t>();
  const Batch masked{.labels = labels, .candidates = own}, plain{.labels = labels};
  const Objective::Slope slope = Objective::Plain().SlopeAt(logits, masked);
  const at::Tensor by_task = AmongCandidates(logits, own).argmax(1),
                   by_class = AmongCandidates(logits, label.lt(seen)).argmax(1);
  const auto percent = [&](const at::Tensor& predicted) {
    return predicted.eq(labels).to(at::kFloat).mean() * 100;
  };
  return {{"allowed", own.to(at::kLong)},
          {"pred_task_il", by_task},
          {"pred_class_il", by_class},
          {"loss_masked", slope.loss},
          {"grad_logits", slope.error},
          {"loss_unmasked", Objective::Plain().LabelLoss(logits, plain)},
          {"evaluate_acc_task_il", percent(by_task)},
          {"evaluate_acc_class_il", percent(by_class)}};
}

Tensors ContinualMetricsCase(const Case& given) {
  StreamRecords records{.accuracy =
                            Rows(at::cat({given.Input("b").unsqueeze(0), given.Input("R")}))};
  static const std::map<std::string, std::string> names = {
      {"acc.final", "acc_final"},
      {"acc.incremental", "average_incremental_accuracy"},
      {"acc.all_rows", "acc_diaz_rodriguez"},
      {"plasticity", "learning_accuracy"},
      {"forgetting.max_prior", "forgetting"},
      {"forgetting.max_own", "forgetting_from_own"},
      {"forgetting.first_last", "forgetting_vs_initial"},
      {"forgetting.max_any", "forgetting_max_all_rows"},
      {"bwt.gem", "bwt"},
      {"bwt.all_rows", "bwt_diaz_rodriguez"},
      {"fwt.gem", "fwt"},
      {"fwt.all_rows", "fwt_diaz_rodriguez"}};
  Tensors computed = {{"acc_after_task", Doubles(AccuracySoFar(records.accuracy))}};
  for (const ContinualMetric& metric : ContinualMetrics()) {
    const auto theirs = names.find(metric.name);
    const Metric evaluated = Evaluate(metric, records);
    if (theirs != names.end() && evaluated.value)
      computed[theirs->second] = Scalar(*evaluated.value);
  }
  return computed;
}

Tensors AnytimeCase(const Case& given) {
  const AccuracyMatrix rows = Rows(given.Input("acc"));
  const at::Tensor task = given.Input("task").contiguous();
  std::vector<std::size_t> now;
  for (std::int64_t look = 0; look < task.size(0); ++look)
    now.push_back(static_cast<std::size_t>(task.const_data_ptr<std::int64_t>()[look]));
  const Anytime anytime = AnytimeOf(rows, now);
  const auto [falls, rises] = WindowedChanges(rows, now, given.Param<std::size_t>("window"));
  Tensors computed = {{"wc_acc", Doubles(anytime.worst_case)},
                      {"wc_acc_final", Scalar(anytime.worst_case.back())},
                      {"windowed_forgetting", Doubles(falls)},
                      {"windowed_plasticity", Doubles(rises)},
                      {"aaa_iterations", Scalar(anytime.average)},
                      {"a_auc_iblurry", Scalar(anytime.average)}};
  AccuracyMatrix ends = {std::vector<double>(rows.front().size())};
  for (std::size_t look = 0; look < rows.size(); ++look)
    if (look + 1 == rows.size() || now[look + 1] != now[look]) ends.push_back(rows[look]);
  const std::vector<double> so_far = AccuracySoFar(ends);
  computed["aaa_task_ends"] = Scalar(std::accumulate(so_far.begin(), so_far.end(), 0.0) /
                                     static_cast<double>(so_far.size()));
  if (!anytime.least.empty()) {
    computed["min_acc"] = Doubles(anytime.least);
    computed["min_acc_avg"] = Doubles(anytime.least).mean();
  }
  return computed;
}

}  // namespace plasticity
