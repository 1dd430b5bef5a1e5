#pragma once

#include <string>

namespace plasticity {

/// `text` as LaTeX prints it: special characters escaped, letters that fonts may lack as commands.
std::string LatexEscaped(const std::string& text);

}  // namespace plasticity
