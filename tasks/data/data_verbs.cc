#include <iostream>

#include "suite/base/verb.h"
#include "tasks/data/commands.h"

namespace plasticity {
namespace {

const bool group = AddVerbGroup("data", "Find, fetch, import and check data sets");

class ListVerb final : public Verb {
 public:
  int Run() override {
    ListData(std::cout);
    return 0;
  }
};
const bool list = AddVerb<ListVerb>("data list", "All data sets, and where each is");

class InfoVerb final : public Verb {
 public:
  std::vector<Option> Options() override {
    return {{"name", &name_, "The data set", Given::kAlways},
            {"--source", &source_, "File or folder to read instead of looking for it"}};
  }
  int Run() override {
    InfoData(name_, source_, std::cout);
    return 0;
  }

 private:
  std::string name_;
  std::filesystem::path source_;
};
const bool info = AddVerb<InfoVerb>("data info", "Sizes, classes, origin, fingerprint of one");

class FetchVerb final : public Verb {
 public:
  std::vector<Option> Options() override {
    return {{"name", &name_, "The data set", Given::kAlways},
            {"--mirror", &options_.base_url, "Address of the folder that holds the archive"},
            {"--no-verify", &no_verify_, "Accept an archive whose digest is not the known one"}};
  }
  int Run() override {
    options_.verify = !no_verify_;
    FetchData(name_, options_, std::cout);
    return 0;
  }

 private:
  std::string name_;
  FetchOptions options_;
  bool no_verify_ = false;
};
const bool fetch =
    AddVerb<FetchVerb>("data fetch", "Download the official archive, check it, decode it");

class ImportVerb final : public Verb {
 public:
  std::vector<Option> Options() override {
    return {
        {"name", &name_, "Name to import it under", Given::kAlways},
        {"path", &path_, "Folder or archive", Given::kAlways},
        {"--size", &options_.size,
         "Bring image files of any size to N x N: the shorter side resized, the centre kept; 0: "
         "all are of one size",
         Given::kMaybe, 0, 4096},
        {"--in-place", &options_.in_place,
         "Keep no decoded copy: stream the images from the path, which has to stay"}};
  }
  int Run() override {
    ImportData(name_, path_, options_, std::cout);
    return 0;
  }

 private:
  std::string name_;
  std::filesystem::path path_;
  ImportOptions options_;
};
const bool import = AddVerb<ImportVerb>(
    "data import", "Take up a folder or an archive under a name of your choice");

class VerifyVerb final : public Verb {
 public:
  std::vector<Option> Options() override {
    return {{"name", &name_, "The data set", Given::kAlways}};
  }
  int Run() override { return VerifyData(name_, std::cout) ? 0 : 1; }

 private:
  std::string name_;
};
const bool verify = AddVerb<VerifyVerb>(
    "data verify", "Compute a data set's fingerprint anew, and look for test images in train");

}  // namespace
}  // namespace plasticity
