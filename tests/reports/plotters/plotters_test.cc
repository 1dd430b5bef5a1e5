#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

#include "reports/figure_kind.h"
#include "reports/look.h"
#include "reports/plotter.h"
#include "suite/base/error.h"
#include "suite/base/files.h"
#include "tests/reports/seen.h"

namespace plasticity {
namespace {

using Catch::Matchers::Contains;

// Whether a command of that name is there.
bool Have(const std::string& program) {
  return std::system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0;
}

// Curves with bands, points with names, steps, a matrix; names that a format might trip over.
std::vector<Figure> Various() {
  std::vector<Result> results = Usual(3);
  results.push_back(SampleResult("o'x_y {50 %} `touch pwned` $z$ \\b", 1, 0.3));
  const ResultSet set(std::move(results));
  std::vector<Figure> figures;
  for (const char* kind : {"learning-curves", "pareto", "performance-profile"}) {
    figures.push_back(FiguresOf(kind, set).front());
  }
  Figure matrix{.title = "a & b", .x = {.label = "on"}, .y = {.label = "after"}};
  matrix.matrix = {{"start", "1"}, {"1"}, {{0.125}, {std::nullopt}}};
  figures.push_back(matrix);
  return figures;
}

std::string Plotted(const std::string& file, const Figure& figure) {
  return PlotterFor(file)->Plot(figure, "plasticity plot r");
}

unsigned BigEndian(const std::string& bytes, std::size_t at) {
  unsigned value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    value = 256 * value + static_cast<unsigned char>(bytes[at + i]);
  }
  return value;
}

TEST_CASE("gnuplot draws whole files", "[gnuplot]") {
  if (!Have("gnuplot")) {
    WARN("skipped: no gnuplot (apt-get install gnuplot-nox)");
    return;
  }
  for (const Figure& figure : Various()) {
    CAPTURE(figure.title);
    const std::string png = Plotted("a.png", figure);
    REQUIRE(png.size() > 33);
    CHECK(png.substr(0, 8) == "\x89PNG\r\n\x1a\n");
    CHECK(BigEndian(png, 16) == Approx(kWidthCm / 2.54 * 200).margin(1));
    CHECK(BigEndian(png, 20) == Approx(HeightCm(figure) / 2.54 * 200).margin(1));
    CHECK_THAT(png.substr(png.size() - 12), Contains("IEND"));

    const std::string pdf = Plotted("a.pdf", figure);
    CHECK(pdf.substr(0, 5) == "%PDF-");
    CHECK_THAT(pdf.substr(pdf.size() - 10), Contains("%%EOF"));
    CHECK_THAT(pdf, Contains("/FontFile"));  // embedded

    const std::string svg = Plotted("a.svg", figure);
    CHECK_THAT(svg, Catch::StartsWith("<?xml") && Contains("</svg>"));
  }
  CHECK_FALSE(std::filesystem::exists("pwned"));
}

TEST_CASE("SVG is XML", "[gnuplot]") {
  if (!Have("gnuplot")) {
    WARN("skipped: no gnuplot (apt-get install gnuplot-nox)");
    return;
  }
  const ScratchFolder scratch;
  for (const Figure& figure : Various()) {
    const std::filesystem::path file = scratch.path() / "figure.svg";
    WriteFileAtomically(file, Plotted("a.svg", figure));
    CHECK(std::system(("python3 -c \"import sys, xml.dom.minidom as m; m.parse(sys.argv[1])\" " +
                       file.string())
                          .c_str()) == 0);
  }
}

TEST_CASE("without gnuplot one line says what to install", "[gnuplot]") {
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", "/nowhere", 1);
  CHECK_THROWS_WITH(Plotted("a.png", Various().front()), Contains("gnuplot-nox"));
  CHECK_THAT(Plotted("a.tex", Various().front()), Contains("\\begin{axis}"));
  ::setenv("PATH", path.c_str(), 1);
}

TEST_CASE("pgfplots has the numbers as readers see them, and names escaped") {
  const std::vector<Figure> figures = Various();
  const std::string curves = Plotted("a.tex", figures[0]);
  CHECK_THAT(curves, Contains("% made by plasticity plot r\n") &&
                         Contains("ylabel={accuracy.validation (\\%)}") && Contains("xmin=1") &&
                         Contains("\\addlegendentry{sphere}") && Contains("o'x\\_y \\{50 \\%\\}") &&
                         Contains("(1,25)") && Contains("-- cycle"));
  CHECK_THAT(Plotted("a.tex", figures[3]),
             Contains("{12};\n") && Contains("\\fill") && Contains("title={a \\& b}"));
}

TEST_CASE("LaTeX draws what pgfplots is told", "[latex]") {
  if (!Have("pdflatex") || std::system("kpsewhich pgfplots.sty >/dev/null 2>&1") != 0) {
    WARN("skipped: no pdflatex with pgfplots (ci/setup --tests)");
    return;
  }
  const ScratchFolder scratch;
  std::string document =
      "\\documentclass{article}\\usepackage{pgfplots}\\pgfplotsset{compat=1.18}"
      "\\begin{document}\n";
  int number = 0;
  for (const Figure& figure : Various()) {
    const std::string name = "figure" + std::to_string(++number) + ".tex";
    WriteFileAtomically(scratch.path() / name, Plotted(name, figure));
    document += "\\input{" + name + "}\n\n";
  }
  WriteFileAtomically(scratch.path() / "main.tex", document + "\\end{document}\n");
  CHECK(std::system(("cd " + scratch.path().string() +
                     " && pdflatex -interaction=nonstopmode -halt-on-error main.tex >log 2>&1")
                        .c_str()) == 0);
}

TEST_CASE("shades darken all the way, and text on them stays legible") {
  CHECK(ShadeOf(0) == "FFFFFF");
  const auto luminance = [](const std::string& hex) {
    const auto part = [&](std::size_t at) { return std::stoi(hex.substr(at, 2), nullptr, 16); };
    return 0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4);
  };
  for (int i = 1; i <= 20; ++i) {
    CHECK(luminance(ShadeOf(i / 20.0)) < luminance(ShadeOf((i - 1) / 20.0)));
    CHECK(std::abs(luminance(ShadeOf(i / 20.0)) - luminance(TextColorOn(i / 20.0))) > 70);
  }
}

TEST_CASE("a file's ending names its plotter") {
  CHECK_THROWS_WITH(PlotterFor("a.jpg"), Contains("'a.jpg' ends as no format does") &&
                                             Contains(".pdf") && Contains(".svg"));
}

}  // namespace
}  // namespace plasticity
