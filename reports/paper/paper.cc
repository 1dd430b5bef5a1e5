#include "reports/paper/paper.h"

#include <algorithm>
#include <set>

#include "reports/board_text.h"
#include "reports/figure_kind.h"
#include "reports/latex_text.h"
#include "reports/layout.h"
#include "reports/narrow.h"
#include "reports/plotter.h"
#include "reports/published.h"
#include "reports/text_table.h"
#include "reports/words.h"
#include "reports/writer.h"
#include "suite/base/text.h"

namespace plasticity {
namespace {

// As in the LaTeX writer, and what main.tex itself needs.
constexpr char kPreamble[] =
    R"(\ifdefined\pdfminorversion\pdfminorversion=7 \pdfsuppresswarningpagegroup=1 \fi % as the figures are
\documentclass{article}
\usepackage[a4paper,hmargin=2cm,vmargin=1.6cm]{geometry}
\usepackage{booktabs,siunitx,etoolbox}
\usepackage{graphicx}
\robustify\bfseries
\setlength{\tabcolsep}{4pt}
\sloppy
\extrafloats{500}
\title{Results}
\author{}
\begin{document}
\maketitle
)";

// How wide a table may be, in letters of the least font that can be read.
constexpr int kWidth = 89;

// The font that a table needs to go on a page.
const char* FontOf(int width, std::size_t rows) {
  if (rows > 34) return "\\tiny";
  return width > 70 || rows > 24 ? "\\scriptsize" : "\\small";
}

// The paper as it is written, part by part.
class PaperWriter {
 public:
  PaperWriter(const ResultSet& results, const std::string& command)
      : results_(results), command_(command) {}

  FolderFiles Write() {
    Setup();
    std::set<std::string> tasks;
    for (const Board& board : results_.boards()) tasks.insert(board.task);
    for (const std::string& task : tasks) {
      AddTables(Capitalized(task), Layouts().contains(task) ? task : "leaderboard", task);
    }
    if (tasks.size() > 1) AddTables("All tasks", "overview");
    AddTables("Ranking", "ranking");
    AddTables("Claims", "claims");
    AddTables("Published protocols", "native");
    AddTables("Costs", "cost");
    AddFigures();
    Bibliography();
    files_["main.tex"] =
        "% made by " + Printable(command_) + "\n" + kPreamble + body_ + "\\end{document}\n";
    return std::move(files_);
  }

 private:
  // What each board's numbers are.
  void Setup() {
    body_ += "\\section{What was run}\n{\\raggedright\n";
    for (const Table& board : TablesIfAny("leaderboard", results_)) {
      body_ += "\\paragraph{" + LatexEscaped(Capitalized(FullTitle(board))) + "}\n";
      for (const auto& [heading, sentence] : board.facts) {
        if (heading == "only here") continue;  // all of it is said below
        body_ += "\\emph{" + LatexEscaped(heading) + ":} " + LatexEscaped(sentence) + ".\n";
      }
      body_ += "\n";
    }
    body_ += "}\n";
  }

  // The layout's tables, of one task where that is named, in a file and a section of their own.
  void AddTables(const std::string& title, const std::string& layout,
                 const std::string& task = "") {
    std::vector<Table> tables;
    std::vector<std::string> too_wide;
    int widest = 0;
    std::size_t longest = 0;
    for (Table& table : TablesIfAny(layout, results_)) {
      if (table.rows.empty() || (!task.empty() && TextAt(table.about, {"task"}) != task)) continue;
      table.title = FullTitle(table);
      const std::vector<std::string> left_out = Narrow(table, kWidth);
      if (!left_out.empty()) {
        table.notes.push_back("Left out for the width: " + Join(left_out, ", ") + ".");
      }
      if (WidthOf(table) > kWidth) {
        too_wide.push_back(table.title);
        continue;
      }
      widest = std::max(widest, WidthOf(table));
      longest = std::max(longest, table.rows.size());
      for (const TableRow& row : table.rows) Cite(row.citations);
      for (const Column& column : table.columns) Cite(column.citations);
      tables.push_back(std::move(table));
    }
    if (tables.empty() && too_wide.empty()) return;
    body_ += "\\section{" + LatexEscaped(title) + "}\n";
    if (!too_wide.empty()) {
      body_ += LatexEscaped("Too wide for a page, so left to plasticity table --layout " + layout +
                            ": " + Join(too_wide, "; ") + ".") +
               "\n";
    }
    if (tables.empty()) return;
    const std::string file = "tables/" + Slug(task.empty() ? layout : task) + ".tex";
    files_[file] = WriterNamed("latex")->Write(tables, {.command = command_});
    body_ += std::string("{") + FontOf(widest, longest) + "\\input{" + file + "}}\n\\clearpage\n";
  }

  void Cite(const std::vector<std::string>& keys) { cited_.insert(keys.begin(), keys.end()); }

  void AddFigures() {
    const std::unique_ptr<Plotter> plotter = Plotters().at("pdf").make();
    constexpr int kFloatsAtOnce = 6;        // LaTeX loses count of many
    constexpr std::size_t kFewOfAKind = 3;  // more stand side by side
    int count = 0;
    std::string text;
    for (const auto& [kind, entry] : FigureKinds()) {
      const std::vector<Figure> figures = entry.make()->Figures(results_, {});
      const std::vector<std::string> stems = FileStems(kind, figures);
      const std::size_t beside = figures.size() > kFewOfAKind ? 2 : 1;
      for (std::size_t i = 0; i < figures.size(); ++i) {
        const std::string file = "figures/" + stems[i] + ".pdf";
        files_[file] = plotter->Plot(figures[i], command_);
        const bool first = i % beside == 0, last = (i + 1) % beside == 0 || i + 1 == figures.size();
        if (first && ++count % kFloatsAtOnce == 0) text += "\\clearpage\n";
        if (first) text += "\\begin{figure}[htbp]\n\\centering\n";
        text += FigureText(figures[i], file, "fig:" + stems[i], beside == 2);
        text += last ? "\\end{figure}\n" : "\\hfill\n";
      }
    }
    if (!text.empty()) body_ += "\\section{Figures}\n" + text + "\\clearpage\n";
  }

  static std::string FigureText(const Figure& figure, const std::string& file,
                                const std::string& label, bool narrow) {
    std::string caption = figure.title + ": " + figure.caption + ".";
    for (const std::string& note : figure.notes) caption += " " + note;
    const std::string text = std::string("\\includegraphics") +
                             (narrow ? "[width=\\linewidth]{" : "{") + file + "}\n\\caption{" +
                             LatexEscaped(Capitalized(caption)) + "}\n\\label{" + label + "}\n";
    return narrow ? "\\begin{minipage}[t]{.48\\textwidth}\n" + text + "\\end{minipage}\n" : text;
  }

  void Bibliography() {
    if (cited_.empty()) return;
    std::string& entries = files_["references.bib"];
    for (const std::string& key : cited_) {
      const std::string entry = ReferenceOf(key);
      entries += (entry.empty() ? EntryFor(key) : entry) + "\n";
    }
    body_ += "\\bibliographystyle{plain}\n\\bibliography{references}\n";
  }

  // An entry for a key that the suite has none for: what the rule says of its source.
  std::string EntryFor(const std::string& key) const {
    std::string source = "No reference is known for this key";
    for (const Board& board : results_.boards()) {
      for (const Row& row : board.rows) {
        for (const nlohmann::json* facts : {&row.facts, &row.strategy_facts}) {
          const std::string told = TextAt(*facts, {"source"});
          if (TextAt(*facts, {"citation"}) == key && !told.empty()) source = told;
        }
      }
    }
    return "@misc{" + key + ",\n  key = {" + key + "},\n  title = {{" + LatexEscaped(source) +
           "}}\n}\n";
  }

  const ResultSet& results_;
  const std::string& command_;
  FolderFiles files_;
  std::string body_;
  std::set<std::string> cited_;
};

}  // namespace

FolderFiles MakePaper(const ResultSet& results, const std::string& command) {
  return PaperWriter(results, command).Write();
}

}  // namespace plasticity
