// Accuracy by the share of labels.
#include "reports/layouts/metrics_layout.h"

namespace plasticity {
namespace {

class SampleEfficiency final : public MetricsLayout {
 public:
  SampleEfficiency()
      : MetricsLayout("sample-efficiency",
                      {{"efficiency.area", "area"}, {"accuracy.labels.*", "* %"}}) {}
};
const bool added =
    AddLayout<SampleEfficiency>("sample-efficiency", "accuracy by the share of labels");

}  // namespace
}  // namespace plasticity
