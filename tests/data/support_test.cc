// What support.h declares: small data sets in the real formats.

#include "tests/data/support.h"

// jpeglib.h needs this first.
#include <archive.h>
#include <archive_entry.h>
#include <jpeglib.h>
#include <png.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <tuple>

#include "suite/base/files.h"

namespace plasticity::testing {
namespace {

std::string BigEndian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 255);
  return bytes;
}

void AddEntry(archive* writer, const std::string& path, const std::string& content) {
  archive_entry* entry = archive_entry_new();
  archive_entry_set_pathname(entry, path.c_str());
  archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
  archive_entry_set_filetype(entry, AE_IFREG);
  archive_entry_set_perm(entry, 0644);
  REQUIRE(archive_write_header(writer, entry) == ARCHIVE_OK);
  REQUIRE(archive_write_data(writer, content.data(), content.size()) ==
          static_cast<la_ssize_t>(content.size()));
  archive_entry_free(entry);
}

}  // namespace

void WriteArchive(const fs::path& path, const Tree& tree, bool reverse) {
  fs::create_directories(path.parent_path());
  archive* writer = archive_write_new();
  const std::string name = path.string();
  name.ends_with(".zip") ? archive_write_set_format_zip(writer)
                         : archive_write_set_format_pax_restricted(writer);
  if (name.ends_with(".gz")) archive_write_add_filter_gzip(writer);
  REQUIRE(archive_write_open_filename(writer, name.c_str()) == ARCHIVE_OK);
  if (reverse) {
    for (auto file = tree.rbegin(); file != tree.rend(); ++file) {
      AddEntry(writer, file->first, file->second);
    }
  } else {
    for (const auto& [inner, content] : tree) AddEntry(writer, inner, content);
  }
  REQUIRE(archive_write_close(writer) == ARCHIVE_OK);
  archive_write_free(writer);
}

std::string Gzip(const std::string& bytes) {
  std::string packed(bytes.size() + 4096, '\0');
  std::size_t used = 0;
  archive* writer = archive_write_new();
  archive_write_set_format_raw(writer);
  archive_write_add_filter_gzip(writer);
  archive_write_set_bytes_in_last_block(writer, 1);
  REQUIRE(archive_write_open_memory(writer, packed.data(), packed.size(), &used) == ARCHIVE_OK);
  AddEntry(writer, "data", bytes);
  REQUIRE(archive_write_close(writer) == ARCHIVE_OK);
  archive_write_free(writer);
  packed.resize(used);
  return packed;
}

std::string Png(int size, int channels, int value, bool with_alpha) {
  const int samples = channels + (with_alpha ? 1 : 0);
  std::vector<png_byte> pixels;
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      for (int c = 0; c < channels; ++c) {
        pixels.push_back(static_cast<png_byte>(value + 16 * c + y + x));
      }
      if (with_alpha) pixels.push_back(128);
    }
  }
  std::string file;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(
      png, &file,
      [](png_structp writer, png_bytep data, std::size_t bytes) {
        static_cast<std::string*>(png_get_io_ptr(writer))
            ->append(reinterpret_cast<const char*>(data), bytes);
      },
      nullptr);
  const int color = (channels == 3 ? PNG_COLOR_MASK_COLOR : 0) | (with_alpha ? 4 : 0);
  png_set_IHDR(png, info, static_cast<png_uint_32>(size), static_cast<png_uint_32>(size), 8, color,
               PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  for (int y = 0; y < size; ++y) png_write_row(png, pixels.data() + y * size * samples);
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return file;
}

std::string Jpeg(int size, int channels, int value) {
  jpeg_compress_struct state{};
  jpeg_error_mgr errors{};
  state.err = jpeg_std_error(&errors);
  jpeg_create_compress(&state);
  unsigned char* buffer = nullptr;
  unsigned long bytes = 0;
  jpeg_mem_dest(&state, &buffer, &bytes);
  state.image_width = state.image_height = static_cast<JDIMENSION>(size);
  state.input_components = channels;
  state.in_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 4 ? JCS_CMYK : JCS_RGB;
  jpeg_set_defaults(&state);
  jpeg_set_quality(&state, 100, TRUE);
  jpeg_start_compress(&state, TRUE);
  std::vector<JSAMPLE> row;
  for (int x = 0; x < size; ++x) {
    for (int c = 0; c < channels; ++c) row.push_back(static_cast<JSAMPLE>(value + 16 * c));
  }
  JSAMPROW rows[] = {row.data()};
  for (int y = 0; y < size; ++y) jpeg_write_scanlines(&state, rows, 1);
  jpeg_finish_compress(&state);
  std::string file(reinterpret_cast<char*>(buffer), bytes);
  jpeg_destroy_compress(&state);
  std::free(buffer);
  return file;
}

std::string CifarRecords(int first, int count, int classes, bool coarse) {
  std::string bytes;
  for (int i = first; i < first + count; ++i) {
    if (coarse) bytes += static_cast<char>(i % 20);
    bytes += static_cast<char>(i % classes);
    for (int p = 0; p < 3072; ++p) bytes += static_cast<char>(CifarPixel(i, p));
  }
  return bytes;
}

Tree Cifar10Tree(const std::string& prefix) {
  Tree tree;
  for (int batch = 0; batch < 5; ++batch) {
    tree[prefix + "data_batch_" + std::to_string(batch + 1) + ".bin"] =
        CifarRecords(4 * batch, 4, 10, false);
  }
  tree[prefix + "test_batch.bin"] = CifarRecords(100, 10, 10, false);
  tree[prefix + "readme.html"] = "<html>";
  return tree;
}

Tree Cifar100Tree(const std::string& prefix) {
  return {{prefix + "train.bin", CifarRecords(0, 200, 100, true)},
          {prefix + "test.bin", CifarRecords(500, 100, 100, true)}};
}

Tree Stl10Tree(const std::string& prefix) {
  Tree tree;
  for (const auto& [part, first, count] : {std::tuple("train", 0, 20), std::tuple("test", 100, 10),
                                           std::tuple("unlabeled", 200, 30)}) {
    std::string images, labels;
    for (int i = first; i < first + count; ++i) {
      labels += static_cast<char>(i % 10 + 1);
      for (int c = 0; c < 3; ++c) {
        for (int x = 0; x < 96; ++x) {
          for (int y = 0; y < 96; ++y) images += static_cast<char>(Stl10Pixel(i, c, y, x));
        }
      }
    }
    tree[prefix + part + "_X.bin"] = images;
    if (part != std::string("unlabeled")) tree[prefix + part + "_y.bin"] = labels;
  }
  for (int fold = 0; fold < 10; ++fold) {
    tree[prefix + "fold_indices.txt"] += std::to_string(fold) + " " + std::to_string(fold + 5) +
                                         " " + std::to_string(fold + 10) + " \n";
  }
  tree[prefix + "class_names.txt"] =
      "airplane\nbird\ncar\ncat\ndeer\ndog\nhorse\nmonkey\nship\ntruck\n";
  return tree;
}

Tree IdxTree(bool gzip, int side) {
  Tree tree;
  const auto add = [&](const std::string& name, const std::string& bytes) {
    tree[name + (gzip ? ".gz" : "")] = gzip ? Gzip(bytes) : bytes;
  };
  for (const auto& [part, count] : {std::pair("train", 20u), std::pair("t10k", 10u)}) {
    const auto extent = static_cast<std::uint32_t>(side);
    std::string images =
        BigEndian(0x0803) + BigEndian(count) + BigEndian(extent) + BigEndian(extent);
    std::string labels = BigEndian(0x0801) + BigEndian(count);
    for (std::uint32_t i = 0; i < count; ++i) {
      labels += static_cast<char>(i % 10);
      for (int p = 0; p < side * side; ++p) images += static_cast<char>(CifarPixel(i, p));
    }
    add(std::string(part) + "-images-idx3-ubyte", images);
    add(std::string(part) + "-labels-idx1-ubyte", labels);
  }
  return tree;
}

Tree ImageTree(const std::string& prefix, int size) {
  Tree tree;
  for (int label = 0; label < 10; ++label) {
    const std::string name = "class" + std::to_string(label) + "/";
    tree[prefix + "train/" + name + "0000.png"] = Png(size, 3, 10 * label);
    tree[prefix + "train/" + name + "0001.png"] = Png(size, 3, 10 * label + 1);
    tree[prefix + "test/" + name + "0000.png"] = Png(size, 3, 10 * label + 2);
  }
  return tree;
}

Tree TinyTree(const std::string& prefix) {
  Tree tree;
  // In another order than the sorted one, which is the labels'.
  tree[prefix + "wnids.txt"] = "n03\nn01\nn02\n";
  tree[prefix + "words.txt"] =
      "n01\tgoldfish, Carassius auratus\nn02\tcrane\nn03\tcrane\nn09\tcat\n";
  std::string annotations;
  for (int label = 0; label < 3; ++label) {
    const std::string id = "n0" + std::to_string(label + 1);
    const std::string train = prefix + "train/" + id + "/images/" + id;
    tree[train + "_0.JPEG"] = Jpeg(64, 1, 50 * label + 10);
    tree[train + "_1.JPEG"] = Jpeg(64, 3, 50 * label + 20);
    tree[prefix + "train/" + id + "/" + id + "_boxes.txt"] = "0\t0\t1\t1\n";
    // val_0 is of the last class.
    const std::string val = "val_" + std::to_string(2 - label) + ".JPEG";
    tree[prefix + "val/images/" + val] = Jpeg(64, 3, 50 * label + 30);
    annotations += val + "\t" + id + "\t0\t0\t62\t62\n";
  }
  tree[prefix + "val/val_annotations.txt"] = annotations;
  tree[prefix + "test/images/test_0.JPEG"] = Jpeg(64, 3, 0);
  return tree;
}

std::vector<std::string> CacheFiles() {
  std::vector<std::string> files;
  std::error_code failed;
  for (const auto& entry : fs::recursive_directory_iterator(CacheFolder(), failed)) {
    if (!entry.is_directory()) {
      files.push_back(entry.path().lexically_relative(CacheFolder()).string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace plasticity::testing
