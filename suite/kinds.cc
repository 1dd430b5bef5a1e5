#include "suite/kinds.h"

#include "suite/network_preset.h"
#include "suite/readout.h"
#include "suite/rule.h"
#include "suite/scenario.h"
#include "suite/strategy.h"
#include "suite/task.h"

namespace plasticity {

const std::vector<const KindRegistry*>& Kinds() {
  static const std::vector<const KindRegistry*> kinds = {
      &Registry<Rule>::Get(), &Registry<Strategy>::Get(), &Registry<NetworkPreset>::Get(),
      &Registry<Task>::Get(), &Registry<Readout>::Get(),  &Registry<Scenario>::Get(),
  };
  return kinds;
}

void CheckKinds() {
  for (const KindRegistry* kind : Kinds()) kind->Check();
}

}  // namespace plasticity
