// Classification: accuracy, top-5 and calibration.
#include "reports/layouts/metrics_layout.h"

namespace plasticity {
namespace {

class Classification final : public MetricsLayout {
 public:
  Classification()
      : MetricsLayout("classification", {{"accuracy.test", "accuracy"},
                                         {"accuracy.top5.test", "top-5"},
                                         {"calibration.test", "calibration error"}}) {}
};
const bool added = AddLayout<Classification>(
    "classification", "accuracy, top-5 and calibration error of classification");

}  // namespace
}  // namespace plasticity
