// Transfer beside its controls.
#include "reports/layouts/metrics_layout.h"

namespace plasticity {
namespace {

class Transfer final : public MetricsLayout {
 public:
  Transfer()
      : MetricsLayout("transfer", {{"accuracy.transfer", "transferred"},
                                   {"accuracy.random", "random features"},
                                   {"accuracy.own", "learned on the target"},
                                   {"accuracy.pixels", "pixels"},
                                   {"transfer.gain", "gain"},
                                   {"transfer.ratio", "ratio"}}) {}
};
const bool added = AddLayout<Transfer>("transfer", "transfer beside its controls");

}  // namespace
}  // namespace plasticity
