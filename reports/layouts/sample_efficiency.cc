// Accuracy by the share of labels.
#include "reports/layouts/metrics_layout.h"

namespace plasticity {
namespace {

class SampleEfficiency final : public MetricsLayout {
 public:
  SampleEfficiency()
      : MetricsLayout("sample-efficiency", {{"efficiency.area", "area"},
                                            {"accuracy.labels.1", "1 %"},
                                            {"accuracy.labels.2", "2 %"},
                                            {"accuracy.labels.5", "5 %"},
                                            {"accuracy.labels.10", "10 %"},
                                            {"accuracy.labels.25", "25 %"},
                                            {"accuracy.labels.100", "all labels"}}) {}
};
const bool added =
    AddLayout<SampleEfficiency>("sample-efficiency", "accuracy by the share of labels");

}  // namespace
}  // namespace plasticity
