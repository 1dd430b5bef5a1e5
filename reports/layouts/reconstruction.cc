// Reconstruction from each block.
#include "reports/layouts/metrics_layout.h"

namespace plasticity {
namespace {

class Reconstruction final : public MetricsLayout {
 public:
  Reconstruction()
      : MetricsLayout("reconstruction", {{"reconstruction.psnr", "PSNR"},
                                         {"reconstruction.psnr.block1.noise0", "block 1"},
                                         {"reconstruction.psnr.block2.noise0", "block 2"},
                                         {"reconstruction.psnr.block3.noise0", "block 3"},
                                         {"reconstruction.ssim.block3.noise0", "SSIM, block 3"},
                                         {"one_image.mse1000.noise0", "one image, MSE x 1000"}}) {}
};
const bool added = AddLayout<Reconstruction>("reconstruction", "reconstruction from each block");

}  // namespace
}  // namespace plasticity
