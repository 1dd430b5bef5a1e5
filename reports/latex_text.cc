#include "reports/latex_text.h"

#include "reports/text_table.h"

namespace plasticity {

std::string LatexEscaped(const std::string& text) {
  std::string escaped;
  for (const char c : Printable(text)) {
    switch (c) {
      case '\\':
        escaped += "\\textbackslash{}";
        break;
      case '~':
        escaped += "\\textasciitilde{}";
        break;
      case '^':
        escaped += "\\textasciicircum{}";
        break;
      case '<':
      case '>':
      case '|':
        escaped += std::string("$") + c + "$";
        break;
      case '&':
      case '%':
      case '$':
      case '#':
      case '_':
      case '{':
      case '}':
        escaped += std::string("\\") + c;
        break;
      default:
        escaped += c;
    }
  }
  std::string plain;
  for (std::size_t i = 0; i < escaped.size();) {  // what fonts may lack
    if (escaped.compare(i, 2, "±") == 0) {
      plain += "$\\pm$";
      i += 2;
    } else if (escaped.compare(i, 3, "…") == 0) {
      plain += "\\ldots{}";
      i += 3;
    } else {
      plain += escaped[i++];
    }
  }
  return plain;
}

}  // namespace plasticity
