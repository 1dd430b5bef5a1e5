#include "suite/base/stop_signals.h"

#include <pthread.h>

namespace plasticity {

void HoldStopSignals(bool hold) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : kStopSignals) sigaddset(&signals, signal);
  pthread_sigmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &signals, nullptr);
}

}  // namespace plasticity
