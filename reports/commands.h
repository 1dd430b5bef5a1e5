#pragma once

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "reports/leaderboard.h"

namespace plasticity {

/// What a leaderboard is written as.
enum class LeaderboardFormat { kTerminal, kMarkdown, kJson };

/// "terminal", "markdown" or "json". Throws InputError for another name.
LeaderboardFormat ParseLeaderboardFormat(const std::string& name);

/// `plasticity leaderboard`.
struct LeaderboardCommand {
  std::vector<std::filesystem::path> folders;
  LeaderboardOptions options;
  LeaderboardFormat format = LeaderboardFormat::kTerminal;
  std::filesystem::path output;  ///< a file to write whole or not at all; empty: the stream
  int width = 0;                 ///< of the terminal; 0: as wide as it needs
  bool color = false;
  std::string command_line;  ///< for the Markdown footer; empty: rebuilt from the fields above
};

/// Loads the folders and writes the leaderboard to `out`, or to the output file with a line on
/// `out` saying so. Returns the exit code, 0; trouble is an InputError.
int ShowLeaderboard(const LeaderboardCommand& command, std::ostream& out);

}  // namespace plasticity
