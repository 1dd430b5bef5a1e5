#include "suite/program/engine.h"

#include <dlfcn.h>

#include <cstdlib>

#include "suite/base/error.h"

namespace plasticity {
namespace {

// OpenMP's threads wait for each other by spinning for milliseconds, which on a core that another
// process uses keeps out the very thread that is waited for: on a busy machine everything takes ten
// times as long. A thousand turns, then sleep. libgomp reads this when LibTorch is loaded.
void WaitBriefly() {
  if (std::getenv("OMP_WAIT_POLICY") == nullptr) setenv("GOMP_SPINCOUNT", "1000", 0);
}

}  // namespace

std::filesystem::path Program() { return std::filesystem::read_symlink("/proc/self/exe"); }

const EngineCommands& Engine(const std::vector<std::filesystem::path>& plugins) {
  WaitBriefly();
  const std::filesystem::path folder = Program().parent_path();
  for (const std::filesystem::path& place : {folder, folder.parent_path() / "lib"}) {
    const std::filesystem::path library = place / "libplasticity_engine.so";
    if (!std::filesystem::exists(library)) continue;
    void* handle = dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL);
    if (handle == nullptr)
      throw RunError("the engine does not load: " + std::string(dlerror()) + ".");
    const auto entry =
        reinterpret_cast<const EngineCommands* (*)()>(dlsym(handle, "plasticity_engine"));
    if (entry == nullptr) throw RunError(library.string() + " is not the engine of this program.");
    for (const std::filesystem::path& plugin : plugins) entry()->load_plugin(plugin);
    return *entry();
  }
  throw RunError("libplasticity_engine.so is not beside the program. Build it: ci/build.");
}

}  // namespace plasticity
