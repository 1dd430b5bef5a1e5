#include "suite/engine/profile.h"

#include <ATen/ATen.h>
#include <ATen/core/function_schema.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "suite/base/error.h"
#include "suite/base/files.h"
#include "suite/engine/device.h"
#include "suite/engine/machine_speed.h"

namespace plasticity {
namespace {

using Clock = std::chrono::steady_clock;
using Values = c10::ArrayRef<const c10::IValue>;

Profile* listening = nullptr;
thread_local int depth = 0;            // of operators that are being called
thread_local bool counted = false;     // within one whose FLOPs are counted already
thread_local double flops_within = 0;  // the outermost one, so far

double Elements(const at::Tensor& tensor) { return static_cast<double>(tensor.numel()); }

// Multiplications and additions of one pass of a convolution: each place of `maps`, which are those
// that the kernels write (transposed: that they read), is a product with the whole weight.
double ConvolutionFlops(double places, const at::Tensor& weight) {
  return 2 * places * Elements(weight);
}

// The places of maps [n, channels, ...], or [channels, ...] of a single image.
double Places(const at::Tensor& maps, const at::Tensor& weight) {
  return Elements(maps) / static_cast<double>(maps.size(maps.dim() - weight.dim() + 1));
}

bool IsTensor(const c10::IValue& value) { return value.isTensor() && value.toTensor().defined(); }

// aten::convolution's, from its arguments.
double ForwardFlops(Values in) {
  const at::Tensor &x = in[0].toTensor(), &weight = in[1].toTensor();
  if (in[6].toBool()) return ConvolutionFlops(Places(x, weight), weight);
  const std::vector<std::int64_t> stride = in[3].toIntVector(), padding = in[4].toIntVector(),
                                  dilation = in[5].toIntVector();
  const auto last = [](const std::vector<std::int64_t>& list, std::int64_t k) {
    return list.size() == 1 ? list[0] : list[static_cast<std::size_t>(k)];
  };
  const std::int64_t sides = weight.dim() - 2;
  double places = x.dim() == weight.dim() ? static_cast<double>(x.size(0)) : 1;
  for (std::int64_t k = 0; k < sides; ++k) {
    const std::int64_t window = last(dilation, k) * (weight.size(2 + k) - 1) + 1;
    places *= static_cast<double>(
        (x.size(x.dim() - sides + k) + 2 * last(padding, k) - window) / last(stride, k) + 1);
  }
  return ConvolutionFlops(places, weight);
}

// What an operator multiplies and adds, where it is a product or a convolution; else nothing.
std::optional<double> Flops(const std::string& name, Values in) {
  const auto product = [&](std::size_t left, std::size_t right) -> std::optional<double> {
    if (in.size() <= right || !IsTensor(in[left]) || !IsTensor(in[right])) return std::nullopt;
    const at::Tensor &a = in[left].toTensor(), &b = in[right].toTensor();
    return 2 * Elements(a) * (b.dim() == 1 ? 1 : static_cast<double>(b.size(-1)));
  };
  if (name == "aten::mm" || name == "plasticity::matrix_product" || name == "aten::bmm" ||
      name == "aten::mv" || name == "aten::dot")
    return product(0, 1);
  if (name == "aten::addmm" || name == "aten::addmm_" || name == "aten::baddbmm" ||
      name == "aten::baddbmm_" || name == "aten::addmv" || name == "aten::addmv_")
    return product(1, 2);
  if (name == "aten::linear")
    return 2 * Elements(in[0].toTensor()) * static_cast<double>(in[1].toTensor().size(0));
  if (name == "aten::convolution_backward") {
    const at::Tensor& weight = in[2].toTensor();
    const bool transposed = in[7].toBool();
    const double once = ConvolutionFlops(Places(in[transposed ? 1 : 0].toTensor(), weight), weight);
    const std::vector<bool> wanted = in[10].toBoolList().vec();
    return once * ((wanted[0] ? 1 : 0) + (wanted[1] ? 1 : 0));
  }
  if (name == "aten::convolution") return ForwardFlops(in);
  // Those that multiply less (suite/ops/winograd) count as what they stand for.
  if (name == "plasticity::winograd_convolution") {
    const at::Tensor &x = in[0].toTensor(), &weight = in[1].toTensor();
    return ConvolutionFlops(static_cast<double>(x.size(0) * (x.size(2) - 2) * (x.size(3) - 2)),
                            weight);
  }
  if (name == "plasticity::winograd_weight_gradient")
    return 2 * Elements(in[1].toTensor()) * 9 * static_cast<double>(in[0].toTensor().size(1));
  return std::nullopt;
}

// The bytes of the tensors among values, those in lists too.
double Bytes(Values values) {
  double bytes = 0;
  const auto add = [&](const at::Tensor& tensor) {
    if (tensor.defined() && tensor.has_storage())
      bytes += static_cast<double>(std::min(tensor.nbytes(), tensor.storage().nbytes()));
  };
  for (const c10::IValue& value : values) {
    if (value.isTensor()) add(value.toTensor());
    if (value.isTensorList())
      for (const at::Tensor& tensor : value.toTensorVector()) add(tensor);
  }
  return bytes;
}

// The storages of the tensors among values.
std::set<const void*> Storages(Values values) {
  std::set<const void*> storages;
  for (const c10::IValue& value : values) {
    if (IsTensor(value) && value.toTensor().has_storage())
      storages.insert(value.toTensor().storage().unsafeGetStorageImpl());
  }
  return storages;
}

// Whether what came out is what went in, looked at in another way.
bool IsView(const at::RecordFunction& call, const std::set<const void*>& in, Values out) {
  const auto schema = call.operator_schema();
  if (!schema || schema->is_mutable()) return false;
  const std::set<const void*> made = Storages(out);
  return std::any_of(made.begin(), made.end(),
                     [&](const void* storage) { return in.count(storage) > 0; });
}

// Autograd's own frames around the operators of a backward pass.
bool IsFrame(const at::RecordFunction& call) {
  return std::string_view(call.name()).substr(0, 10) == "autograd::";
}

std::string Shapes(Values values) {
  std::string text;
  for (const c10::IValue& value : values)
    if (IsTensor(value)) text += c10::str(text.empty() ? "" : ", ", value.toTensor().sizes());
  return text;
}

}  // namespace

struct Profile::Span : at::ObserverContext {
  std::string name;
  std::string shapes;
  std::set<const void*> storages;  // of what it takes
  double flops = 0;
  double bytes = 0;
  bool outermost = false;
  bool counts = false;  // its FLOPs are known, so that none within it are added
  Clock::time_point begin;
};

Profile::Profile(const std::filesystem::path& folder, const Cell& cell, at::Device device)
    : table_path_(TablePath(folder, cell)),
      trace_path_(folder / (cell.FileStem() + ".trace.json")),
      title_(fmt::format("{}, {}, seed {}", cell.Title(), cell.data->name, cell.seed)),
      device_(device),
      speed_(SpeedOf(device)),
      flops_per_s_(speed_.at(cell.request.at("precision") == "bfloat16" ? "bfloat16_flops"
                                                                        : "product_flops")),
      bytes_per_s_(speed_.at("copy_bytes_per_s")) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) CannotWrite(folder, failed.value());
  begin_ = phase_begin_ = Clock::now();
  listening = this;
  handle_ = at::addGlobalCallback(at::RecordFunctionCallback(&Begin, &End)
                                      .needsInputs(true)
                                      .needsOutputs(true)
                                      .scopes({at::RecordScope::FUNCTION}));
}

Profile::~Profile() {
  at::removeCallback(handle_);
  listening = nullptr;
}

std::filesystem::path Profile::TablePath(const std::filesystem::path& folder, const Cell& cell) {
  return folder / (cell.FileStem() + ".profile.md");
}

void Profile::InPhase(const std::string& phase) {
  const Clock::time_point now = Clock::now();
  const std::lock_guard lock(mutex_);
  if (Traces(phase_)) {
    const std::string* const name = Kept(phase_);
    events_.push_back({.name = name,
                       .phase = name,
                       .shapes = nullptr,
                       .begin = phase_begin_,
                       .end = now,
                       .flops = 0,
                       .bytes = 0});
  }
  phase_ = phase;
  phase_begin_ = now;
}

std::unique_ptr<at::ObserverContext> Profile::Begin(const at::RecordFunction& call) {
  if (IsFrame(call)) return nullptr;
  auto span = std::make_unique<Span>();
  span->outermost = depth++ == 0;
  if (span->outermost) flops_within = 0;
  const Values in = call.inputs();
  if (!counted) {
    const std::optional<double> flops = Flops(call.name(), in);
    span->counts = counted = flops.has_value();
    flops_within += flops.value_or(0);
  }
  if (!span->outermost) return span;
  span->name = call.name();
  span->shapes = Shapes(in);
  span->storages = Storages(in);
  span->bytes = Bytes(in);
  span->begin = Clock::now();
  return span;
}

void Profile::End(const at::RecordFunction& call, at::ObserverContext* context) {
  if (context == nullptr) return;
  Span& span = *static_cast<Span*>(context);
  --depth;
  if (span.counts) counted = false;
  if (!span.outermost || listening == nullptr) return;
  const at::Device device = listening->device_;
  if (!device.is_cpu())
    c10::impl::VirtualGuardImpl(device.type()).synchronizeDevice(device.index());
  const Clock::time_point end = Clock::now();
  const std::vector<c10::IValue>& made = call.outputs();
  const Values out(made.data(), made.size());
  span.flops = flops_within;
  span.bytes = IsView(call, span.storages, out) ? 0 : span.bytes + Bytes(out);
  listening->Add(span, end);
}

void Profile::Add(const Span& span, Clock::time_point end) {
  const std::lock_guard lock(mutex_);
  Total& total = totals_[phase_][span.name];
  ++total.calls;
  total.seconds += std::chrono::duration<double>(end - span.begin).count();
  total.flops += span.flops;
  total.bytes += span.bytes;
  total.least_seconds += std::max(span.flops / flops_per_s_, span.bytes / bytes_per_s_);
  if (Traces(phase_)) {
    events_.push_back({.name = Kept(span.name),
                       .phase = Kept(phase_),
                       .shapes = Kept(span.shapes),
                       .begin = span.begin,
                       .end = end,
                       .flops = span.flops,
                       .bytes = span.bytes});
  }
}

// Whether the next event of a phase is kept: the first are, of the millions that a cell has.
bool Profile::Traces(const std::string& phase) {
  constexpr std::size_t kEvents = 20000;
  return ++traced_[phase] <= kEvents;
}

nlohmann::json Profile::TraceJson() const {
  const auto microseconds = [](Clock::duration time) {
    return std::chrono::duration<double, std::micro>(time).count();
  };
  nlohmann::json events = nlohmann::json::array();
  for (const Event& event : events_) {
    nlohmann::json more = nlohmann::json::object();
    if (event.shapes != nullptr)
      more = {{"flops", event.flops}, {"bytes", event.bytes}, {"shapes", *event.shapes}};
    events.push_back({{"name", *event.name},
                      {"cat", *event.phase},
                      {"ph", "X"},
                      {"pid", 1},
                      {"tid", event.shapes == nullptr ? 0 : 1},
                      {"ts", microseconds(event.begin - begin_)},
                      {"dur", microseconds(event.end - event.begin)},
                      {"args", std::move(more)}});
  }
  return {{"traceEvents", std::move(events)}, {"displayTimeUnit", "ms"}};
}

std::string Profile::Table() const {
  std::string text = fmt::format(
      "# {}\n\nProduct {:.0f} GFLOP/s, copy {:.1f} GB/s: the machine's speed, of which the last "
      "column is the share.\n\n"
      "| phase | operator | calls | seconds | of phase | GFLOP | GB | GFLOP/s | GB/s | of roofline "
      "|\n| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n",
      title_, flops_per_s_ / 1e9, bytes_per_s_ / 1e9);
  const auto row = [&](const std::string& phase, const std::string& name, const Total& total,
                       double of) {
    const double time = std::max(total.seconds, 1e-9);
    text += fmt::format(
        "| {} | {} | {} | {:.3f} | {:.1f} % | {:.1f} | {:.1f} | {:.1f} | {:.1f} | {:.0f} % |\n",
        phase, name, total.calls, total.seconds, 100 * total.seconds / std::max(of, 1e-9),
        total.flops / 1e9, total.bytes / 1e9, total.flops / time / 1e9, total.bytes / time / 1e9,
        100 * total.least_seconds / time);
  };
  std::vector<std::pair<std::string, double>> phases(seconds_.begin(), seconds_.end());
  std::sort(phases.begin(), phases.end(),
            [](const auto& a, const auto& b) { return a.second > b.second; });
  for (const auto& [phase, seconds] : phases) {
    std::vector<std::pair<std::string, Total>> rows;
    Total all, rest;
    if (const auto found = totals_.find(phase); found != totals_.end())
      rows.assign(found->second.begin(), found->second.end());
    std::sort(rows.begin(), rows.end(),
              [](const auto& a, const auto& b) { return a.second.seconds > b.second.seconds; });
    const auto add = [](Total& to, const Total& total) {
      to.calls += total.calls;
      to.seconds += total.seconds;
      to.flops += total.flops;
      to.bytes += total.bytes;
      to.least_seconds += total.least_seconds;
    };
    for (const auto& [name, total] : rows) add(all, total);
    const double outside = seconds - all.seconds;
    all.seconds = seconds;
    row(phase, "**all**", all, seconds);
    constexpr double kShown = 0.02;  // of the phase
    for (const auto& [name, total] : rows) {
      if (total.seconds < kShown * seconds)
        add(rest, total);
      else
        row(phase, name, total, seconds);
    }
    if (rest.calls > 0) row(phase, "the others", rest, seconds);
    text += fmt::format("| {} | outside operators | | {:.3f} | {:.1f} % | | | | | |\n", phase,
                        outside, 100 * outside / std::max(seconds, 1e-9));
  }
  return text;
}

void Profile::Write() {
  const std::lock_guard lock(mutex_);
  WriteFileAtomically(table_path_, Table());
  WriteFileAtomically(trace_path_, TraceJson().dump() + "\n");
}

}  // namespace plasticity
