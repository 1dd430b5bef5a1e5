// Robustness: clean, corrupted, attacked.
#include "reports/layouts/metrics_layout.h"

namespace plasticity {
namespace {

class Robustness final : public MetricsLayout {
 public:
  Robustness()
      : MetricsLayout("robustness", {{"robustness.accuracy", "corrupted"},
                                     {"accuracy.clean", "clean"},
                                     {"robustness.relative", "relative"},
                                     {"robustness.attack.fgsm.2", "FGSM 2/255"},
                                     {"robustness.attack.fgsm.8", "FGSM 8/255"},
                                     {"robustness.attack.pgd.2", "PGD 2/255"},
                                     {"robustness.attack.pgd.8", "PGD 8/255"}}) {}
};
const bool added =
    AddLayout<Robustness>("robustness", "accuracy on clean, corrupted and attacked images");

}  // namespace
}  // namespace plasticity
