// What was learned, by block.
#include "reports/layouts/metrics_layout.h"

namespace plasticity {
namespace {

class Probe final : public MetricsLayout {
 public:
  Probe()
      : MetricsLayout("probe", {{"accuracy.test", "accuracy"},
                                {"probe.angle.block1", "angle to backprop, block 1"},
                                {"probe.angle.block2", "block 2"},
                                {"probe.angle.block3", "block 3"},
                                {"probe.cka_start.block3", "CKA with the start, block 3"},
                                {"probe.effective_rank.block3", "effective rank, block 3"}}) {}
};
const bool added = AddLayout<Probe>("probe", "what was learned, by block");

}  // namespace
}  // namespace plasticity
