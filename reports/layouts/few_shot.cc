// Few-shot: ways and shots.
#include "reports/layouts/metrics_layout.h"

namespace plasticity {
namespace {

class FewShot final : public MetricsLayout {
 public:
  FewShot()
      : MetricsLayout("few-shot", {{"fewshot.accuracy", "all"},
                                   {"fewshot.nearest_mean.5way.1shot", "5-way 1-shot"},
                                   {"fewshot.nearest_mean.5way.5shot", "5-way 5-shot"},
                                   {"fewshot.nearest_mean.5way.20shot", "5-way 20-shot"},
                                   {"fewshot.ridge.5way.5shot", "5-way 5-shot, ridge"},
                                   {"fewshot.nearest_mean.20way.5shot", "20-way 5-shot"}}) {}
};
const bool added = AddLayout<FewShot>("few-shot", "few-shot accuracy by ways and shots");

}  // namespace
}  // namespace plasticity
