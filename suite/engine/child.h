#pragma once

#include <functional>
#include <optional>
#include <string>

namespace plasticity {

/// Says what the process is at, for as long as it lives: whoever waits for a child that crashes
/// can name it.
class Doing {
 public:
  explicit Doing(const std::string& what);
  ~Doing();
  Doing(const Doing&) = delete;
  Doing& operator=(const Doing&) = delete;

 private:
  std::string before_;
};

/// How a child process ended that did not come to the end of its work.
struct ChildEnd {
  std::string how;  ///< "crashes: SIGSEGV (segmentation fault)", "ends the process with exit(0)",
                    ///< "throws an int" or "does not end within 300 s"
  std::string at;   ///< what it was at then, by its Doing; "" where none says
};

/// Sends a line to the process that waits for this one.
using SendLine = std::function<void(const std::string&)>;

/// Does `work` in a fork of this process, so that nothing it does to itself harms this one, and
/// calls `receive` with every line that it sends. It is killed when it has sent nothing for
/// `limit_s` seconds. Gives nothing where the work came to its end. The threads of this process do
/// not exist in the fork: nothing may have been computed here that needs them, such as OpenMP's.
std::optional<ChildEnd> RunInChild(const std::function<void(const SendLine&)>& work,
                                   const std::function<void(const std::string&)>& receive,
                                   double limit_s);

}  // namespace plasticity
