#include "tasks/continual/matrix_files.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <string>

#include "suite/base/error.h"

namespace plasticity {
namespace {

AccuracyMatrix Read(const std::string& format, const std::string& text, MatrixFile file = {}) {
  file.name = "a file";
  file.text = text;
  return FindMatrixFormat(format).read(file);
}

// Why the file is refused.
std::string Refusal(const std::string& format, const std::string& text, MatrixFile file = {}) {
  try {
    Read(format, text, file);
  } catch (const InputError& error) {
    return error.what();
  }
  return "taken";
}

// Equal, what nobody knows included.
void CheckRows(const AccuracyMatrix& rows, const AccuracyMatrix& expected) {
  REQUIRE(rows.size() == expected.size());
  for (std::size_t k = 0; k < rows.size(); ++k) {
    REQUIRE(rows[k].size() == expected[k].size());
    for (std::size_t j = 0; j < rows[k].size(); ++j) {
      CAPTURE(k, j, rows[k][j]);
      CHECK((std::isnan(expected[k][j]) ? std::isnan(rows[k][j])
                                        : rows[k][j] == Approx(expected[k][j]).margin(1e-12)));
    }
  }
}

const double kUnknown = std::nan("");

TEST_CASE("a CSV matrix has row 0 or not, and holes") {
  CheckRows(Read("csv", "# after, on\n0.9, \n0.5,0.8\n"),
            {{kUnknown, kUnknown}, {0.9, kUnknown}, {0.5, 0.8}});
  CheckRows(Read("csv", "10;12\r\n90;3\r\n50;80\r\n", {.percent = true}),
            {{0.1, 0.12}, {0.9, 0.03}, {0.5, 0.8}});
  CheckRows(Read("csv", "0.25\t0.5\n1\t0\n"), {{kUnknown, kUnknown}, {0.25, 0.5}, {1, 0}});
  CheckRows(Read("csv", "0.7\n"), {{kUnknown}, {0.7}});
}

TEST_CASE("a CSV matrix that is none is refused by line") {
  CHECK_THAT(Refusal("csv", "0.9\n0.8,0.7\n"),
             Catch::Contains("line 2: 2 cells") && Catch::Contains("Leave cells empty"));
  CHECK_THAT(
      Refusal("csv", "0.9,0.1\n0.8,81\n"),
      Catch::Contains("line 2: '81' is no accuracy from 0 to 1") && Catch::Contains("--percent"));
  for (const char* value : {"nan", "inf", "-0.1", "high", "1e400", "0.5x", "1.01"}) {
    CAPTURE(value);
    CHECK_THAT(Refusal("csv", std::string("0.9,0.1\n0.8,") + value + "\n"),
               Catch::Contains("line 2") && Catch::Contains(value));
  }
  CHECK_THAT(Refusal("csv", "0.9,101\n0.8,2\n", {.percent = true}),
             Catch::Contains("0 to 100") && !Catch::Contains("--percent"));
  CHECK_THAT(Refusal("csv", "0.9,0.1\n"), Catch::Contains("1 rows of 2"));
  CHECK_THAT(Refusal("csv", "0,0\n0,0\n0,0\n0,0\n"), Catch::Contains("4 rows of 2"));
  CHECK_THAT(Refusal("csv", ""), Catch::Contains("0 rows"));
  CHECK_THAT(Refusal("csv", std::string("\x89PNG\x0d\x01\x02", 7)), Catch::Contains("'?PNG"));
}

const std::string kAvalanche = "eval_exp,training_exp,eval_accuracy,eval_loss,forgetting\n";

TEST_CASE("Avalanche's evaluations come in any order, row 0 as None") {
  CheckRows(Read("avalanche", kAvalanche + "0,None,0.1000,2.3,0\n1,None,0.2000,2.3,0\n"
                                           "0,0,0.9000,0.1,0\n1,0,0.0500,9,0\n"
                                           "1,1,0.8000,0.2,0\n0,1,0.4000,2,0.5000\n"),
            {{0.1, 0.2}, {0.9, 0.05}, {0.4, 0.8}});
  CheckRows(Read("avalanche", kAvalanche + "0,0,0.9,0,0\n1,1,0.8,0,0\n0,1,0.7,0,0\n"),
            {{kUnknown, kUnknown}, {0.9, kUnknown}, {0.7, 0.8}});
  CHECK_THAT(Refusal("avalanche", "0,0,0.9,0,0\n"), Catch::Contains("does not begin with"));
  CHECK_THAT(Refusal("avalanche", ""), Catch::Contains("does not begin with"));
  CHECK_THAT(Refusal("avalanche", kAvalanche), Catch::Contains("no evaluation"));
  CHECK_THAT(Refusal("avalanche", kAvalanche + "0,0,\ntensor(0.9),0,0\n"),
             Catch::Contains("line 2"));
  CHECK_THAT(Refusal("avalanche", kAvalanche + "-1,0,0.9,0,0\n"), Catch::Contains("line 2"));
  CHECK_THAT(Refusal("avalanche", kAvalanche + "0,99999999,0.9,0,0\n"),
             Catch::Contains("more than 10000"));
  CHECK_THAT(Refusal("avalanche", kAvalanche + "0,0,0.9,0,0\n0,0,0.8,0,0\n"),
             Catch::Contains("line 3: the accuracy on experience 1 after 1 is told again"));
}

// As str() of mammoth's arguments writes them.
const std::string kMammoth =
    "{'model': 'er', 'note': \"it's {a}, 'b'\", 'lr': 0.1, 'devices': [device(type='cuda', "
    "index=0)], 'conf': {'a': (1, 2)}, 'accmean_task1': np.float64(90.0), 'accuracy_1_task1': "
    "90.0, 'accuracy_1_task2': 40.5, 'accuracy_2_task2': 80.25, 'forgetting': None}\n";

TEST_CASE("mammoth's line is read as text, and chosen") {
  const AccuracyMatrix expected = {{kUnknown, kUnknown}, {0.9, kUnknown}, {0.405, 0.8025}};
  CheckRows(Read("mammoth", kMammoth), expected);
  CheckRows(Read("mammoth", "{'accuracy_1_task1': 1.0}\n" + kMammoth, {.run = 2}), expected);
  CHECK_THAT(Refusal("mammoth", kMammoth + kMammoth), Catch::Contains("--run 1 to 2"));
  CHECK_THAT(Refusal("mammoth", kMammoth, {.run = 2}), Catch::Contains("--run 1 to 1"));
  CHECK_THAT(Refusal("mammoth", "\n"), Catch::Contains("empty"));
  for (const char* text : {"[1, 2]", "{'a': 1", "{'a' 1}", "{a: 1}", "{'a: 1}", "{'a': 'b}", "{"}) {
    CAPTURE(text);
    CHECK_THAT(Refusal("mammoth", text), Catch::Contains("no Python dict"));
  }
  CHECK_THAT(Refusal("mammoth", "{'accmean_task1': 90.0}"), Catch::Contains("class-il"));
  CHECK_THAT(Refusal("mammoth", "{'accuracy_1_task1': nan}"), Catch::Contains("'nan'"));
  CHECK_THAT(Refusal("mammoth", "{'accuracy_1_task1': 9.0, 'accuracy_1_task2': 8.0}"),
             Catch::Contains("1 accuracies after task 2, not 2"));
  CHECK_THAT(Refusal("mammoth", "{'accuracy_2_task1': 9.0}"), Catch::Contains("learned tasks"));
}

TEST_CASE("FACIL's log has both settings") {
  const std::string log =
      R"({"group": "train", "iter": 1, "name": "loss", "task": 0, "time": "t", "value": 2.5}
{"group": "test", "iter": 0, "name": "acc_taw", "task": 0, "time": "t", "value": 95.0}
{"group": "test", "iter": 0, "name": "acc_tag", "task": 0, "time": "t", "value": 90.0}
{"group": "test", "iter": 0, "name": "acc_tag", "task": 1, "time": "t", "value": 40.0}
{"group": "test", "iter": 1, "name": "acc_tag", "task": 1, "time": "t", "value": 80.0}
)";
  CheckRows(Read("facil", log, {.setting = "class-incremental"}),
            {{kUnknown, kUnknown}, {0.9, kUnknown}, {0.4, 0.8}});
  CheckRows(Read("facil", log, {.setting = "task-incremental"}), {{kUnknown}, {0.95}});
  CHECK_THAT(Refusal("facil", log, {.setting = "domain-incremental"}), Catch::Contains("acc_tag"));
  CHECK_THAT(Refusal("facil", "{}\n", {.setting = "task-incremental"}), Catch::Contains("line 1"));
  CHECK_THAT(Refusal("facil", "what\n", {.setting = "task-incremental"}),
             Catch::Contains("line 1"));
  CHECK_THAT(Refusal("facil", "", {.setting = "task-incremental"}), Catch::Contains("no acc_taw"));
  CHECK_THAT(
      Refusal("facil", R"({"group": "test", "name": "acc_taw", "task": -1, "iter": 0, "value": 1})",
              {.setting = "task-incremental"}),
      Catch::Contains("line 1: 'task'"));
}

TEST_CASE("an unknown format names the nearest") {
  CHECK_THROWS_WITH(FindMatrixFormat("avalance"), Catch::Contains("Nearest: avalanche"));
}

}  // namespace
}  // namespace plasticity
