#include "reports/plotters/gnuplot.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "reports/text_table.h"
#include "suite/base/error.h"

namespace plasticity {
namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

// A file without a name. A child takes from it and gives to it what no pipe has to be watched for.
File NamelessFile() {
  File file(std::tmpfile());
  if (!file) throw RunError(std::string("cannot make a temporary file: ") + std::strerror(errno));
  return file;
}

std::string Content(std::FILE* file) {
  std::string content;
  std::rewind(file);
  char buffer[1 << 14];
  while (const std::size_t read = std::fread(buffer, 1, sizeof buffer, file)) {
    content.append(buffer, read);
  }
  return content;
}

// Runs gnuplot on these files and waits for it: its status.
int Run(std::FILE* in, std::FILE* out, std::FILE* err) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, ::fileno(in), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, ::fileno(out), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, ::fileno(err), STDERR_FILENO);
  char program[] = "gnuplot";
  char own_settings[] = "--default-settings";  // not the user's
  char* const arguments[] = {program, own_settings, nullptr};
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, program, &files, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&files);
  if (failed == ENOENT) {
    throw InputError(
        "gnuplot, which draws this format, is not here. Install Debian's package gnuplot-nox, or "
        "write a .tex, which LaTeX draws.");
  }
  if (failed != 0) throw RunError(std::string("cannot start gnuplot: ") + std::strerror(failed));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

std::string RunGnuplot(const std::string& script) {
  const File in = NamelessFile();
  const File out = NamelessFile();
  const File err = NamelessFile();
  std::fwrite(script.data(), 1, script.size(), in.get());
  std::rewind(in.get());  // writes it out, too
  const int status = Run(in.get(), out.get(), err.get());
  std::string drawn = Content(out.get());
  if (status != 0 || drawn.empty()) {
    throw RunError("gnuplot drew nothing: " + Printable(Content(err.get())));
  }
  return drawn;
}

std::string PlotByGnuplot(const Figure& figure, const GnuplotTerminal& terminal) {
  return RunGnuplot(GnuplotScript(figure, terminal));
}

}  // namespace plasticity
