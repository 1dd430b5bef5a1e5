#pragma once

#include <ATen/core/Tensor.h>

namespace plasticity {

/// The cross-entropy of softmax(scores / temperature) among `student_classes` against the teacher's
/// softmax(teacher / temperature) among `teacher_classes`, which are some of those; scalar, the
/// mean over images, nats. Both scores are [n, classes], the masks bool [classes]. Hinton et al.
/// 2015 multiply it by temperature^2.
at::Tensor DistillationLoss(const at::Tensor& scores, const at::Tensor& teacher,
                            const at::Tensor& teacher_classes, const at::Tensor& student_classes,
                            double temperature);

}  // namespace plasticity
