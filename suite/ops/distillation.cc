#include "suite/ops/distillation.h"

#include <ATen/ATen.h>

#include "suite/objective.h"

namespace plasticity {

at::Tensor DistillationLoss(const at::Tensor& scores, const at::Tensor& teacher,
                            const at::Tensor& teacher_classes, const at::Tensor& student_classes,
                            double temperature) {
  const at::Tensor target =
      at::softmax(AmongCandidates(teacher.detach() / temperature, teacher_classes), 1);
  const at::Tensor log_p =
      at::log_softmax(AmongCandidates(scores / temperature, student_classes), 1);
  // 0 times minus infinity where a class is in neither.
  const at::Tensor terms = (target * log_p).masked_fill(student_classes.logical_not(), 0);
  return -terms.sum(1).mean();
}

}  // namespace plasticity
